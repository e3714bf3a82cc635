"""Training examples: a real clip beside a damaged copy of it, drawn anew every epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from musecritic.corpora.corpus import Corpus
from musecritic.corpora.draw import Manifest, drawn_rolls, indices_by_part
from musecritic.corrupt import KINDS, Damaged
from musecritic.critic.degenerate import DEGENERATE, HELD_OUT
from musecritic.critic.training.recipe import Recipe
from musecritic.errors import NothingToDamage
from musecritic.music.clip import clip_of_roll
from musecritic.music.roll import Roll, piano_roll, whole_roll

Generator = np.random.Generator

FRAMES = 100
#: The real roll, its negative, and the negative's damage by cell and by frame.
Pair = tuple[NDArray[np.uint8], ...]

_FEWEST_CELLS = 5  # a clip with less in it than half a second of one note teaches nothing
_TRIES = 50

#: The protocol's counts, and how many more the heaviest damage of the curriculum has.
_COUNTS = {"shuffle": ((3, 7), 8), "off-key": ((3, 7), 33), "noise": ((5, 15), 35)}

_MET = [name for name in DEGENERATE if name not in HELD_OUT]


class Batch(NamedTuple):
    """B rolls, half of them real; bytes, because floats would take longer to copy than to make.

    Attributes
    ----------
    rolls
        (B, 88, 100) uint8 in {0, 1}.
    real
        (B,) float, 1 for real music.
    wrong
        (B, 88, 100) uint8, 1 where a damaged note sounds.
    seam
        (B, 100) uint8, 1 beside a seam of a shuffle.
    """

    rolls: Tensor
    real: Tensor
    wrong: Tensor
    seam: Tensor


class DrawnClips:
    """The manifest's training clips, one an index."""

    def __init__(self, corpus: Corpus, manifest: Manifest) -> None:
        self._rolls = [r for _, rolls in drawn_rolls(corpus, manifest, "train") for r in rolls]

    def __len__(self) -> int:
        return len(self._rolls)

    def take(self, index: int, rng: Generator) -> Roll:
        """Return the clip of this index."""
        return self._rolls[index]


class StreamedClips:
    """Any ten seconds of the official training part, as many as asked for."""

    def __init__(self, corpus: Corpus, n_clips: int) -> None:
        rolls = [whole_roll(corpus[index]) for index in indices_by_part(corpus)["train"]]
        self._roll = np.concatenate(rolls, axis=1)  # (88, 5.8 million): half a gigabyte
        ends = np.cumsum([roll.shape[1] for roll in rolls])
        # Every first frame from which a whole clip fits into its work.
        self._first = np.concatenate(
            [
                np.arange(end - roll.shape[1], end - FRAMES + 1, dtype=np.int32)
                for roll, end in zip(rolls, ends, strict=True)
            ]
        )
        self._n_clips = n_clips

    def __len__(self) -> int:
        return self._n_clips

    def take(self, index: int, rng: Generator) -> Roll:
        """Return a random clip; the index does not matter."""
        for _ in range(_TRIES):
            first = self._first[rng.integers(len(self._first))]
            roll = self._roll[:, first : first + FRAMES]
            if roll.sum() >= _FEWEST_CELLS:
                break
        return roll


class Pairs(Dataset[Pair]):
    """Real clips and their negatives; the same seed and epoch give the same pairs."""

    def __init__(
        self, clips: DrawnClips | StreamedClips, recipe: Recipe, seed: int, epoch: int
    ) -> None:
        self._clips, self._recipe, self._seed, self._epoch = clips, recipe, seed, epoch

    def __len__(self) -> int:
        return len(self._clips)

    def __getitem__(self, index: int) -> Pair:
        """Return the real roll, its negative, and the negative's damage by cell and by frame."""
        rng = np.random.default_rng([self._seed, self._epoch, index])
        progress = self._epoch - self._recipe.joins_first + index / len(self._clips)
        heaviness = (
            self._recipe.heaviest * np.clip(1 - progress / self._recipe.easing, 0, 1)
            if self._recipe.easing
            else 0.0
        )
        while True:
            real = transposed(self._clips.take(index, rng), self._recipe.transpose, rng)
            try:
                return (real, *_negative(real, heaviness, self._recipe, rng))
            except NothingToDamage:
                index = int(rng.integers(len(self._clips)))


def transposed(roll: Roll, most: int, rng: Generator) -> Roll:
    """Shift a roll by up to `most` semitones either way, as far as no note leaves the keyboard."""
    keys = np.flatnonzero(roll.any(axis=1))
    if not most or not len(keys):
        return roll
    shift = int(
        rng.integers(max(-most, -keys[0]), min(most, roll.shape[0] - 1 - keys[-1]), endpoint=True)
    )
    return np.roll(roll, shift, axis=0)


def _negative(
    real: Roll, heaviness: float, recipe: Recipe, rng: Generator
) -> tuple[Roll, NDArray[np.uint8], NDArray[np.uint8]]:
    nothing = np.zeros_like(real), np.zeros(real.shape[1], dtype=np.uint8)
    if rng.random() < recipe.degenerate:
        return (DEGENERATE[_MET[rng.integers(len(_MET))]](rng), *nothing)
    others = (1 - recipe.noise) / (len(_COUNTS) - 1)
    shares = [recipe.noise if kind == "noise" else others for kind in _COUNTS]
    kind = list(_COUNTS)[rng.choice(len(shares), p=shares)]
    damaged = _damaged(real, kind, heaviness, rng)
    if kind != "shuffle":
        return damaged.clip.roll(), piano_roll(damaged.clip.notes[damaged.notes]), nothing[1]
    roll, seams = damaged.clip.roll(), damaged.frames.astype(np.uint8)
    if rng.random() >= recipe.together:
        return roll, nothing[0], seams
    damaged = _damaged(roll, "off-key", heaviness, rng)
    return damaged.clip.roll(), piano_roll(damaged.clip.notes[damaged.notes]), seams


def _damaged(roll: Roll, kind: str, heaviness: float, rng: Generator) -> Damaged:
    (fewest, most), more = _COUNTS[kind]
    return KINDS[kind](clip_of_roll(roll), rng, count=(fewest, most + round(more * heaviness)))


def collate(pairs: Sequence[Pair]) -> Batch:
    """Stack pairs: first all real clips, then all negatives."""
    real, fake, wrong, seam = (np.stack(column) for column in zip(*pairs, strict=True))
    return Batch(
        torch.from_numpy(np.concatenate([real, fake])),
        torch.cat([torch.ones(len(pairs)), torch.zeros(len(pairs))]),
        torch.from_numpy(np.concatenate([np.zeros_like(wrong), wrong])),
        torch.from_numpy(np.concatenate([np.zeros_like(seam), seam])),
    )
