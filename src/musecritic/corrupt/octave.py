"""Wrong octave: some notes moved by twelve semitones, as readers of notes and of audio do."""

from __future__ import annotations

from musecritic.corrupt.damage import Damaged, Generator, how_many, note_by_note
from musecritic.music.clip import Clip
from musecritic.music.notes import HIGHEST, LOWEST, Notes

OCTAVE = 12


def octave(
    clip: Clip,
    rng: Generator,
    *,
    severity: float | None = None,
    count: tuple[int, int] = (3, 7),
) -> Damaged:
    """Move notes up or down by an octave, each at most once; onsets and offsets stay.

    Parameters
    ----------
    clip
        On a grid or in milliseconds.
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
        pitch = int(note["pitch"][0]) + (OCTAVE if rng.random() < 0.5 else -OCTAVE)
        if not LOWEST <= pitch <= HIGHEST:
            return None
        note["pitch"] = pitch
        return note

    wanted = how_many(len(clip.notes), severity, count, rng)
    return note_by_note(
        clip, rng, wanted, moved, cannot="no note of this clip can move by an octave."
    )
