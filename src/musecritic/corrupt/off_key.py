"""Off-key: some notes moved by one semitone (seed, section 3.2)."""

from __future__ import annotations

import numpy as np

from musecritic.corrupt.damage import Damaged, Generator, frames_under, how_many, is_free
from musecritic.errors import NothingToDamage
from musecritic.music.clip import Clip
from musecritic.music.notes import HIGHEST, LOWEST


def off_key(
    clip: Clip,
    rng: Generator,
    *,
    severity: float | None = None,
    count: tuple[int, int] = (3, 7),
) -> Damaged:
    """Move notes up or down by exactly one semitone, each at most once.

    A note moves only where it stays on the keyboard and stands alone at its new pitch. Where
    fewer notes than asked can move, all those move; ``Damaged.notes`` counts them.

    Parameters
    ----------
    clip
        On a grid or in milliseconds; onsets and offsets stay.
    rng
        Source of the draw.
    severity
        Share of the notes to move, 0..1, one note at the least.
    count
        Number of notes to move without `severity`, both ends included; the protocol's 3 to 7.

    Raises
    ------
    NothingToDamage
        No note can move.
    """
    notes = clip.notes.copy()
    wanted = how_many(len(notes), severity, count, rng)
    touched = np.zeros(len(notes), dtype=bool)
    steps = rng.choice((-1, 1), size=len(notes))
    n_touched = 0
    for index in rng.permutation(len(notes)):
        if n_touched == wanted:
            break
        note = notes[index]
        for step in (int(steps[index]), -int(steps[index])):
            pitch = int(note["pitch"]) + step
            if LOWEST <= pitch <= HIGHEST and is_free(notes, pitch, note["onset"], note["offset"]):
                notes["pitch"][index] = pitch
                touched[index] = True
                n_touched += 1
                break
    if not n_touched:
        raise NothingToDamage("no note of this clip can move by a semitone.")
    return Damaged(
        clip.with_notes(notes),
        touched,
        frames_under(notes[touched], clip.seconds),
        n_touched / len(notes),
        np.arange(len(notes)),
    )
