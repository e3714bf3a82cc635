"""Onset shift: some notes begin too early or too late and end where they did (MDTK)."""

from __future__ import annotations

from musecritic.corrupt.damage import Damaged, Generator, how_many, note_by_note
from musecritic.corrupt.distance import SHORTEST_NOTE_S, shift_by_lot
from musecritic.music.clip import Clip
from musecritic.music.notes import Notes


def onset_shift(
    clip: Clip,
    rng: Generator,
    *,
    severity: float | None = None,
    count: tuple[int, int] = (3, 7),
) -> Damaged:
    """Move the onsets of notes by a tenth of a second at the least; their offsets stay.

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
        onset = note["onset"][0] + by
        inside = 0 <= onset < clip.seconds
        if not inside or note["offset"][0] - onset < SHORTEST_NOTE_S - 1e-9:
            return None
        note["onset"] = onset
        return note

    wanted = how_many(len(clip.notes), severity, count, rng)
    return note_by_note(clip, rng, wanted, shifted, cannot="no onset of this clip can move.")
