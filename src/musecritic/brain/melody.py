"""Melodies in any key: runs of intervals and durations that two pieces share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from musecritic.brain.one_form import Sheet

LENGTH = 7  # intervals in a run: eight notes

_INTERVAL, _DURATION = 0x9E3779B1, 0x85EBCA77  # odd, so that no information is lost
_TURN = 31


class Runs(NamedTuple):
    """Runs of a melody, in order; (R,) each.

    Attributes
    ----------
    code
        uint32, the same for the same intervals and durations.
    onset
        Of the first note: steps of the grid, or seconds where it is said so.
    """

    code: NDArray[np.uint32]
    onset: NDArray[np.float64]


def skyline(sheet: Sheet) -> Sheet:
    """Return the highest note of every onset, in order of time: what is heard as the melody."""
    order = np.lexsort((-sheet[:, 0], sheet[:, 1]))
    highest = sheet[order]
    return highest[np.diff(highest[:, 1], prepend=-1) > 0]


def runs(sheet: Sheet) -> Runs:
    """Return the runs of eight notes in a piece's melody.

    Each is known by its intervals and the time from each note to the next, so that a melody is the
    same in every key and at every tempo that the one form takes away.
    """
    melody = skyline(sheet)
    interval, wait = np.diff(melody[:, 0]), np.diff(melody[:, 1])
    n = len(interval) - LENGTH + 1
    if n <= 0:
        return Runs(np.zeros(0, dtype=np.uint32), np.zeros(0))
    step = (interval.astype(np.uint64) * _INTERVAL) ^ (wait.astype(np.uint64) * _DURATION)
    code = np.zeros(n, dtype=np.uint64)
    for i in range(LENGTH):
        code = (code * np.uint64(_TURN) + step[i : i + n]) & np.uint64(0xFFFFFFFF)
        code ^= code >> np.uint64(15)
    return Runs(code.astype(np.uint32), melody[:n, 1].astype(np.float64))
