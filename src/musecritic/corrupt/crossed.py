"""Crossed: voices that exchange their notes, each in the other's rhythm."""

from __future__ import annotations

import numpy as np

from musecritic.corrupt.damage import Damaged, Generator, damaged_notes, how_many, stands_alone
from musecritic.errors import NothingToDamage
from musecritic.music.clip import Clip

CLOSEST_S = 0.1  # onsets nearer than this are one chord: exchanged, it would sound the same
WIDEST = 19  # semitones between the two


def crossed(
    clip: Clip,
    rng: Generator,
    *,
    severity: float | None = None,
    count: tuple[int, int] = (3, 7),
) -> Damaged:
    """Let two notes that sound together, and begin apart, exchange their pitches.

    Parameters
    ----------
    clip
        On a grid or in milliseconds; onsets and offsets stay.
    severity
        Share of the notes to exchange, 0..1, one pair at the least.
    count
        Number of pairs without `severity`, both ends included.

    Raises
    ------
    NothingToDamage
        No two notes can exchange their pitches.
    """
    notes = clip.notes.copy()
    onset, offset, pitch = notes["onset"], notes["offset"], notes["pitch"].astype(np.int64)
    together = (onset[:, None] < offset) & (onset < offset[:, None])
    apart = np.abs(onset[:, None] - onset) >= CLOSEST_S - 1e-9
    interval = np.abs(pitch[:, None] - pitch)
    pairs = np.argwhere(np.triu(together & apart & (interval > 0) & (interval <= WIDEST)))
    wanted = how_many(len(notes), severity and severity / 2, count, rng)
    touched = np.zeros(len(notes), dtype=bool)
    everything = np.ones(len(notes), dtype=bool)
    n_done = 0
    for one, other in pairs[rng.permutation(len(pairs))]:
        if n_done == wanted:
            break
        if touched[[one, other]].any():
            continue
        before = notes["pitch"][[one, other]].copy()
        notes["pitch"][[one, other]] = before[::-1]
        if all(stands_alone(notes, everything, i, notes[i : i + 1]) for i in (one, other)):
            touched[[one, other]] = True
            n_done += 1
        else:
            notes["pitch"][[one, other]] = before
    if not n_done:
        raise NothingToDamage("no two notes of this clip can exchange their pitches.")
    return damaged_notes(clip, notes, np.arange(len(notes)), touched)
