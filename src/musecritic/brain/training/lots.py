"""Which work is drawn next: genres, people and machines each get their turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from musecritic.brain.labels import AI
from musecritic.corpora.corpus import Work

Generator = np.random.Generator

FEWEST = 20  # works of a maker in a genre; fewer are not made to weigh as much as people's


class Lots:
    """Draw works: a genre by the root of its number of works, then people or machines in it evenly,
    then a machine, then a work.

    Parameters
    ----------
    works
        Of a collection.
    indices
        Those of them to draw from.
    """

    def __init__(self, works: Sequence[Work], indices: Sequence[int]) -> None:
        self._pools = list(pools(works, indices).values())
        sizes = [sum(map(len, makers.values())) for makers in self._pools]
        self._share = np.sqrt(sizes) / np.sqrt(sizes).sum()

    def draw(self, rng: Generator) -> int:
        """Return the index of a work."""
        makers = self._pools[rng.choice(len(self._pools), p=self._share)]
        machines = [maker for maker in makers if maker]
        if machines and ("" not in makers or rng.random() < 0.5):
            pool = makers[machines[rng.integers(len(machines))]]
        else:
            pool = makers[""]
        return pool[rng.integers(len(pool))]


def pools(works: Sequence[Work], indices: Sequence[int]) -> dict[str, dict[str, list[int]]]:
    """Return works by genre and maker; "" are people, and machines with few works in the genre."""
    makers = {i: works[i].generator if works[i].origin == AI else "" for i in indices}
    count = Counter((works[i].genre, maker) for i, maker in makers.items())
    found: dict[str, dict[str, list[int]]] = {}
    for i, maker in makers.items():
        genre = works[i].genre
        pool = maker if count[genre, maker] >= FEWEST else ""
        found.setdefault(genre, {}).setdefault(pool, []).append(i)
    return found
