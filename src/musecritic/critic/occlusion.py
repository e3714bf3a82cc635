"""What a verdict gains where one note is left out, or moved to a neighbouring key.

It asks nothing of the network but verdicts, so it can check what any critic says of its notes, and
what a gradient or attention seems to say (occlusion: Zeiler and Fergus, 2014). It costs up to three
verdicts a note.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from musecritic.corrupt.damage import stands_alone
from musecritic.critic.inference import HELD, Critic
from musecritic.music.clip import Clip
from musecritic.music.notes import HIGHEST, LOWEST, in_order


class Gains(NamedTuple):
    """How much the logit of a clip, calibrated, rises for each of its N notes.

    Attributes
    ----------
    out
        (N,), where the note is left out; NaN where that was not tried.
    moved
        (N,), where it stands a semitone higher or lower, the better of the two; NaN where it was
        not tried, or where both keys are taken or off the keyboard.
    """

    out: NDArray[np.float64]
    moved: NDArray[np.float64]

    @property
    def best(self) -> NDArray[np.float64]:
        """(N,), the larger of the two; NaN where neither was tried."""
        return np.asarray(np.fmax(self.out, self.moved))


class _Changed(NamedTuple):
    number: int  # of the clip that was changed
    note: int  # its index
    is_moved: bool
    clip: Clip


def occluded(
    critic: Critic,
    clips: Sequence[Clip],
    logits: NDArray[np.float64],
    which: Sequence[NDArray[np.int64]],
) -> list[Gains]:
    """Try notes of clips one after the other.

    Changed clips are judged together, `HELD` at a time, so memory does not grow with their number.

    Parameters
    ----------
    critic
        Any.
    clips
        Of up to ten seconds, their notes on the keyboard.
    logits
        (len(clips),), what the critic says of the clips as they are, uncalibrated.
    which
        Of each clip, the indices of the notes to try.
    """
    gains = [Gains(*np.full((2, len(clip.notes)), np.nan)) for clip in clips]
    changed = _all_changed(clips, which)
    while some := list(islice(changed, HELD)):
        for one, finding in zip(some, critic.read_clips([c.clip for c in some]), strict=True):
            gain = (finding.logit - logits[one.number]) / critic.card.temperature
            of_clip = gains[one.number].moved if one.is_moved else gains[one.number].out
            of_clip[one.note] = np.fmax(of_clip[one.note], gain)
    return gains


def _all_changed(clips: Sequence[Clip], which: Sequence[NDArray[np.int64]]) -> Iterator[_Changed]:
    for number, (clip, indices) in enumerate(zip(clips, which, strict=True)):
        for index in indices.tolist():
            without = clip.with_notes(np.delete(clip.notes, index))
            yield _Changed(number, index, is_moved=False, clip=without)
            for moved in _moved(clip, index):
                yield _Changed(number, index, is_moved=True, clip=moved)


def _moved(clip: Clip, index: int) -> Iterator[Clip]:
    """Yield the clip with a note a semitone lower and higher, where it stands alone there."""
    every = np.ones(len(clip.notes), dtype=bool)
    for step in (-1, 1):
        pitch = int(clip.notes["pitch"][index]) + step
        if not LOWEST <= pitch <= HIGHEST:
            continue
        notes = clip.notes.copy()
        notes["pitch"][index] = pitch
        if stands_alone(clip.notes, every, index, notes[index : index + 1]):
            yield clip.with_notes(in_order(notes))
