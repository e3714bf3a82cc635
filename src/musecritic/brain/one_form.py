"""One form for every piece, so that its format does not tell who composed it.

Live, sequenced and engraved files differ in timing, velocity, tempo marks, tracks, instruments and
length; a detector fed with those learns where a file comes from. Here all become the same: one
tempo, one grid, one velocity, one instrument, and, as excerpts, one length. What is left is which
notes, and when.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musecritic.music.notes import notes_from, on_keyboard
from musecritic.music.piece import Part, Piece
from musecritic.music.tempo import Tempo, from_quarters, to_quarters

QPM = 90.0
GRID = 24  # steps a quarter: sixteenths, thirty-seconds and triplets all fall on it
STEP = 60 / QPM / GRID  # s
VELOCITY = 64

#: Quarters of a piece that are kept, by genre: what nearly all of the shorter corpus has.
QUARTERS = {"chorale": 24, "song": 72, "quartet": 96, "keyboard": 72}
OTHERWISE = 48

#: Of which networks that read judge so many at once.
QUARTERS_AT_ONCE = 24

#: No music is longer; a file of two notes may be, and would fill all memory.
MOST_QUARTERS = 100_000

_ON_BEATS = (0, 6, 8, 12, 16, 18)


Sheet = NDArray[np.int64]
"""A piece in one form as (n, 3): of each note pitch, onset and offset, in steps of the grid, in the
order of pitch and onset."""


def one_form(piece: Piece) -> Piece:
    """Return a piece in the form that all have, to be heard: see `sheet`, `played`."""
    return played(sheet(piece))


def sheet(piece: Piece) -> Sheet:
    """Return a piece's notes in the form that all have.

    Onsets and offsets on a grid of 24 a quarter, the first note at 0. Notes of one pitch that begin
    together are one note, the longest; one that begins while another of its pitch sounds ends that.
    Drums are left out.
    """
    notes = on_keyboard(piece.at_tempo(QPM).pitched())
    onset = np.round(notes["onset"] / STEP).astype(np.int64)
    onset -= onset.min(initial=onset[0] if len(onset) else 0)
    length = np.maximum(np.round((notes["offset"] - notes["onset"]) / STEP).astype(np.int64), 1)
    pitch = notes["pitch"].astype(np.int64)
    order = np.lexsort((-length, onset, pitch))
    onset, length, pitch = onset[order], length[order], pitch[order]
    same = np.diff(pitch, prepend=-1 if not len(pitch) else int(pitch[0]) + 1) == 0
    longest = ~(same & (np.diff(onset, prepend=-1) == 0))
    onset, length, pitch = onset[longest], length[longest], pitch[longest]
    until_next = np.append(onset[1:] - onset[:-1], np.iinfo(np.int64).max)
    until_next[np.append(np.diff(pitch) != 0, True)] = np.iinfo(np.int64).max
    return np.stack([pitch, onset, onset + np.minimum(length, until_next)], axis=1)


def played(notes: Sheet) -> Piece:
    """Return a piece of these notes: 90 quarters a minute, one velocity, one piano."""
    pitch, onset, offset = notes.T
    return Piece(
        notes_from(onset * STEP, offset * STEP, pitch, VELOCITY),
        (Part("Piano"),),
        tempi=(Tempo(0.0, QPM),),
    )


def seconds_in(piece: Piece, steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where steps of a piece's `sheet` lie in the piece itself, in seconds."""
    first = float(to_quarters(on_keyboard(piece.pitched())["onset"].min(), piece.tempi))
    return from_quarters(first + steps / GRID, piece.tempi)


def quarters_of(genre: str) -> int:
    """Return how many quarters of a piece are kept, by its genre."""
    return QUARTERS.get(genre, OTHERWISE)


def length_of(notes: Sheet) -> int:
    """Return a piece's length in steps."""
    return int(notes[:, 2].max(initial=0))


def on_beats(notes: Sheet) -> float:
    """Return the share of notes that begin on a sixteenth or triplet of the beats.

    Six of a quarter's 24 steps: a performance whose file does not know its beats has a quarter of
    its notes there, by chance; a score nearly all.
    """
    return float(np.isin(notes[:, 1] % GRID, _ON_BEATS).mean())


def excerpt(notes: Sheet, quarters: int, *, at_end: bool) -> Sheet | None:
    """Return the beginning or the end of a piece in one form; None where it is shorter.

    Of a corpus of short pieces and one of long ones, beginnings and ends then are as frequent.
    """
    steps = quarters * GRID
    if length_of(notes) < steps:
        return None
    # An end, too, begins with a quarter: its beat would tell how a format closes.
    start = (length_of(notes) - steps) // GRID * GRID if at_end else 0
    part = passage(notes, start, steps)
    return part if len(part) else None


def passage(notes: Sheet, start: int, steps: int) -> Sheet:
    """Return so many steps of a piece, from its beginning on.

    What is held over from before begins with it, what is held on ends with it.
    """
    end = start + steps
    part = notes[(notes[:, 2] > start) & (notes[:, 1] < end)].copy()
    part[:, 1:] = part[:, 1:].clip(start, end) - start
    return part
