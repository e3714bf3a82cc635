"""Noise: stray notes that nobody played (seed, section 3.2)."""

from __future__ import annotations

import numpy as np

from musecritic.corrupt.damage import ADDED, Damaged, Generator, frames_under, how_many, is_free
from musecritic.errors import NothingToDamage
from musecritic.music.clip import Clip
from musecritic.music.notes import HIGHEST, LOWEST, NOTE, Notes

SECONDS = (0.1, 0.4)  # length of an added note on the grid (the protocol's)
_MOST = 0.9
_TRIES = 20  # a note: a roll so full that twenty places are taken has no room for noise


def noise(
    clip: Clip,
    rng: Generator,
    *,
    severity: float | None = None,
    count: tuple[int, int] = (5, 15),
) -> Damaged:
    """Add notes at random pitch and time; nothing that sounded is changed.

    An added note stands alone: it neither overlaps nor touches a note of its pitch. On a grid it
    lasts 0.1 to 0.4 s in whole frames. In milliseconds it takes its length and its velocity
    from notes of the clip, drawn apart, so that neither tells it from the others.

    Parameters
    ----------
    clip
        On a grid or in milliseconds.
    rng
        Source of the draw.
    severity
        Share of the notes afterwards that are to be added ones, one note at the least; above
        0.9 counts as 0.9, nine notes of noise for each of the clip's.
    count
        Number of added notes without `severity`, both ends included; the protocol's 5 to 15.

    Raises
    ------
    NothingToDamage
        No room was found for a single note, or the clip is empty.
    """
    if not len(clip.notes):
        raise NothingToDamage("the clip has no notes to hide noise among.")
    notes = clip.notes
    if severity is not None:  # of n own and m added notes m / (n + m) are touched
        severity = min(severity, _MOST) / (1 - min(severity, _MOST))
    for _ in range(how_many(len(notes), severity, count, rng)):
        for _ in range(_TRIES):
            stray = _stray(clip, rng)
            if is_free(notes, stray["pitch"][0], stray["onset"][0], stray["offset"][0]):
                notes = np.concatenate([notes, stray])
                break
    touched = np.arange(len(notes)) >= len(clip.notes)
    if not touched.any():
        raise NothingToDamage("the clip has no room for another note.")
    order = np.lexsort((notes["pitch"], notes["onset"]))
    notes, touched = notes[order], touched[order]
    return Damaged(
        clip.with_notes(notes),
        touched,
        frames_under(notes[touched], clip.seconds),
        float(touched.mean()),
        np.where(touched, ADDED, order),
    )


def _stray(clip: Clip, rng: Generator) -> Notes:
    note: Notes = np.empty(1, dtype=NOTE)
    note["pitch"] = rng.integers(LOWEST, HIGHEST + 1)
    models = clip.notes[rng.integers(len(clip.notes), size=2)]
    if clip.grid is None:
        length = max(float(models["offset"][0] - models["onset"][0]), 0.01)
        onset = rng.uniform(0.0, clip.seconds - 0.01)
        velocity = models["velocity"][1]
    else:
        frames = rng.integers(round(SECONDS[0] * clip.grid), round(SECONDS[1] * clip.grid) + 1)
        length = frames / clip.grid
        onset = rng.integers(0, round((clip.seconds - length) * clip.grid) + 1) / clip.grid
        velocity = 64  # a roll has no velocities
    note["onset"], note["offset"] = onset, min(onset + length, clip.seconds)
    note["velocity"], note["part"] = velocity, models["part"][1]
    return note
