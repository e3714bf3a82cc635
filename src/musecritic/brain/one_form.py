"""One form for every piece, so that its format does not tell who composed it.

Live, sequenced and engraved files differ in timing, velocity, tempo marks, tracks, instruments and
length; a detector fed with those learns where a file comes from. Here all become the same: one
tempo, one grid, one velocity, one instrument, and, as excerpts, one length. What is left is which
notes, and when.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from musecritic.music.notes import notes_from, on_keyboard
from musecritic.music.piece import Part, Piece
from musecritic.music.tempo import Tempo

QPM = 90.0
GRID = 24  # steps a quarter: sixteenths, thirty-seconds and triplets all fall on it
VELOCITY = 64

#: Quarters of a piece that are kept, by genre: what nearly all of the shorter corpus has.
QUARTERS = {"chorale": 24, "song": 72, "quartet": 96, "keyboard": 72}
OTHERWISE = 48


def one_form(piece: Piece) -> Piece:
    """Return a piece's notes in the form that all have.

    At 90 quarters a minute, onsets and offsets on a grid of 24 a quarter, the first note at 0, one
    velocity, one piano. Notes of one pitch that begin together are one note, the longest; one that
    begins while another of its pitch sounds ends that. Drums are left out.
    """
    notes = on_keyboard(piece.at_tempo(QPM).pitched())
    step = 60 / QPM / GRID
    onset = np.round(notes["onset"] / step).astype(np.int64)
    onset -= onset.min(initial=onset[0] if len(onset) else 0)
    length = np.maximum(np.round((notes["offset"] - notes["onset"]) / step).astype(np.int64), 1)
    pitch = notes["pitch"]
    order = np.lexsort((-length, onset, pitch))
    onset, length, pitch = onset[order], length[order], pitch[order]
    same = np.diff(pitch, prepend=-1 if not len(pitch) else int(pitch[0]) + 1) == 0
    longest = ~(same & (np.diff(onset, prepend=-1) == 0))
    onset, length, pitch = onset[longest], length[longest], pitch[longest]
    until_next = np.append(onset[1:] - onset[:-1], np.iinfo(np.int64).max)
    until_next[np.append(np.diff(pitch) != 0, True)] = np.iinfo(np.int64).max
    offset = onset + np.minimum(length, until_next)
    return Piece(
        notes_from(onset * step, offset * step, pitch, VELOCITY),
        (Part("Piano"),),
        tempi=(Tempo(0.0, QPM),),
        source=piece.source,
    )


def excerpt(piece: Piece, quarters: float, *, at_end: bool) -> Piece | None:
    """Return the beginning or the end of a piece in one form; None where it is shorter.

    Of a corpus of short pieces and one of long ones, beginnings and ends then are as frequent. What
    is held over into the end begins with it.
    """
    seconds = quarters * 60 / QPM
    if piece.duration < seconds - 1e-6:
        return None
    start = piece.duration - seconds if at_end else 0.0
    notes = piece.notes[
        (piece.notes["offset"] > start + 1e-6) & (piece.notes["onset"] < start + seconds - 1e-6)
    ].copy()
    notes["onset"] = np.maximum(notes["onset"] - start, 0.0)
    notes["offset"] = np.minimum(notes["offset"] - start, seconds)
    return replace(piece, notes=notes) if len(notes) else None
