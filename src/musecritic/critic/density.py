"""How far music lies from all that the network learned from.

The network's summary of a clip is compared with those of real clips that it learned from: the
Mahalanobis distance to the nearest corpus' mean, by the spread that all corpora share (Lee et al.,
A Simple Unified Framework for Detecting Out-of-Distribution Samples, 2018). A verdict on music far
from all of them rests on little.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

_SHRINK = 0.1  # towards a spread alike in all directions: there are few clips for so many numbers
#: Share of clips of a corpus that was left out which count as far; so few may, being music too.
FAR_SHARE = 0.02


class Density(nn.Module):
    """Distance of summaries from known music.

    Parameters
    ----------
    n_corpora
        Number of corpora that are known; with none every distance is not a number.
    width
        Of a summary.
    """

    means: Tensor
    whitening: Tensor

    def __init__(self, n_corpora: int, width: int) -> None:
        super().__init__()
        # What was not fitted is not stored either: a network in training knows no music yet.
        fitted = n_corpora > 0
        self.register_buffer("means", torch.zeros(n_corpora, width), persistent=fitted)
        self.register_buffer("whitening", torch.eye(width), persistent=fitted)

    def forward(self, summary: Tensor) -> Tensor:
        """Return the distance of B summaries (B, D), (B,): about 1/3 for music that is known."""
        if not len(self.means):
            return summary.new_full((len(summary),), torch.nan)
        away = (summary[:, None] - self.means) @ self.whitening
        return away.square().mean(2).amin(1).sqrt()

    @classmethod
    def fit(cls, known: Mapping[str, NDArray[np.floating]]) -> Density:
        """Return the density of known music: by corpus, summaries (N, D) of its clips."""
        means = np.array([own.mean(0) for own in known.values()], dtype=np.float64)
        # Each corpus counts as much as any other, however many clips it has.
        away = [
            (own - mean) / np.sqrt(len(own) * len(known))
            for own, mean in zip(known.values(), means, strict=True)
        ]
        spread = sum(own.T @ own for own in away)
        alike = max(np.trace(spread) / len(spread), 1e-6)  # a network may be indifferent to all
        spread = (1 - _SHRINK) * spread + _SHRINK * alike * np.eye(len(spread))
        density = cls(len(known), means.shape[1])
        density.means.copy_(torch.from_numpy(means))
        density.whitening.copy_(torch.from_numpy(np.linalg.cholesky(np.linalg.inv(spread))))
        return density


def far_from(
    known: Mapping[str, NDArray[np.floating]], kept: Mapping[str, NDArray[np.floating]]
) -> float:
    """Return the distance from which music counts as far.

    Each corpus is left out of the density in turn, and clips of its works that were kept from
    training are held against the rest: as much as a corpus that nobody has seen may differ, music
    is not far. `FAR_SHARE` of them lie beyond. One corpus alone is not left out.

    Parameters
    ----------
    known
        By corpus, summaries (N, D) of clips that the network learned from.
    kept
        The same of clips that it did not.
    """
    distances = []
    for name, own in kept.items():
        rest = {other: clips for other, clips in known.items() if other != name} or dict(known)
        with torch.no_grad():
            distances.append(Density.fit(rest)(torch.from_numpy(own).float()).numpy())
    weights = np.concatenate([np.full(len(own), 1 / len(own)) for own in distances])
    pooled = np.concatenate(distances)
    order = np.argsort(pooled, kind="stable")
    share = weights[order].cumsum() / weights.sum()
    first_beyond = int(np.searchsorted(share, 1 - FAR_SHARE))
    return float(pooled[order[min(first_beyond, len(order) - 1)]])
