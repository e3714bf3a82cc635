"""A composition as a picture: its notes by voice, and what the critic said while it was made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from musecritic.files import replacing
from musecritic.show.clock import clock
from musecritic.show.pitch_axis import name_pitches

if TYPE_CHECKING:
    from musecritic.compose.composition import Composition

# Okabe and Ito's palette, told apart by colour-blind eyes too.
COLOURS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00",
    "#56B4E9", "#882255", "#44AA99", "#332288", "#999933",
)  # fmt: skip
_GIVEN = "#8c959f"
_SECONDS_AN_INCH = 3.5
_WIDEST = 60.0  # inches; longer pieces are drawn narrower
_OF_PRIMER = 10.0  # seconds that are shown of it


def plot_composition(composition: Composition, path: Path, title: str = "") -> None:
    """Write a picture: above the notes, below `p_real` at every step of every voice.

    A primer's last notes are grey, and a dashed line stands where it ends.
    """
    piece, onsets, p_real = composition.piece, composition.onsets, composition.p_real
    n_voices = len(p_real)
    first_voice = len(piece.parts) - n_voices
    end = max(piece.duration, 1.0)
    begin = max(onsets[0] - _OF_PRIMER, 0.0) if first_voice else 0.0
    width = float(np.clip((end - begin) / _SECONDS_AN_INCH + 1.5, 9, _WIDEST))
    figure = Figure(figsize=(width, 6.5), layout="constrained")
    keys, said = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))

    notes = piece.pitched()
    notes = notes[notes["offset"] > begin]
    for part in range(len(piece.parts)):
        mine = notes[notes["part"] == part]
        boxes = [
            Rectangle((note["onset"], note["pitch"] - 0.45), note["offset"] - note["onset"], 0.9)
            for note in mine
        ]
        keys.add_collection(PatchCollection(boxes, color=_colour(part - first_voice), linewidth=0))
    keys.set_ylim(notes["pitch"].min() - 3, notes["pitch"].max() + 3)
    name_pitches(keys)
    name = composition.model["name"]
    title = title or f"composed by {name}, seed {composition.seed}, top {composition.top_k}"
    keys.set_title(title, loc="left")

    step = end - onsets[-1] if len(onsets) < 2 else onsets[1] - onsets[0]
    for voice, values in enumerate(p_real):
        said.stairs(
            values, np.append(onsets, onsets[-1] + step), color=_colour(voice), baseline=None,
            linewidth=1.6,
        )  # fmt: skip
    said.set_ylim(-0.03, 1.03)
    said.set_ylabel("p_real when\nthe note was taken")
    said.grid(alpha=0.25)
    said.set_xlim(begin, onsets[-1] + step)
    said.set_xlabel("time (min:s)")
    said.xaxis.set_major_locator(MaxNLocator(min(int(width), 24), steps=[1, 2, 5, 6, 10]))
    said.xaxis.set_major_formatter(FuncFormatter(lambda seconds, _: clock(seconds)))

    legend = [Patch(color=_colour(v), label=f"voice {v + 1}") for v in range(n_voices)]
    if first_voice:
        legend.insert(0, Patch(color=_GIVEN, label="primer"))
        for axes in (keys, said):
            axes.axvline(onsets[0], color="black", linewidth=0.8, linestyle="--")
    figure.legend(
        handles=legend, loc="outside upper right", ncols=len(legend), frameon=False, fontsize=9
    )
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=100)


def _colour(voice: int) -> str:
    return _GIVEN if voice < 0 else COLOURS[voice % len(COLOURS)]
