"""The figures of a two-class test, with a weight for every clip.

Conventions. A score speaks for real music, so real clips should score high. `weights` has shape
(..., N): with (N,) a figure is one number, with (R, N) it is R numbers at once, which is how
`musecritic.measure.bootstrap` resamples songs. A weight of 0 leaves a clip out, 2 counts
it twice.

- `mean`: weighted mean of anything a clip has, such as whether it was judged rightly.
- `auroc`: the chance that a real clip scores above a damaged one, ties counting half.
- `average_precision`: of finding damaged clips by low score; chance level is their share.
- `calibration_error`: ECE over 15 bins of equal width (Guo et al., 2017).
- `cross_entropy`: loss of each clip, in nats.
- `correlation`: Pearson's; of `ranks` it is Spearman's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BINS = 15


def mean(values: NDArray[Any], weights: Array) -> Array:
    """Return the weighted mean over the last axis; NaN where no weight is left."""
    with np.errstate(invalid="ignore"):
        return np.asarray(weights @ values.astype(np.float64) / weights.sum(axis=-1))


def auroc(
    real: NDArray[Any], damaged: NDArray[Any], real_weights: Array, damaged_weights: Array
) -> Array:
    """Return the area under the ROC curve; NaN where a class has no weight left.

    Parameters
    ----------
    real, damaged
        Scores, (N,) and (M,).
    real_weights, damaged_weights
        (..., N) and (..., M).
    """
    of_real, of_damaged = _by_score(real, damaged, real_weights, damaged_weights)
    below = of_damaged.cumsum(axis=-1) - of_damaged / 2
    with np.errstate(invalid="ignore"):
        return np.asarray(
            (of_real * below).sum(axis=-1) / (of_real.sum(axis=-1) * of_damaged.sum(axis=-1))
        )


def average_precision(
    real: NDArray[Any], damaged: NDArray[Any], real_weights: Array, damaged_weights: Array
) -> Array:
    """Return the average precision of finding the damaged clips, lowest score first.

    Parameters
    ----------
    real, damaged, real_weights, damaged_weights
        As `auroc` has them.
    """
    of_real, of_damaged = _by_score(real, damaged, real_weights, damaged_weights)
    found = of_damaged.cumsum(axis=-1)
    named = found + of_real.cumsum(axis=-1)
    precision = np.divide(found, named, out=np.zeros_like(found), where=named > 0)
    with np.errstate(invalid="ignore"):
        return np.asarray((of_damaged * precision).sum(axis=-1) / of_damaged.sum(axis=-1))


def _by_score(
    real: NDArray[Any], damaged: NDArray[Any], real_weights: Array, damaged_weights: Array
) -> tuple[Array, Array]:
    """Return both classes' weight at every distinct score, in rising order."""
    _, group = np.unique(np.concatenate([real, damaged]), return_inverse=True)
    n_real, n_groups = len(real), int(group.max(initial=-1)) + 1
    return (
        _group_sums(real_weights, group[:n_real], n_groups),
        _group_sums(damaged_weights, group[n_real:], n_groups),
    )


def _group_sums(weights: Array, group: NDArray[np.int64], n_groups: int) -> Array:
    order = np.argsort(group, kind="stable")
    sums = np.zeros((*weights.shape[:-1], n_groups))
    present, first = np.unique(group[order], return_index=True)
    if len(present):
        sums[..., present] = np.add.reduceat(weights[..., order], first, axis=-1)
    return sums


def bin_of(p: NDArray[Any]) -> NDArray[np.int64]:
    """Return which of the 15 bins of equal width each probability falls into."""
    return np.minimum((p * BINS).astype(np.int64), BINS - 1)


def calibration_error(p: NDArray[Any], is_real: NDArray[Any], weights: Array) -> Array:
    """Return the expected calibration error of `p` as the probability of being real.

    Each bin gives |mean p - share of real clips|, weighed by its share of all clips.
    """
    gap = np.zeros((len(p), BINS))
    gap[np.arange(len(p)), bin_of(p)] = is_real - p
    return np.asarray(np.abs(weights @ gap).sum(axis=-1) / weights.sum(axis=-1))


def cross_entropy(logits: NDArray[Any], *, real: bool) -> Array:
    """Return the loss of each clip: -log p where it is real, -log (1 - p) where it is damaged."""
    sign = -1.0 if real else 1.0
    return np.asarray(np.logaddexp(0.0, sign * logits.astype(np.float64)))


def correlation(x: NDArray[Any], y: NDArray[Any], weights: Array) -> Array:
    """Return Pearson's correlation; NaN where one of the two does not vary."""
    share = weights / weights.sum(axis=-1, keepdims=True)
    x = x - (share @ x)[..., None]
    y = y - (share @ y)[..., None]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(
            (share * x * y).sum(axis=-1)
            / np.sqrt((share * x * x).sum(axis=-1) * (share * y * y).sum(axis=-1))
        )


def ranks(values: NDArray[Any]) -> Array:
    """Return each value's rank from 1; equal values share the mean of theirs."""
    _, group, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((count.cumsum() - (count - 1) / 2)[group], dtype=np.float64)


def log_odds(p: NDArray[Any] | Sequence[float] | float) -> Array:
    """Return log p / (1 - p), of probabilities kept 1e-6 away from 0 and 1."""
    p = np.clip(np.asarray(p, dtype=np.float64), 1e-6, 1 - 1e-6)
    return np.asarray(np.log(p / (1 - p)))


def sigmoid(x: NDArray[Any] | float) -> Array:
    """Return 1 / (1 + e^-x) without overflow."""
    return np.asarray(np.exp(-np.logaddexp(0.0, -np.asarray(x, dtype=np.float64))))
