"""Training excerpts for the network over notes: a work, a passage and a key by lot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from musecritic.brain.labels import told
from musecritic.brain.note_network import Notes, together
from musecritic.brain.one_form import GRID, QUARTERS_AT_ONCE, Sheet, length_of, passage
from musecritic.brain.training.lots import Generator, Lots
from musecritic.brain.window import target
from musecritic.corpora.corpus import Work
from musecritic.music.notes import HIGHEST, LOWEST

TRANSPOSE = 6  # semitones either way
_MOST_MOVED = 0.2  # share of an excerpt's notes
_BY = (-12, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 12)


class Example(NamedTuple):
    """An excerpt, what is told of it, (n,), and which of its notes were moved, NaN if not told."""

    notes: Sheet
    told: Tensor
    moved: Tensor


class Excerpts(Dataset[Example]):
    """New excerpts every epoch; arguments as for `musecritic.brain.training.windows.Windows`.

    Parameters
    ----------
    works, sheets
        Of a collection, each work with its piece in one form.
    moved
        Share of the excerpts, 0 .. 1, in which up to a fifth of the notes are moved. Of those
        nothing else is told: they are no longer what was composed.
    """

    def __init__(
        self,
        works: Sequence[Work],
        sheets: Sequence[Sheet],
        indices: Sequence[int],
        labels: dict[str, tuple[str, ...]],
        n: int,
        seed: int,
        epoch: int,
        *,
        moved: float = 0.0,
    ) -> None:
        self._works, self._sheets, self._labels, self._n = works, sheets, labels, n
        self._seed, self._moved = (seed, epoch), moved
        self._lots = Lots(works, [i for i in indices if len(sheets[i])])

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, index: int) -> Example:
        rng = np.random.default_rng([*self._seed, index])
        work = self._lots.draw(rng)
        notes = drawn_passage(self._sheets[work], rng)
        notes = transposed(notes, int(rng.integers(-TRANSPOSE, TRANSPOSE + 1)))
        heads = told(self._works[work], in_form=True)
        which = np.full(len(notes), np.nan)
        if rng.random() < self._moved:
            notes, which = with_some_moved(notes, rng)
            heads = {}
        return Example(notes, target(self._labels, heads), torch.from_numpy(which).float())


def with_some_moved(notes: Sheet, rng: Generator) -> tuple[Sheet, np.typing.NDArray[np.bool_]]:
    """Return notes of which up to a fifth have another pitch, and which those are, (n,).

    None is moved off the keyboard or over another of its new pitch, which would give it away.
    """
    moved, which = notes.copy(), np.zeros(len(notes), dtype=bool)
    wanted = rng.random(len(notes)) < rng.uniform(0, _MOST_MOVED)
    for index in np.flatnonzero(wanted):
        pitch = int(notes[index, 0] + rng.choice(_BY))
        over = (
            (moved[:, 0] == pitch)
            & (moved[:, 1] < notes[index, 2])
            & (moved[:, 2] > notes[index, 1])
        )
        if LOWEST <= pitch <= HIGHEST and not over.any():
            moved[index, 0], which[index] = pitch, True
    return moved, which


def drawn_passage(notes: Sheet, rng: Generator) -> Sheet:
    """Return a passage that begins at some quarter; the whole where it is no longer."""
    quarters = max(length_of(notes) // GRID - QUARTERS_AT_ONCE, 0)
    while True:
        start = int(rng.integers(quarters + 1)) * GRID
        part = passage(notes, start, QUARTERS_AT_ONCE * GRID)
        if len(part):
            return part


def transposed(notes: Sheet, semitones: int) -> Sheet:
    """Return notes so much higher, or less where they would leave the keyboard."""
    low, high = int(notes[:, 0].min()), int(notes[:, 0].max())
    by = min(max(semitones, LOWEST - low), HIGHEST - high)
    higher: Sheet = notes + np.array([by, 0, 0])
    return higher


def collate(examples: list[Example]) -> tuple[Notes, Tensor, Tensor]:
    """Put examples together into one batch."""
    return (
        together([example.notes for example in examples]),
        torch.stack([example.told for example in examples]),
        torch.cat([example.moved for example in examples]),
    )
