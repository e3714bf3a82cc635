"""Split: some notes struck once more in their middle (MDTK's ``split_note``)."""

from __future__ import annotations

import numpy as np

from musecritic.corrupt.damage import Damaged, Generator, how_many, note_by_note
from musecritic.corrupt.distance import SHORTEST_NOTE_S
from musecritic.errors import NothingToDamage
from musecritic.music.clip import Clip
from musecritic.music.notes import Notes


def split(
    clip: Clip,
    rng: Generator,
    *,
    severity: float | None = None,
    count: tuple[int, int] = (3, 7),
) -> Damaged:
    """Cut notes in two that follow each other at once, each 50 ms long at the least.

    Both halves count as touched.

    Parameters
    ----------
    clip
        In milliseconds: on a grid the two halves would be one run.
    severity
        Share of the notes to cut, 0..1, one note at the least.
    count
        Number of notes to cut without `severity`, both ends included.

    Raises
    ------
    NothingToDamage
        No note is long enough, or the clip keeps a grid.
    """
    if clip.grid is not None:
        raise NothingToDamage("on a grid two notes that touch are one; nothing can be split.")

    def halves(notes: Notes, index: int) -> Notes | None:
        both = np.repeat(notes[index : index + 1], 2)
        onset, end = float(both["onset"][0]), min(float(both["offset"][0]), clip.seconds)
        if end - onset < 2 * SHORTEST_NOTE_S:
            return None
        middle = rng.uniform(onset + SHORTEST_NOTE_S, end - SHORTEST_NOTE_S)
        both["offset"][0] = both["onset"][1] = middle
        return both

    wanted = how_many(len(clip.notes), severity, count, rng)
    return note_by_note(
        clip, rng, wanted, halves, cannot="no note of this clip is long enough to split."
    )
