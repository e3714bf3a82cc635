"""Joined: notes of one pitch that follow each other made into one (MDTK's ``join_notes``)."""

from __future__ import annotations

import numpy as np

from musecritic.corrupt.damage import Damaged, Generator, damaged_notes, how_many
from musecritic.errors import NothingToDamage
from musecritic.music.clip import Clip

LONGEST_GAP_S = 0.05  # between the two (MDTK)


def joined(
    clip: Clip,
    rng: Generator,
    *,
    severity: float | None = None,
    count: tuple[int, int] = (3, 7),
) -> Damaged:
    """Join notes with the next of their pitch where hardly a gap lies between them.

    Parameters
    ----------
    clip
        In milliseconds: on a grid two notes so near are one run already.
    severity
        Share of the notes to join with their next, 0..1, one note at the least.
    count
        Number of pairs to join without `severity`, both ends included.

    Raises
    ------
    NothingToDamage
        No two notes follow each other so closely.
    """
    notes = clip.notes.copy()
    by_pitch = np.lexsort((notes["onset"], notes["pitch"]))
    one, following = by_pitch[:-1], by_pitch[1:]
    gap = notes["onset"][following] - notes["offset"][one]
    near = (notes["pitch"][one] == notes["pitch"][following]) & (gap <= LONGEST_GAP_S)
    near &= notes["onset"][following] > notes["onset"][one]
    pairs = np.stack([one, following], axis=1)[near]
    if not len(pairs):
        raise NothingToDamage("no two notes of this clip follow each other on one key at once.")
    wanted = how_many(len(notes), severity, count, rng)
    touched = np.zeros(len(notes), dtype=bool)
    kept = np.ones(len(notes), dtype=bool)
    for first, second in pairs[rng.permutation(len(pairs))]:
        if int(touched.sum()) == wanted:
            break
        if touched[[first, second]].any() or not kept[[first, second]].all():
            continue
        notes["offset"][first] = max(notes["offset"][first], notes["offset"][second])
        touched[first], kept[second] = True, False
    was = np.flatnonzero(kept)
    return damaged_notes(clip, notes[kept], was, touched[kept], gone=np.flatnonzero(~kept))
