"""Notes: one NumPy structured array, the currency of the whole package."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

#: onset and offset in seconds, MIDI pitch 0..127, velocity 1..127, index into the piece's parts.
NOTE = np.dtype(
    [("onset", "f8"), ("offset", "f8"), ("pitch", "u1"), ("velocity", "u1"), ("part", "u2")]
)

#: A structured array of dtype `NOTE`, shape (N,).
Notes = NDArray[np.void]

LOWEST, HIGHEST = 21, 108  # A0 and C8, the ends of the piano keyboard
KEYS = HIGHEST - LOWEST + 1


def notes_from(
    onset: Iterable[float],
    offset: Iterable[float],
    pitch: Iterable[int],
    velocity: Iterable[int] | int = 64,
    part: Iterable[int] | int = 0,
) -> Notes:
    """Build a note array from its columns, sorted by onset, then pitch.

    Parameters
    ----------
    onset, offset
        Seconds; an offset never precedes its onset.
    pitch
        MIDI pitch, 0..127.
    velocity
        1..127, one for all or one a note.
    part
        Index of the part that plays it, one for all or one a note.
    """
    onset = np.asarray(onset, dtype=np.float64)
    notes: Notes = np.empty(onset.shape, dtype=NOTE)
    notes["onset"], notes["offset"], notes["pitch"] = onset, offset, pitch
    notes["velocity"], notes["part"] = velocity, part
    return in_order(notes)


def in_order(notes: Notes) -> Notes:
    """Return the notes sorted by onset, then pitch, then offset."""
    order = order_of(notes)
    return notes.copy() if order is None else notes[order]


def order_of(notes: Notes) -> NDArray[np.intp] | None:
    """Return the indices, (N,), that put notes in that order; None where they are in it."""
    columns = [notes[name] for name in ("onset", "pitch", "offset")]
    sorted_so_far = np.ones(max(len(notes) - 1, 0), dtype=bool)
    for column in reversed(columns):
        now, after = column[:-1], column[1:]
        sorted_so_far = (now < after) | ((now == after) & sorted_so_far)
    if sorted_so_far.all():  # as most files are; finding out takes a tenth of sorting
        return None
    return np.lexsort(columns[::-1])


def on_keyboard(notes: Notes) -> Notes:
    """Return the notes that an 88-key piano has, A0 to C8."""
    return notes[(notes["pitch"] >= LOWEST) & (notes["pitch"] <= HIGHEST)]
