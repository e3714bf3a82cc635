"""A verdict as a picture: piano roll, attention, and p_real over time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator
from numpy.typing import NDArray

from musecritic.files import replacing
from musecritic.music.roll import RATE
from musecritic.show.clock import clock
from musecritic.show.pitch_axis import name_pitches

if TYPE_CHECKING:
    from musecritic.critic.blame import Blame
    from musecritic.critic.verdict import Verdict
    from musecritic.music.notes import Notes

REAL, DAMAGED = "#1a7f37", "#cf222e"
SUSPICION = LinearSegmentedColormap.from_list(
    "suspicion", ["#57606a", "#9a6f6f", "#e5534b", "#cf0a17"]
)
_SHORTEST_S = 0.06
_SECONDS_AN_INCH = 6.0
_TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600)  # seconds between marks on the time axis
_WIDEST = 60.0  # inches; longer pieces are drawn narrower


def plot_verdict(verdict: Verdict, path: Path, blame: Blame | None = None) -> None:
    """Write a picture of the whole piece, passages below the threshold shaded red.

    The upper panel is the piano roll by pitch; where the network judges notes they are coloured by
    how probably they are wrong, and a line stands where the music seems cut (dotted) or a note
    seems missing (dashed); else by `blame`, if it is given, from 0 and below to the piece's
    highest. The middle one is the attention, how much each tenth of a second weighed in the verdict
    on its ten seconds; the lower one `p_real` by clip.
    """
    end = verdict.clips[-1].end
    width = float(np.clip(end / _SECONDS_AN_INCH + 1.5, 9, _WIDEST))
    figure = Figure(figsize=(width, 6.5), layout="constrained")
    keys, weight, judged = figure.subplots(3, 1, sharex=True, height_ratios=(4, 1, 1.4))

    n_frames = round((verdict.clips[-1].start + len(verdict.clips[-1].attention) / RATE) * RATE)
    roll = np.zeros((88, n_frames), dtype=np.uint8)
    attention = np.full(n_frames, np.nan)
    for clip in verdict.clips:
        here = slice(round(clip.start * RATE), round(clip.start * RATE) + clip.roll.shape[1])
        roll[:, here] = clip.roll
        attention[here] = clip.attention
    sounding = np.flatnonzero(roll.any(axis=1))
    if verdict.notes is not None:
        judged_notes = verdict.notes
        _draw_notes(figure, keys, judged_notes.notes, judged_notes.p_wrong, "p_wrong")
        lines = {}
        for gap in judged_notes.gaps():
            style = ":" if gap.what == "cut" else "--"
            lines[gap.what] = keys.axvline(gap.at, color=DAMAGED, linewidth=0.7, linestyle=style)
        if lines:
            keys.legend(
                lines.values(), lines, loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.2,
                ncols=2, frameon=False, fontsize=9, handlelength=3,
            )  # fmt: skip
    elif blame is not None:
        _draw_notes(figure, keys, blame.notes, *_scaled(blame))
    else:
        keys.imshow(
            roll,
            origin="lower",
            aspect="auto",
            cmap="Greys",
            extent=(0, n_frames / RATE, 20.5, 108.5),
            interpolation="nearest",
        )
    keys.set_ylim(sounding[0] + 21 - 3, sounding[-1] + 21 + 3)
    name_pitches(keys)
    name = verdict.path.name if verdict.path else verdict.piece.title or "piece"
    keys.set_title(
        f"{name}: p_real {verdict.p_real:.3f}, "
        f"{'counts as real' if verdict.is_real else 'counts as damaged'}",
        loc="left",
    )

    time = (np.arange(n_frames) + 0.5) / RATE
    weight.fill_between(time, attention * RATE, step="mid", color="#0969da", alpha=0.6, linewidth=0)
    weight.set_ylabel("attention\n(per s)")
    weight.set_ylim(bottom=0)

    for clip in verdict.clips:
        colour = REAL if clip.p_real >= verdict.threshold else DAMAGED
        judged.bar(
            clip.start, clip.p_real, clip.end - clip.start, align="edge", color=colour, alpha=0.7
        )
        if clip.p_real < verdict.threshold:
            keys.axvspan(clip.start, clip.end, color=DAMAGED, alpha=0.08, linewidth=0)
    judged.axhline(verdict.threshold, color="black", linewidth=0.8, linestyle="--")
    judged.text(
        end, verdict.threshold, " threshold", va="center", ha="left", fontsize=8, clip_on=False
    )
    judged.set_ylim(0, 1)
    judged.set_ylabel("p_real")
    judged.set_xlabel("time (min:s)")
    judged.set_xlim(0, end)
    step = next((s for s in _TICKS if end / s <= 1.2 * width), _TICKS[-1])
    judged.xaxis.set_major_locator(MultipleLocator(step))
    judged.xaxis.set_major_formatter(FuncFormatter(lambda seconds, _: clock(seconds)))
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=100)


def _scaled(blame: Blame) -> tuple[NDArray[np.float64], str]:
    """Return blame from 0 to the piece's highest as 0 .. 1, and what to write beside it."""
    value = np.maximum(np.nan_to_num(blame.value), 0.0)
    highest = float(value.max(initial=0.0))
    unit = "" if blame.method == "attention" else " logits"
    label = f"blame by {blame.method}, 1 = {highest:.2g}{unit}"
    return value / highest if highest else value, label


def _draw_notes(
    figure: Figure, axes: Axes, notes: Notes, suspicion: NDArray[np.floating], label: str
) -> None:
    """Draw notes as bars, from grey to red by suspicion, 0 .. 1; the reddest on top."""
    order = np.argsort(suspicion, kind="stable")
    notes, suspicion = notes[order], suspicion[order]
    pitch = notes["pitch"].astype(np.float64)
    # As long as they sound, and never too short to be seen.
    end = np.maximum(notes["offset"], notes["onset"] + _SHORTEST_S)
    begin_and_end = np.stack(
        [np.stack([notes["onset"], pitch], 1), np.stack([end, pitch], 1)], axis=1
    )
    bars = LineCollection(
        list(begin_and_end), linewidths=2.6, colors=SUSPICION(suspicion), capstyle="butt"
    )
    axes.add_collection(bars)
    figure.colorbar(
        ScalarMappable(Normalize(0, 1), SUSPICION), ax=axes, label=label, pad=0.01, aspect=30
    )
