"""Clips: ten seconds of a piece, the unit that the critic judges."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from musecritic.music.notes import Notes, on_keyboard
from musecritic.music.piece import Piece
from musecritic.music.roll import CLIP_SECONDS, RATE, Roll, piano_roll, runs

_ROUNDING_S = 1e-6  # as in the roll: this much before a seam is on it
_HELD_S = 1 / RATE  # what must be left of a note for the next clip to have it


@dataclass(frozen=True)
class Clip:
    """A stretch of a piece, its notes counted from its start.

    Attributes
    ----------
    notes
        What sounds in the stretch, drums left out; a note held over from before begins at 0,
        one held beyond ends at `seconds`.
    start
        Seconds from the piece's start.
    seconds
        Length, ten unless told.
    grid
        Frames a second where the notes are a roll's runs and keep its grid; None where they
        keep the milliseconds of their file.
    """

    notes: Notes = field(repr=False)
    start: float = 0.0
    seconds: float = CLIP_SECONDS
    grid: float | None = None

    def roll(self, rate: float = RATE) -> Roll:
        """Return the (88, seconds · rate) piano roll."""
        return piano_roll(self.notes, self.seconds, rate)

    def on_grid(self, rate: float = RATE) -> Clip:
        """Return the clip as its roll tells it: the roll's runs for notes."""
        return clip_of_roll(self.roll(rate), rate, self.start)

    def with_notes(self, notes: Notes) -> Clip:
        """Return this stretch with other notes."""
        return replace(self, notes=notes)


def clip_of_roll(roll: Roll, rate: float = RATE, start: float = 0.0) -> Clip:
    """Return the clip whose notes are the runs of a (88, T) roll."""
    return Clip(runs(roll, rate), start, roll.shape[1] / rate, rate)


def cut(piece: Piece, seconds: float = CLIP_SECONDS) -> list[Clip]:
    """Cut a whole piece into clips from its start; those without a note are dropped.

    The last clip is as long as the others and silent after the piece ends.
    """
    notes = on_keyboard(piece.pitched())
    if not len(notes):
        return []
    first = np.floor((notes["onset"] + _ROUNDING_S) / seconds).astype(np.int64)
    last = np.floor((notes["offset"] + _ROUNDING_S - _HELD_S) / seconds).astype(np.int64)
    n_clips = np.maximum(last - first, 0) + 1  # in which each note sounds
    whose = np.repeat(np.arange(len(notes)), n_clips)
    clip = first[whose] + np.arange(len(whose)) - np.repeat(n_clips.cumsum() - n_clips, n_clips)
    order = np.argsort(clip, kind="stable")
    indices, begins = np.unique(clip[order], return_index=True)
    return [
        _stretch(notes[whose[inside]], index * seconds, seconds)
        for index, inside in zip(indices, np.split(order, begins[1:]), strict=True)
    ]


def clip_at(piece: Piece, start: float, seconds: float = CLIP_SECONDS) -> Clip:
    """Return what sounds in [start, start + seconds), on the keyboard and without drums.

    A note held over from before is left out where less than a frame of it is left, so that the
    clip's roll is the piece's.
    """
    notes = on_keyboard(piece.pitched())
    onset, offset = notes["onset"] + _ROUNDING_S, notes["offset"] + _ROUNDING_S
    begins = (onset >= start) & (onset < start + seconds)
    held = (onset < start) & (offset >= start + _HELD_S)
    return _stretch(notes[begins | held], start, seconds)


def _stretch(notes: Notes, start: float, seconds: float) -> Clip:
    inside = notes.copy()
    inside["onset"] = np.maximum(inside["onset"] - start, 0.0)
    inside["offset"] = np.minimum(inside["offset"] - start, seconds)
    return Clip(inside, start, seconds)
