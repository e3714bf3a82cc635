"""Wrong pitch: some notes moved to any other key (MDTK's ``pitch_shift``)."""

from __future__ import annotations

from musecritic.corrupt.damage import Damaged, Generator, how_many, note_by_note
from musecritic.music.clip import Clip
from musecritic.music.notes import HIGHEST, LOWEST, Notes


def pitch_shift(
    clip: Clip,
    rng: Generator,
    *,
    severity: float | None = None,
    count: tuple[int, int] = (3, 7),
) -> Damaged:
    """Move notes to another key of the piano, any of them as likely as any other.

    Parameters
    ----------
    clip
        On a grid or in milliseconds; onsets and offsets stay.
    severity
        Share of the notes to move, 0..1, one note at the least.
    count
        Number of notes to move without `severity`, both ends included.

    Raises
    ------
    NothingToDamage
        No note can move.
    """

    def moved(notes: Notes, index: int) -> Notes | None:
        note = notes[index : index + 1].copy()
        pitch = int(rng.integers(LOWEST, HIGHEST + 1))
        if pitch == note["pitch"][0]:
            return None
        note["pitch"] = pitch
        return note

    wanted = how_many(len(clip.notes), severity, count, rng)
    return note_by_note(clip, rng, wanted, moved, cannot="no note of this clip can move.")
