"""Offset shift: some notes held too long or let go too soon (MDTK)."""

from __future__ import annotations

from musecritic.corrupt.damage import Damaged, Generator, how_many, note_by_note
from musecritic.corrupt.distance import SHORTEST_NOTE_S, shift_by_lot
from musecritic.music.clip import Clip
from musecritic.music.notes import Notes


def offset_shift(
    clip: Clip,
    rng: Generator,
    *,
    severity: float | None = None,
    count: tuple[int, int] = (3, 7),
) -> Damaged:
    """Move the offsets of notes by a tenth of a second at the least; their onsets stay.

    Parameters
    ----------
    clip
        On a grid or in milliseconds; pitches stay, and every note stays within the clip.
    severity
        Share of the notes to change, 0..1, one note at the least.
    count
        Number of notes to change without `severity`, both ends included.

    Raises
    ------
    NothingToDamage
        No note can be changed so.
    """

    def shifted(notes: Notes, index: int) -> Notes | None:
        note = notes[index : index + 1].copy()
        by = shift_by_lot(clip, rng)
        offset = note["offset"][0] + by
        longer = by > 0 and offset > clip.seconds
        if longer or offset - note["onset"][0] < SHORTEST_NOTE_S - 1e-9:
            return None
        note["offset"] = offset
        return note

    wanted = how_many(len(clip.notes), severity, count, rng)
    return note_by_note(clip, rng, wanted, shifted, cannot="no offset of this clip can move.")
