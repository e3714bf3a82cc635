"""What a glance at a piece tells: the plain numbers that give a file's origin away."""

from __future__ import annotations

import numpy as np

from musecritic.brain.one_form import GRID
from musecritic.music.piece import Piece
from musecritic.music.tempo import DEFAULT_QPM, to_quarters

#: The names of what `statistics` counts, in its order.
STATISTICS = (
    "notes a quarter",
    "notes a second",
    "tempo, quarters a minute",
    "ambitus, semitones",
    "lowest pitch",
    "mean pitch",
    "mean duration, quarters",
    "spread of durations",
    "entropy of pitch classes, bits",
    "notes at a time",
    "duration, s",
    "parts",
    "velocities",
)

#: The names of what `layout` counts, in its order.
LAYOUT = (
    "quarters beyond whole bars of four",
    "unevenness of parts",
    "repeated notes",
    "onsets where a bar of four begins",
    "notes of an eighth",
    "onsets off the eighths",
    "length of the last notes, quarters",
)
_BAR, _EIGHTHS = 4, 2  # quarters of a bar, eighths of a quarter
_CLOSE = 0.05  # of an eighth, within which a time counts as one


def statistics(piece: Piece) -> list[float]:
    """Return the numbers named in `STATISTICS` for a piece with at least one note."""
    notes = piece.pitched()
    onset, offset = (to_quarters(notes[name], piece.tempi) for name in ("onset", "offset"))
    pitch = notes["pitch"].astype(np.float64)
    length = offset - onset
    quarters = max(float(offset.max()), 1e-3)
    share = np.bincount(notes["pitch"] % 12, minlength=12) / len(notes)
    sounding = share[share > 0]
    return [
        len(notes) / quarters,
        len(notes) / max(piece.duration, 1e-3),
        piece.tempi[0].qpm if piece.tempi else DEFAULT_QPM,
        float(np.ptp(pitch)),
        float(pitch.min()),
        float(pitch.mean()),
        float(length.mean()),
        float(length.std()),
        float(-(sounding * np.log2(sounding)).sum()),
        float(length.sum()) / quarters,
        piece.duration,
        float(len(np.unique(notes["part"]))),
        float(len(np.unique(notes["velocity"]))),
    ]


def layout(piece: Piece) -> list[float]:
    """Return the numbers named in `LAYOUT`: how a file of at least one note is laid out.

    A little music is in them, but no chord: how it lies in bars, and how parts share the notes.
    """
    notes = piece.pitched()
    # On the grid, for a tempo's rounding would show beside a bar's end.
    times = (to_quarters(notes[name], piece.tempi) for name in ("onset", "offset"))
    onset, offset = (np.round(time * GRID) / GRID for time in times)
    eighths = onset * _EIGHTHS
    off = np.abs(eighths - np.round(eighths)) > _CLOSE
    own = [notes["pitch"][notes["part"] == part].astype(int) for part in np.unique(notes["part"])]
    repeated = [float(np.mean(np.diff(pitch) == 0)) for pitch in own if len(pitch) > 1]
    bars = onset / _BAR
    return [
        float(offset.max() % _BAR),
        float(np.std([len(pitch) for pitch in own]) / len(notes)),
        float(np.mean(repeated)) if repeated else 0.0,
        float(np.mean(np.abs(bars - np.round(bars)) < _CLOSE / _EIGHTHS / _BAR)),
        float(np.mean(np.abs((offset - onset) * _EIGHTHS - 1) < 2 * _CLOSE)),
        float(np.mean(off)),
        float((offset - onset)[onset >= onset.max() - _CLOSE / _EIGHTHS].mean()),
    ]
