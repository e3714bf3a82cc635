"""Removed: some notes left out (MDTK's ``remove_note``)."""

from __future__ import annotations

from musecritic.corrupt.damage import Damaged, Generator, how_many, note_by_note
from musecritic.errors import NothingToDamage
from musecritic.music.clip import Clip
from musecritic.music.notes import Notes


def removed(
    clip: Clip,
    rng: Generator,
    *,
    severity: float | None = None,
    count: tuple[int, int] = (3, 7),
) -> Damaged:
    """Leave notes out; the rest stays as it is, and one note at the least remains.

    No note of the damaged clip counts as touched; ``Damaged.gone`` names those left out, and the
    frames that they lit count as touched.

    Parameters
    ----------
    clip
        On a grid or in milliseconds.
    severity
        Share of the notes to leave out, 0..1, one note at the least.
    count
        Number of notes to leave out without `severity`, both ends included.

    Raises
    ------
    NothingToDamage
        There are fewer than two notes.
    """
    if len(clip.notes) < 2:
        raise NothingToDamage("a clip of fewer than two notes has none to leave out.")

    def nothing(notes: Notes, index: int) -> Notes:
        return notes[:0]

    wanted = min(how_many(len(clip.notes), severity, count, rng), len(clip.notes) - 1)
    return note_by_note(clip, rng, wanted, nothing, cannot="the clip has no notes.")
