"""Clips: ten seconds of a piece, the unit that the critic judges."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from musecritic.music.notes import Notes, on_keyboard
from musecritic.music.piece import Piece
from musecritic.music.roll import CLIP_SECONDS, RATE, Roll, piano_roll, runs


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

    notes: Notes
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
    n_clips = int(np.ceil(piece.duration / seconds - 1e-9)) if len(piece.notes) else 0
    clips = [clip_at(piece, index * seconds, seconds) for index in range(max(n_clips, 1))]
    return [clip for clip in clips if len(clip.notes)]


def clip_at(piece: Piece, start: float, seconds: float = CLIP_SECONDS) -> Clip:
    """Return what sounds in [start, start + seconds), on the keyboard and without drums."""
    notes = on_keyboard(piece.pitched())
    # A note of zero length still sounds where it begins.
    sounds = (notes["onset"] < start + seconds) & (
        (notes["offset"] > start) | (notes["onset"] >= start)
    )
    inside = notes[sounds].copy()
    inside["onset"] = np.maximum(inside["onset"] - start, 0.0)
    inside["offset"] = np.minimum(inside["offset"] - start, seconds)
    return Clip(inside, start, seconds)
