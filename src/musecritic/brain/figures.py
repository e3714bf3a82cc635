"""The figures that music is made of, counted: chords, progressions, leading of voices, rhythms.

Style is told by small turns of phrase that come again and again: which chord follows which, how two
voices move together, what a melody does in four notes. An excerpt is taken for the bag of all of
these, each reduced to a number by hashing (Weinberger et al., Feature hashing for large scale
multitask learning, 2009), and a linear layer weighs them. All of them are intervals, so that a
transposition changes none.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from musecritic.brain.one_form import GRID, Sheet
from musecritic.music.notes import HIGHEST

BUCKETS = 2**16

_SLICE = GRID // 2  # steps from one glance at what sounds to the next: an eighth
_VOICES = 6  # of more at once, no leading is read
_TURN = 4  # intervals of the longest melodic turn
_OCTAVE = 12
_LAGS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40)  # eighths
_RETURNS = (4, 8, 16)  # eighths in a row

Numbers = NDArray[np.uint64]
Steps = NDArray[np.int64]


class Add(Protocol):
    """Takes figures of one kind down: where each is, and the numbers that tell them apart."""

    def __call__(self, step: Steps, *what: NDArray[np.integer] | int) -> None: ...


class Figures(NamedTuple):
    """The M figures of a piece.

    Attributes
    ----------
    bucket
        (M,), 0 .. `BUCKETS` - 1, of each.
    step
        (M,), where each is, or ends, in steps of the grid; nowhere decreasing.
    """

    bucket: NDArray[np.int64]
    step: NDArray[np.int64]


def figures(notes: Sheet) -> Figures:
    """Return the figures of a piece in one form."""
    if not len(notes):
        return Figures(np.zeros(0, np.int64), np.zeros(0, np.int64))
    found: list[tuple[Numbers, Steps]] = []

    def add(step: Steps, *what: NDArray[np.integer] | int) -> None:
        name = np.full(len(step), len(found), dtype=np.uint64)  # the kind
        for number in what:
            name = _mixed(name + np.asarray(number).astype(np.uint64))
        found.append((name, step))

    _add_rhythm(add, notes[:, 1])  # which every piece has
    glances = _Glances.of(notes)
    if len(glances.step):
        _add_chords(add, glances)
        _add_progressions(add, glances)
        _add_leading(add, glances)
        _add_turns(add, glances)
        _add_returns(add, glances)
    name, step = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.argsort(step, kind="stable")
    return Figures((_mixed(name[order]) % np.uint64(BUCKETS)).astype(np.int64), step[order])


class _Glances(NamedTuple):
    """What sounds at every eighth at which anything does; S of them.

    Attributes
    ----------
    step
        (S,), where.
    size
        (S,), how many notes.
    struck
        (S,), how many of them begin there.
    pitches
        (S, 6), from the lowest up, 0 beyond; nothing of glances with more notes.
    ends
        (2, S), lowest and highest pitch.
    fresh
        (2, S), whether those begin there.
    chord
        (S,), the pitch classes above the lowest, a bit for each.
    voicing
        (S,), the intervals above the lowest, as one number.
    """

    step: Steps
    size: NDArray[np.int64]
    struck: NDArray[np.int64]
    pitches: NDArray[np.int64]
    ends: NDArray[np.int64]
    fresh: NDArray[np.bool_]
    chord: NDArray[np.int64]
    voicing: Numbers

    @property
    def beat(self) -> NDArray[np.int64]:
        """Whether each is the first or second eighth of a quarter, 0 or 1, (S,)."""
        return self.step // _SLICE % 2

    @classmethod
    def of(cls, notes: Sheet) -> _Glances:
        first = -(-notes[:, 1] // _SLICE)
        until = -(-notes[:, 2] // _SLICE)
        times = np.maximum(until - first, 0)
        note = np.repeat(np.arange(len(notes)), times)
        glance = np.arange(len(note)) - np.repeat(np.cumsum(times) - times - first, times)
        order = np.lexsort((notes[note, 0], glance))
        note, glance = note[order], glance[order]
        pitch, begins = notes[note, 0], notes[note, 1] == glance * _SLICE
        where, start, count = np.unique(glance, return_index=True, return_counts=True)
        owner = np.repeat(np.arange(len(where)), count)
        place = np.arange(len(note)) - start[owner]
        above = pitch - pitch[start][owner]
        few = place < _VOICES
        pitches = np.zeros((len(where), _VOICES), dtype=np.int64)
        pitches[owner[few], place[few]] = pitch[few]
        last = start + count - 1
        chord = np.zeros(len(where), dtype=np.int64)
        np.bitwise_or.at(chord, owner, 1 << above % _OCTAVE)
        return cls(
            where * _SLICE,
            count,
            np.bincount(owner, begins, minlength=len(where)).astype(np.int64),
            pitches,
            np.stack([pitch[start], pitch[last]]),
            np.stack([begins[start], begins[last]]),
            chord,
            _summed(_table(above), owner, len(where)),
        )


def _add_chords(add: Add, glances: _Glances) -> None:
    """What sounds together, and how many notes begin."""
    add(glances.step, glances.chord, glances.beat)
    add(glances.step, glances.voicing)
    add(glances.step, glances.struck, glances.size, glances.beat)


def _add_progressions(add: Add, glances: _Glances) -> None:
    """Which chord follows which, over which step of the bass; two and three at once."""
    low = glances.ends[0]
    after = np.flatnonzero(
        (np.diff(glances.step) == _SLICE) & ((np.diff(low) != 0) | (np.diff(glances.chord) != 0))
    )
    moved = low[after + 1] - low[after]
    old, new = glances.chord[after], glances.chord[after + 1]
    step = glances.step[after + 1]
    add(step, old, moved % _OCTAVE, new)
    add(step, old, moved, new, glances.beat[after + 1])
    add(step[1:], old[:-1], moved[:-1] % _OCTAVE, old[1:], moved[1:] % _OCTAVE, new[1:])


def _add_leading(add: Add, glances: _Glances) -> None:
    """How voices move while their number stays."""
    size, beat = glances.size, glances.beat
    stays = (np.diff(glances.step) == _SLICE) & (size[1:] == size[:-1])
    for n in range(1, _VOICES + 1):
        before = np.flatnonzero(stays & (size[1:] == n))
        step = glances.step[before + 1]
        old, new = glances.pitches[before, :n], glances.pitches[before + 1, :n]
        move = new - old
        add(step, n, *np.sign(move).T)
        add(step, n, *move.T)
        for i in range(n):
            add(step, n, i, move[:, i], beat[before + 1])
            for j in range(i + 1, n):
                add(step, (old[:, j] - old[:, i]) % _OCTAVE, move[:, i], move[:, j])
        here = size == n
        for i in range(n - 1):
            gap = glances.pitches[here, i + 1] - glances.pitches[here, i]
            add(glances.step[here], n, i, gap)


def _add_turns(add: Add, glances: _Glances) -> None:
    """What the lowest and the highest line do in up to four intervals."""
    for pitch, fresh in zip(glances.ends, glances.fresh, strict=True):
        sung = np.flatnonzero(fresh | (np.diff(pitch, prepend=-1) != 0))
        interval = np.diff(pitch[sung])
        step = glances.step[sung[1:]]
        for n in range(1, _TURN + 1):
            many = max(len(interval) - n + 1, 0)
            add(step[n - 1 :], *(interval[i : i + many] for i in range(n)))


def _add_returns(add: Add, glances: _Glances) -> None:
    """What was there before: for each distance in time, where a line, chord or rhythm returns."""
    at = glances.step // _SLICE
    # Mixed before it is added to, or other notes may have the same sum.
    everything = _mixed(_mixed(glances.voicing) + _table(glances.ends[0])) >> np.uint64(1)
    lines = np.full((5, at[-1] + 1), -1)
    lines[:, at] = [*glances.ends, everything.astype(np.int64), glances.chord, glances.struck]
    sounds = lines[0] >= 0
    for lag in _LAGS:
        for line, values in enumerate(lines):
            same = sounds[lag:] & (values[lag:] == values[:-lag])
            so_far = np.concatenate([[0], np.cumsum(same)])
            for length in (1, *_RETURNS) if line < 3 else (1,):
                run = np.flatnonzero(so_far[length:] - so_far[:-length] == length)
                add((run + length - 1 + lag) * _SLICE, lag, line, length)


def _add_rhythm(add: Add, onset: Steps) -> None:
    """What begins where in each quarter, with and without how many notes."""
    quarters, owner = np.unique(onset // GRID, return_inverse=True)
    within = _table(onset % GRID)
    add(quarters * GRID, _summed(within, owner, len(quarters)))
    _, first = np.unique(onset, return_index=True)
    add(quarters * GRID, _summed(within[first], owner[first], len(quarters)))


def _summed(numbers: Numbers, owner: NDArray[np.integer], n: int) -> Numbers:
    """Return the sum of each owner's numbers, (n,), wrapping around."""
    total = np.zeros(n, dtype=np.uint64)
    np.add.at(total, owner, numbers)
    return total


def _table(values: NDArray[np.int64]) -> Numbers:
    """Return a number without pattern for each value, to be summed (Zobrist, 1970)."""
    return _mixed(values.astype(np.uint64) + np.uint64(HIGHEST))


def _mixed(numbers: Numbers) -> Numbers:
    """Scatter numbers over all of 64 bits (splitmix64; Steele et al., 2014)."""
    x = numbers + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Numbers = x ^ (x >> np.uint64(31))
    return mixed
