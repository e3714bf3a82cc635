"""An attribution with its evidence as one HTML page that needs nothing else."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from jinja2 import Environment, FileSystemLoader

from musecritic.brain.attribution import Attribution
from musecritic.brain.cells import CELLS_PER_SECOND
from musecritic.explain.cam import Target
from musecritic.explain.evidence import Evidence, Passage
from musecritic.music.audio import SAMPLE_RATE, Samples
from musecritic.music.instruments import sounding
from musecritic.music.piece import Piece
from musecritic.show.clock import clock
from musecritic.show.composition_plot import COLOURS
from musecritic.show.heat_plot import heat_picture

_PITCH_CLASSES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
_EXTREMES = 3  # passages of either kind
_AROUND_S = 1.0  # heard before and after a passage
_SAID = {
    "human": "A person composed it, as far as can be told.",
    "ai": "A machine composed it, as far as can be told.",
    "uncertain": "It cannot be told whether a person or a machine composed it.",
}


def page(
    attribution: Attribution,
    found: Evidence,
    sound: Samples,
    *,
    title: str,
    piece: Piece | None = None,
) -> str:
    """Return the page.

    Parameters
    ----------
    attribution
        Of the whole piece.
    found
        Of the stretch that is shown.
    sound
        (n,) mono at 16 kHz, of the same stretch.
    title
        The file's name.
    piece
        Its notes, where they are known; passages then name those that sound, and who plays them.
    """
    seconds = found.heat.shape[2] / CELLS_PER_SECOND
    names = [target_name(target) for target in found.targets]
    picture = heat_picture(found.picture, found.heat, names, start=found.start, seconds=seconds)
    legends = [
        {
            "name": name,
            "colour": colour,
            "p": p,
            "passages": [_shown(passage, found.start, sound, piece) for passage in passages],
        }
        for name, colour, p, passages in zip(names, COLOURS, found.p, found.passages, strict=False)
    ]
    # Titles and labels come from files, so nothing goes into the page as it is.
    templates = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    return templates.get_template("page.html").render(
        title=title,
        said=_SAID[attribution.decision],
        found=attribution,
        length=clock(attribution.duration),
        stretch=f"{clock(found.start)} to {clock(found.start + seconds)}",
        picture=_base64(picture),
        sound=_ogg(sound),
        legends=legends,
        read=piece is not None,
        extremes=_extremes(attribution) if piece is not None else [],
    )


def _extremes(attribution: Attribution) -> list[dict[str, Any]]:
    """Return the passages most like a machine's and most like a person's, the former first."""
    ordered = sorted(attribution.windows, key=lambda window: -window.p_ai)
    if len(ordered) <= 2 * _EXTREMES:
        return []  # they are hardly more than the whole
    ordered = ordered[:_EXTREMES] + ordered[-_EXTREMES:]
    return [
        {"when": f"{clock(window.start)} to {clock(window.end)}", "p_ai": window.p_ai}
        for window in ordered
    ]


def target_name(target: Target) -> str:
    """Return what a target asks, for people."""
    if target.head == "origin":
        return "a machine" if target.holds else "a person"
    return target.name


def passages_record(found: Evidence) -> dict[str, list[dict[str, Any]]]:
    """Return the passages of each label as plain values."""
    return {
        target_name(target): [
            {
                "start_s": passage.start,
                "end_s": passage.end,
                "share": round(passage.share, 4),
                "pitches": list(passage.pitches),
            }
            for passage in passages
        ]
        for target, passages in zip(found.targets, found.passages, strict=True)
    }


def pitch_name(pitch: int) -> str:
    """Return a MIDI pitch as musicians name it: 60 is "C4"."""
    return f"{_PITCH_CLASSES[pitch % 12]}{pitch // 12 - 1}"


def _shown(passage: Passage, begin: float, sound: Samples, piece: Piece | None) -> dict[str, Any]:
    first = max(round((passage.start - _AROUND_S - begin) * SAMPLE_RATE), 0)
    last = round((passage.end + _AROUND_S - begin) * SAMPLE_RATE)
    return {
        "when": f"{clock(passage.start)} to {clock(passage.end)}",
        "share": f"{passage.share:.0%}",
        "told": _told(passage, piece),
        "sound": _ogg(sound[first:last]),
    }


def _told(passage: Passage, piece: Piece | None) -> str:
    """Say what is hot in a passage: its rows, and of known notes those that sound there."""
    rows = "around " + ", ".join(pitch_name(pitch) for pitch in passage.pitches)
    if piece is None:
        return rows
    notes = piece.pitched()
    notes = notes[(notes["onset"] < passage.end) & (notes["offset"] > passage.start)]
    if not len(notes):
        return rows
    players = ", ".join(sounding(piece.parts, set(np.unique(notes["part"]).tolist())))
    struck = [pitch_name(pitch) for pitch in passage.pitches if pitch in notes["pitch"]]
    return f"{rows}; {'notes ' + ', '.join(struck) if struck else 'overtones'} of {players}"


def _ogg(sound: Samples) -> str:
    file = io.BytesIO()
    soundfile.write(file, sound, SAMPLE_RATE, format="OGG", subtype="VORBIS")
    return _base64(file.getvalue())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
