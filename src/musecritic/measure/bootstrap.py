"""95 % intervals: songs drawn anew, with replacement, a thousand times.

Clips of one song resemble each other, so songs and not clips are drawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musecritic.measure.metrics import Array, mean

RESAMPLES = 1000
LEVEL = 95.0  # per cent
_CELLS = 2_000_000  # of weights held at a time: 16 MB
_DIGITS = 5


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Bootstrap:
    """Songs drawn with replacement.

    Attributes
    ----------
    song
        (N,), the index of each real clip's song.
    draws
        (R, S), how often each song stands in each of R draws.
    """

    song: NDArray[np.int64]
    draws: Array

    @classmethod
    def over(cls, songs: NDArray[Any], n: int = RESAMPLES, seed: int = 0) -> Bootstrap:
        """Draw `n` times from the distinct names in `songs`, one name a clip."""
        names, song = np.unique(songs, return_inverse=True)
        rng = np.random.default_rng(seed)
        even = np.full(len(names), 1 / len(names))
        return cls(song, rng.multinomial(len(names), even, size=n).astype(np.float64))

    def estimate(self, statistic: Callable[[Array], Array]) -> Estimate:
        """Return a figure over all clips and its percentile interval.

        Parameters
        ----------
        statistic
            Maps weights of the N real clips, (R, N), to R figures. What belongs to a negative
            takes the weight of the real clip behind it.
        """
        value = float(statistic(np.ones((1, len(self.song))))[0])
        rows = max(_CELLS // max(len(self.song), 1), 1)
        drawn = np.concatenate(
            [
                statistic(self.draws[first : first + rows][:, self.song])
                for first in range(0, len(self.draws), rows)
            ]
        )
        drawn = drawn[np.isfinite(drawn)]
        if not len(drawn):
            return Estimate(value, math.nan, math.nan)
        tail = (100 - LEVEL) / 2
        low, high = np.percentile(drawn, [tail, 100 - tail])
        return Estimate(value, float(low), float(high))

    def mean(self, values: NDArray[Any], clips: NDArray[Any]) -> Estimate:
        """Return the mean of values that belong to these clips, by index or by mask."""
        return self.estimate(lambda weights: mean(values, weights[:, clips]))


def values(tree: Any) -> Any:
    """Return a nested record with every `Estimate` as its value, ready for JSON."""
    if isinstance(tree, dict):
        return {key: values(branch) for key, branch in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [values(branch) for branch in tree]
    if isinstance(tree, Estimate):
        return _plain(tree.value)
    return _plain(tree)


def intervals(tree: Any) -> dict[str, Any]:
    """Return the same nesting with ``[low, high]`` for every `Estimate` and nothing else."""
    found: dict[str, Any] = {}
    for key, branch in tree.items():
        if isinstance(branch, Estimate):
            found[key] = [_plain(branch.low), _plain(branch.high)]
        elif isinstance(branch, dict) and (below := intervals(branch)):
            found[key] = below
    return found


def _plain(leaf: Any) -> Any:
    if isinstance(leaf, np.generic):
        leaf = leaf.item()
    if isinstance(leaf, float):
        return round(leaf, _DIGITS) if math.isfinite(leaf) else None
    return leaf
