"""Excerpts of 5 s, each clean or with one of the eight faults of MDTK, as its tasks have them.

As MDTK draws them: an excerpt holds the notes that begin within it, ten at the least, with none
held over from before; its first note, any of the work's but the last ten, comes after a lead of
less than 0.2 s; of two notes on one key that overlap, the first ends where the second begins; one
part plays everything; times are whole milliseconds.

What differs: a work gives as many excerpts as are asked for, where MDTK takes one; the lead counts
within the 5 s, and notes held beyond them end there, so that an excerpt is a `Clip` like any other
and has 125 frames of 40 ms; notes beyond the piano's keys are left out. Where a fault cannot be
done to an excerpt another is drawn in its stead, so that all classes have equal shares; MDTK does
the excerpt another fault instead and comes near them. Either way `join_notes` sees only excerpts
that repeat a note at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from musecritic.critic.evaluation.mdtk_faults import (
    CLASSES,
    CLEAN,
    FAULTS,
    Generator,
    milliseconds,
    to_the_millisecond,
)
from musecritic.errors import BadInput
from musecritic.music.clip import Clip
from musecritic.music.notes import Notes, in_order, on_keyboard

SECONDS = 5.0
MIN_NOTES = 10

_LEAD_MS = 200  # before the first onset, less than this
_TRIES = 1000  # excerpts drawn, until one can have the fault in turn


@dataclass(frozen=True)
class Excerpt:
    """An excerpt and what was done to it.

    Attributes
    ----------
    clip
        What is to be judged.
    clean
        What it was before; the same where nothing was done.
    fault
        One of `CLASSES`.
    work
        Index of the work it is from.
    """

    clip: Clip
    clean: Clip
    fault: str
    work: int


def excerpts(works: Sequence[Notes], n: int, seed: int = 0) -> list[Excerpt]:
    """Draw excerpts; the nine classes take turns, and so do the works, in a new order each time.

    Fewer of the same seed are the first of more.

    Parameters
    ----------
    works
        Each work's notes, times in seconds, without drums.
    n
        How many to draw.
    seed
        Of all draws.

    Raises
    ------
    BadInput
        No work has an excerpt of ten notes, or none that some fault can be done to.
    """
    rng = np.random.default_rng(seed)
    one_part = [_one_part(work) for work in works]
    turns = _turns([i for i, notes in enumerate(one_part) if len(notes) > MIN_NOTES], rng)
    return [_excerpt(one_part, turns, CLASSES[i % len(CLASSES)], rng) for i in range(n)]


def _turns(indices: list[int], rng: Generator) -> Iterator[int]:
    if not indices:
        raise BadInput(
            f"no work has more than {MIN_NOTES} notes on the keyboard; give longer ones."
        )
    while True:
        yield from map(int, rng.permutation(indices))


def _excerpt(works: list[Notes], turns: Iterator[int], fault: str, rng: Generator) -> Excerpt:
    for _ in range(_TRIES):
        work = next(turns)
        clean = _cut(works[work], rng)
        if clean is None:
            continue
        clip = clean if fault == CLEAN else FAULTS[fault](clean, rng)
        if clip is not None:
            return Excerpt(clip, clean, fault, work)
    raise BadInput(
        f"of {_TRIES} draws no excerpt of {SECONDS:g} s had {MIN_NOTES} notes and could be "
        f"given the fault {fault}. Give more works."
    )


def _cut(notes: Notes, rng: Generator) -> Clip | None:
    """Cut an excerpt at a note by lot; None where too few notes begin in it."""
    onset, offset = milliseconds(notes["onset"]), milliseconds(notes["offset"])
    first = onset[rng.integers(len(notes) - MIN_NOTES)]
    start = first - int(rng.integers(_LEAD_MS))
    end = start + round(SECONDS * 1000)
    inside = (onset >= first) & (onset < end)
    if inside.sum() < MIN_NOTES:
        return None
    cut = notes[inside]
    cut["onset"] = (onset[inside] - start) / 1000
    cut["offset"] = (np.minimum(offset[inside], end) - start) / 1000
    return Clip(cut, start / 1000, SECONDS)


def _one_part(work: Notes) -> Notes:
    """Return a work's notes to the millisecond, as one part that holds no key twice at a time."""
    notes = in_order(to_the_millisecond(on_keyboard(work)))
    notes["part"] = 0
    for pitch in np.unique(notes["pitch"]):
        of_key = np.flatnonzero(notes["pitch"] == pitch)
        # What sounds goes on sounding: a short note within a long one lasts as long as that.
        held = np.maximum.accumulate(notes["offset"][of_key])
        held[:-1] = np.minimum(held[:-1], notes["onset"][of_key[1:]])
        notes["offset"][of_key] = held
    return notes[notes["offset"] > notes["onset"]]
