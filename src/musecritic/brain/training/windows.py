"""Training windows: a work by lot, a rendition by lot, ten seconds of it by lot."""

from __future__ import annotations

from collections import Counter

import numpy as np
from torch import Tensor
from torch.utils.data import Dataset

from musecritic.brain.collection import Collection
from musecritic.brain.labels import AI, told
from musecritic.brain.one_form import OTHERWISE, QUARTERS, excerpt, one_form
from musecritic.brain.rendition import Rendition
from musecritic.brain.window import SECONDS, target, window
from musecritic.music.piece import Piece

Generator = np.random.Generator

FEWEST = 20  # works of a maker in a genre; fewer are not made to weigh as much as people's
_IN_FORM = 0.6  # share of windows in the one form; origin is learned from those alone


class Windows(Dataset[tuple[Tensor, Tensor]]):
    """New windows every epoch.

    A genre is drawn by the root of its number of works, then people or machines in it evenly,
    then a machine, then a work. Origin is told for pieces in one form alone, so that nothing but
    the notes can give it away.

    Parameters
    ----------
    collection, indices
        The works to draw from.
    labels
        What the network says, in order.
    n
        Windows an epoch.
    seed, epoch
        Of the draws.
    """

    def __init__(
        self,
        collection: Collection,
        indices: list[int],
        labels: dict[str, tuple[str, ...]],
        n: int,
        seed: int,
        epoch: int,
    ) -> None:
        self._collection, self._labels, self._n = collection, labels, n
        self._seed = (seed, epoch)
        self._pools = pools(collection, indices)
        sizes = [sum(map(len, makers.values())) for makers in self._pools.values()]
        self._share = np.sqrt(sizes) / np.sqrt(sizes).sum()

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng([*self._seed, index])
        makers = list(self._pools.values())[rng.choice(len(self._pools), p=self._share)]
        machines = [maker for maker in makers if maker]
        if machines and ("" not in makers or rng.random() < 0.5):
            pool = makers[machines[rng.integers(len(machines))]]
        else:
            pool = makers[""]
        work = pool[rng.integers(len(pool))]
        in_form = bool(rng.random() < _IN_FORM)
        piece = self._collection.piece(work)
        if in_form:
            piece = formed(piece, self._collection.works[work].genre, rng)
        rendition = Rendition.draw(rng, own_instruments=not in_form and rng.random() < 0.7)
        arranged = rendition.arrange(piece)
        start = rng.uniform(0, max(arranged.duration - SECONDS, 0.0))
        picture, instruments = window(arranged, rendition, start)
        heads = {**told(self._collection.works[work]), "instruments": instruments}
        if not in_form:
            heads.pop("origin", None)
            heads.pop("generator", None)
        return picture, target(self._labels, heads, set(heads))


def pools(collection: Collection, indices: list[int]) -> dict[str, dict[str, list[int]]]:
    """Return works by genre and maker; "" are people, and machines with few works in the genre."""
    makers = {
        i: collection.works[i].generator if collection.works[i].origin == AI else ""
        for i in indices
    }
    count = Counter((collection.works[i].genre, maker) for i, maker in makers.items())
    found: dict[str, dict[str, list[int]]] = {}
    for i, maker in makers.items():
        genre = collection.works[i].genre
        pool = maker if count[genre, maker] >= FEWEST else ""
        found.setdefault(genre, {}).setdefault(pool, []).append(i)
    return found


def formed(piece: Piece, genre: str, rng: Generator) -> Piece:
    """Return the beginning or the end of a piece in one form, by lot; whole where it is shorter."""
    whole = one_form(piece)
    part = excerpt(whole, QUARTERS.get(genre, OTHERWISE), at_end=bool(rng.integers(2)))
    return whole if part is None else part
