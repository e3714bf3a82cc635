"""Time shift: some notes played too early or too late, as long as before (MDTK)."""

from __future__ import annotations

from musecritic.corrupt.damage import Damaged, Generator, how_many, note_by_note
from musecritic.corrupt.distance import shift_by_lot
from musecritic.music.clip import Clip
from musecritic.music.notes import Notes


def time_shift(
    clip: Clip,
    rng: Generator,
    *,
    severity: float | None = None,
    count: tuple[int, int] = (3, 7),
) -> Damaged:
    """Move notes in time by a tenth of a second at the least; they keep their length.

    Parameters
    ----------
    clip
        On a grid or in milliseconds; pitches stay, and every note stays within the clip.
    severity
        Share of the notes to move, 0..1, one note at the least.
    count
        Number of notes to move without `severity`, both ends included.

    Raises
    ------
    NothingToDamage
        No note can be changed so.
    """

    def shifted(notes: Notes, index: int) -> Notes | None:
        note = notes[index : index + 1].copy()
        by = shift_by_lot(clip, rng)
        later = by > 0 and note["offset"][0] + by > clip.seconds
        if later or note["onset"][0] + by < 0:
            return None
        note["onset"] += by
        note["offset"] += by
        return note

    wanted = how_many(len(clip.notes), severity, count, rng)
    return note_by_note(clip, rng, wanted, shifted, cannot="no note of this clip can move in time.")
