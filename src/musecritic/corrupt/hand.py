"""Hand: one hand transposed for a while, as when a clef or a key signature is misread."""

from __future__ import annotations

import numpy as np

from musecritic.corrupt.damage import Damaged, Generator, damaged_notes
from musecritic.corrupt.stretch import stretch_by_lot
from musecritic.errors import NothingToDamage
from musecritic.music.clip import Clip
from musecritic.music.notes import HIGHEST, LOWEST

SEMITONES = (1, 6)  # how far it is transposed, either way
_TRIES = 20


def hand(
    clip: Clip,
    rng: Generator,
    *,
    severity: float | None = None,
    count: tuple[int, int] = (3, 7),
) -> Damaged:
    """Transpose what one hand plays in a stretch of the clip, by one to six semitones.

    A hand is what lies above, or below, the middle between the stretch's lowest and highest note.

    Parameters
    ----------
    clip
        On a grid or in milliseconds; onsets and offsets stay.
    severity
        Share of the notes to transpose, about; the stretch is as long as that asks for.
    count
        Number of notes in the stretch without `severity`, about; both ends included, twice over
        for the hand that stays.

    Raises
    ------
    NothingToDamage
        No hand can be transposed without leaving the keyboard or meeting other notes.
    """
    notes = clip.notes
    for _ in range(_TRIES):
        inside = stretch_by_lot(clip, rng, severity, count, times=2)
        pitch = notes["pitch"].astype(np.int64)
        low, high = pitch[inside].min(), pitch[inside].max()
        upper = bool(rng.integers(2))
        own = inside & ((pitch > (low + high) / 2) == upper)
        by = int(rng.integers(SEMITONES[0], SEMITONES[1] + 1) * rng.choice((-1, 1)))
        if not own.any() or pitch[own].min() + by < LOWEST or pitch[own].max() + by > HIGHEST:
            continue
        changed = notes.copy()
        changed["pitch"][own] = pitch[own] + by
        if not _overlap(changed, own):
            return damaged_notes(clip, changed, np.arange(len(notes)), own)
    raise NothingToDamage("no hand of this clip can be transposed.")


def _overlap(notes: np.ndarray, own: np.ndarray) -> bool:
    """Say whether a transposed note overlaps or touches another of its new pitch."""
    mine, others = notes[own], notes[~own]
    same = mine["pitch"][:, None] == others["pitch"]
    meets = (mine["onset"][:, None] <= others["offset"] + 1e-6) & (
        mine["offset"][:, None] >= others["onset"] - 1e-6
    )
    return bool((same & meets).any())
