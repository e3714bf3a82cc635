"""What a glance at a piece tells: the plain numbers that give a file's origin away."""

from __future__ import annotations

import numpy as np

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
