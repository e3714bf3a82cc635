"""The piano roll: 88 keys by time, and back again.

The seed (section 3.1) sees music as a binary matrix of 88 keys by 100 frames, ten seconds at
10 Hz. A note lights the frames from ``floor(onset · rate)`` up to, not including,
``floor(offset · rate)``, and always at least one. Row 0 is A0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, overload

import numpy as np
from numpy.typing import NDArray

from musecritic.music.notes import KEYS, LOWEST, NOTE, Notes, on_keyboard

Roll = NDArray[np.uint8]

RATE = 10.0  # frames a second (seed, section 3.1)
CLIP_SECONDS = 10.0

# Onsets come from sums of tick lengths; without this 0.3 s · 10 Hz falls into frame 2.
_ROUNDING_S = 1e-6


def frames_of(
    notes: Notes, rate: float, n_frames: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return first frame and one past the last of every note, within 0..n_frames.

    Every note has at least one frame. Notes must begin before the last frame ends.
    """
    first = np.floor((notes["onset"] + _ROUNDING_S) * rate).astype(np.int64)
    last = np.floor((notes["offset"] + _ROUNDING_S) * rate).astype(np.int64)
    first = np.clip(first, 0, n_frames - 1)
    return first, np.clip(np.maximum(last, first + 1), 0, n_frames)


@overload
def piano_roll(notes: Notes, seconds: float = ..., rate: float = ...) -> Roll: ...
@overload
def piano_roll(
    notes: Notes, seconds: float = ..., rate: float = ..., *, onsets: Literal[True]
) -> Roll: ...


def piano_roll(
    notes: Notes, seconds: float = CLIP_SECONDS, rate: float = RATE, *, onsets: bool = False
) -> Roll:
    """Draw notes as a binary piano roll.

    Parameters
    ----------
    notes
        Onsets counted from the roll's first frame. Those off the keyboard or beginning at
        `seconds` or later are left out.
    seconds
        Length of the roll.
    rate
        Frames a second.
    onsets
        Add a second plane that holds the first frame of every note alone, so that repeated
        notes stay apart.

    Returns
    -------
    Roll
        uint8 in {0, 1}, shape (88, T), or (2, 88, T) with `onsets`; T = round(seconds · rate).
    """
    n_frames = max(round(seconds * rate), 1)
    notes = on_keyboard(notes)
    notes = notes[(notes["onset"] + _ROUNDING_S) * rate < n_frames]
    first, last = frames_of(notes, rate, n_frames)
    key = notes["pitch"].astype(np.int64) - LOWEST
    # Laid end to end, the keys' rows are one line of cells, and a note is a stretch of it. Of
    # stretches that overlap the later lights only what the earlier ones have not.
    begin, end = key * n_frames + first, key * n_frames + last
    order = np.argsort(begin, kind="stable")
    begin, end = begin[order], end[order]
    lit_up_to = np.maximum.accumulate(end)
    begin[1:] = np.maximum(begin[1:], lit_up_to[:-1])
    length = np.maximum(end - begin, 0)
    done = length.cumsum()
    cells = np.repeat(begin - done + length, length) + np.arange(length.sum())
    roll = np.zeros((KEYS, n_frames), dtype=np.uint8)
    roll.reshape(-1)[cells] = 1
    if not onsets:
        return roll
    begins = np.zeros_like(roll)
    begins[key, first] = 1
    return np.stack([roll, begins])


def whole_roll(notes: Notes, seconds: float = CLIP_SECONDS, rate: float = RATE) -> Roll:
    """Return the roll of a whole piece, its length a whole number of clips, one at the least."""
    end = float(notes["offset"].max(initial=0.0))
    return piano_roll(notes, max(int(np.ceil(end / seconds - 1e-9)), 1) * seconds, rate)


def clip_rolls(
    notes: Notes, seconds: float = CLIP_SECONDS, rate: float = RATE
) -> Iterator[tuple[float, Roll]]:
    """Cut the roll of a whole piece into clips (seed, section 3.1); leave out the silent ones.

    This is what networks are trained, measured and used on.

    Yields
    ------
    start, roll
        Seconds from the piece's start, and (88, seconds · rate).
    """
    roll = whole_roll(notes, seconds, rate)
    n_frames = round(seconds * rate)
    for first in range(0, roll.shape[1], n_frames):
        clip = roll[:, first : first + n_frames]
        if clip.any():
            yield first / rate, clip


def runs(roll: Roll, rate: float = RATE) -> Notes:
    """Return the roll's runs of lit frames as notes, in order of onset then pitch.

    The inverse of `piano_roll` up to what a roll forgets: two notes of one pitch that touch are
    one run, velocity is 64 and the part 0.

    Parameters
    ----------
    roll
        (88, T), anything that is zero where silent.
    rate
        Frames a second.
    """
    lit = np.zeros((roll.shape[0], roll.shape[1] + 2), dtype=np.int8)
    lit[:, 1:-1] = roll != 0
    edge = np.diff(lit, axis=1)
    key, first = np.nonzero(edge == 1)
    _, last = np.nonzero(edge == -1)  # row-major like the starts, so they pair up
    order = np.lexsort((key, first))
    notes: Notes = np.empty(len(key), dtype=NOTE)
    notes["onset"] = first[order] / rate
    notes["offset"] = last[order] / rate
    notes["pitch"] = key[order] + LOWEST
    notes["velocity"], notes["part"] = 64, 0
    return notes
