"""Training windows: a work by lot, a rendition by lot, ten seconds of it by lot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, DistributedSampler

from musecritic.brain.labels import told
from musecritic.brain.one_form import excerpt, played, quarters_of, sheet
from musecritic.brain.playing import playing
from musecritic.brain.rendition import Rendition
from musecritic.brain.training.lots import Generator, Lots
from musecritic.brain.window import SECONDS, target, window
from musecritic.corpora.collection import Collection
from musecritic.errors import Overflows
from musecritic.music.piece import Piece

_SHADES = 255
_IN_FORM = 0.6  # share of windows in the one form; origin is learned from those alone
# Who plays the others: a file's own, or by lot, so that no instrument is known by its company.
_PLAYERS: tuple[Literal["own", "by part", "by register"], ...] = ("own", "by part", "by register")
_SHARES = (0.45, 0.35, 0.2)


class Windows(Dataset[tuple[Tensor, Tensor, Tensor]]):
    """New windows every epoch: the picture, what is told of it, and who plays where in it.

    Origin and generator are told for pieces in one form alone, so that nothing but the notes can
    give them away; of the others it is told under "published", which no verdict rests on.

    Parameters
    ----------
    collection, indices
        The works to draw from, see `musecritic.brain.training.lots`.
    labels
        What the network says, in order.
    n
        Windows an epoch.
    seed, epoch
        Of the draws.
    soundfonts
        That play beside the embedded one.
    """

    def __init__(
        self,
        collection: Collection,
        indices: Sequence[int],
        labels: dict[str, tuple[str, ...]],
        n: int,
        seed: int,
        epoch: int,
        soundfonts: Sequence[Path] = (),
    ) -> None:
        self._collection, self._labels, self._n = collection, labels, n
        self._seed, self._soundfonts = (seed, epoch), soundfonts
        self._lots = Lots(collection.works, indices)

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, Tensor]:
        rng = np.random.default_rng([*self._seed, index])
        work = self._lots.draw(rng)
        in_form = bool(rng.random() < _IN_FORM)
        piece = self._collection.piece(work)
        heads = told(self._collection.works[work], in_form=in_form)
        if in_form:
            piece = formed(piece, self._collection.works[work].genre, rng)
        players = "by register" if in_form else _PLAYERS[rng.choice(3, p=_SHARES)]
        rendition = Rendition.draw(rng, players=players, soundfonts=self._soundfonts)
        arranged = rendition.arrange(piece)
        start = rng.uniform(0, max(arranged.duration - SECONDS, 0.0))
        try:
            picture, heads["instruments"] = window(arranged, rendition, start)
        except Overflows:  # one bad window shall not end a run
            plain = replace(rendition, soundfont=None)
            picture, heads["instruments"] = window(arranged, plain, start)
        where = playing(arranged, start, self._labels.get("instruments", ()))
        return picture, target(self._labels, heads), where


class Kept(Dataset[Any]):
    """Draws that are kept once they are made, pictures in 256 shades.

    Parameters
    ----------
    drawn
        Gives at each index a picture, 0 to 1, and what is told of it, in any number of values.
    """

    def __init__(self, drawn: Dataset[Any]) -> None:
        self._drawn = drawn
        self._kept: dict[int, tuple[Any, ...]] = {}

    def __len__(self) -> int:
        return len(self._drawn)  # type: ignore[arg-type]  # datasets with a length

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        if index not in self._kept:
            picture, *told_of_it = self._drawn[index]
            self._kept[index] = (picture * _SHADES).round().to(torch.uint8), *told_of_it
        picture, *told_of_it = self._kept[index]
        return picture.float() / _SHADES, *told_of_it


class Share(DistributedSampler[Any]):
    """A process's share of what is kept, in another order every epoch.

    Of several that train together each keeps what it has drawn itself; so it meets the same again.

    Parameters
    ----------
    kept
        Of all processes.
    epoch
        Of the order.
    n_processes, process
        How many they are, and which this is.
    """

    def __init__(
        self, kept: Dataset[Any], epoch: int, n_processes: int = 1, process: int = 0
    ) -> None:
        super().__init__(kept, num_replicas=n_processes, rank=process, drop_last=True)
        order = np.random.default_rng([epoch, process]).permutation(self.num_samples)
        self._indices = (process + n_processes * order).tolist()

    def __iter__(self) -> Iterator[int]:
        return iter(self._indices)


def formed(piece: Piece, genre: str, rng: Generator) -> Piece:
    """Return the beginning or the end of a piece in one form, by lot; whole where it is shorter."""
    whole = sheet(piece)
    part = excerpt(whole, quarters_of(genre), at_end=bool(rng.integers(2)))
    return played(whole if part is None else part)
