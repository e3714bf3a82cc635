"""Generators that know little, for a critic to rank below those that know more.

An n-gram model has the steps of real music and nothing of its plan; random notes have not even the
steps. The model's notes have the timing of what it has learned from, live or as written; random
ones stand anywhere or on a grid.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musecritic.corrupt.shuffle import until_struck_again
from musecritic.errors import BadInput
from musecritic.music.notes import HIGHEST, KEYS, LOWEST, Notes, notes_from, on_keyboard
from musecritic.music.roll import CLIP_SECONDS

Generator = np.random.Generator

ORDER = 2

#: Seconds that divide steps, and those that divide lengths, into classes; at 120 quarters a minute
#: they lie between the note values. Within a class all are alike to the model: else a context of
#: two notes would hardly ever come back, and it would copy. With three it does.
STEPS = (0.03, 0.09, 0.18, 0.36, 0.72)
LENGTHS = (0.09, 0.18, 0.36, 0.72, 1.44)
_N_KINDS = (2 * KEYS - 1) * (len(STEPS) + 1) * (len(LENGTHS) + 1)

_LONGEST_S = 1.0  # of random notes, as `musecritic.critic.degenerate.random_notes` has them


@dataclass(frozen=True, eq=False)
class NGram:
    """An n-gram model of notes, held as the notes it has learned from.

    A note's kind is its interval from the note before it (in order of onset), the class of the time
    between their onsets, and the class of its length. After the kinds of the last notes stands what
    stood after them in some place of the training music, each place as likely as another: the
    interval, and the step and the length to the millisecond.

    Attributes
    ----------
    pitch
        (N,), of the notes learned from, one performance after the other.
    step, length
        (N,), seconds since the note before, and from onset to offset.
    kind
        (N,), see above; that of a performance's first note means nothing.
    sorted_keys, places
        For contexts of 0, 1, ... notes: the contexts' numbers, rising, and the note that stands
        after each.
    """

    pitch: NDArray[np.int64]
    step: NDArray[np.float64]
    length: NDArray[np.float64]
    kind: NDArray[np.int64]
    sorted_keys: tuple[NDArray[np.int64], ...]
    places: tuple[NDArray[np.int64], ...]

    @classmethod
    def learn(cls, performances: Iterable[Notes], order: int = ORDER) -> NGram:
        """Learn from performances, whose notes are in order of onset.

        Parameters
        ----------
        order
            How many notes a context has, 1 to 4.

        Raises
        ------
        BadInput
            No performance is longer than a context, or nowhere does a note begin after another.
        """
        notes = [on_keyboard(performance) for performance in performances]
        every = np.concatenate(notes) if notes else notes_from([], [], [])
        number = np.concatenate([np.arange(len(n)) for n in notes] or [np.empty(0, np.int64)])
        pitch = every["pitch"].astype(np.int64)
        step = np.diff(every["onset"], prepend=0.0)
        length = every["offset"] - every["onset"]
        kind = (
            (np.diff(pitch, prepend=0) + KEYS - 1) * (len(STEPS) + 1) + np.digitize(step, STEPS)
        ) * (len(LENGTHS) + 1) + np.digitize(length, LENGTHS)
        if not (number > order).any() or not (step[number > 0] > 0).any():
            raise BadInput(f"a model of order {order} learns from more notes than are here.")
        keys, places = [], []
        for n in range(order + 1):
            after = np.flatnonzero(number > n)  # the first note has no interval, so no kind
            key = _context([kind[after - back] for back in range(n, 0, -1)], len(after))
            rising = np.argsort(key, kind="stable")
            keys.append(key[rising])
            places.append(after[rising])
        return cls(pitch, step, length, kind, tuple(keys), tuple(places))

    @property
    def order(self) -> int:
        """How many notes a context has."""
        return len(self.places) - 1

    def generate(self, rng: Generator, seconds: float = CLIP_SECONDS) -> Notes:
        """Return so many seconds of notes, the first at 0, the last cut off at the end.

        It begins in the midst of some performance. A note that would leave the keyboard is not
        taken. Where no note is left to take, the context loses its earliest.

        Raises
        ------
        BadInput
            Every interval learned leads off the keyboard, as of scales that only rise.
        """
        place = int(rng.choice(self.places[-1]))
        context = [int(kind) for kind in self.kind[place - self.order : place]]
        pitch, onset = int(self.pitch[place - 1]), 0.0
        made: list[tuple[float, float, int]] = []
        while onset < seconds:
            place = self._next(context, pitch, rng)
            pitch += int(self.pitch[place] - self.pitch[place - 1])
            onset += float(self.step[place]) if made else 0.0
            made.append((onset, min(onset + float(self.length[place]), seconds), pitch))
            context = [*context[1:], int(self.kind[place])]
        return _playable(*zip(*(note for note in made if note[0] < seconds), strict=True))

    def _next(self, context: list[int], pitch: int, rng: Generator) -> int:
        """Return the place of a note that stands after the context and is on the keyboard."""
        for n in range(self.order, -1, -1):
            key = _context(context[len(context) - n :], 1)
            first, end = (
                np.searchsorted(self.sorted_keys[n], key[0], side) for side in ("left", "right")
            )
            places = self.places[n][first:end]
            reached = pitch + self.pitch[places] - self.pitch[places - 1]
            places = places[(reached >= LOWEST) & (reached <= HIGHEST)]
            if len(places):
                return int(rng.choice(places))
        raise BadInput(
            "every interval that the n-gram model has learned leads off the keyboard from here; "
            "let it learn from more music."
        )


def random_notes(
    n: int, rng: Generator, seconds: float = CLIP_SECONDS, *, grid: float = 0.0
) -> Notes:
    """Return n notes of any pitch, begun at any time, of any length up to a second.

    Of two that one key would have to play at once the earlier ends where the later begins; of two
    that it would have to begin at once one is left.

    Parameters
    ----------
    grid
        Seconds of which every onset and every length is a multiple; 0 for any.
    """
    onset, length = rng.uniform(0, seconds, n), rng.uniform(0, _LONGEST_S, n)
    if grid:
        onset = np.floor(onset / grid) * grid
        length = np.ceil(length / grid) * grid
    offset = np.minimum(onset + length, seconds)
    return _playable(onset, offset, rng.integers(LOWEST, HIGHEST + 1, n))


def _context(kinds: Iterable[int] | Iterable[NDArray[np.int64]], size: int) -> NDArray[np.int64]:
    """Return one number for the kinds of a context, or of each of `size` contexts."""
    key = np.zeros(size, dtype=np.int64)
    for kind in kinds:
        key = key * _N_KINDS + kind
    return key


def _playable(onset: Iterable[float], offset: Iterable[float], pitch: Iterable[int]) -> Notes:
    """Return the notes, each ending at the latest where its key is struck again."""
    notes = until_struck_again(notes_from(onset, offset, pitch))
    return notes[notes["offset"] > notes["onset"]]
