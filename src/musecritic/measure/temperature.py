"""From logits to calibrated probabilities: temperature scaling, and Platt's with an offset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from musecritic.measure.metrics import Array, sigmoid

COLDEST, HOTTEST = 0.05, 50.0  # a temperature outside says that the logits say nothing


def fit_temperature(positive: NDArray[Any], negatives: Mapping[str, NDArray[Any]]) -> float:
    """Return the temperature of the lowest balanced cross entropy (Guo et al., 2017).

    The positives weigh as much as all kinds of negatives together, and the kinds weigh the same.

    The loss is convex in 1 / temperature, so its slope is followed to zero by bisection.
    """
    logits = np.concatenate([positive, *negatives.values()]).astype(np.float64)
    holds = np.arange(len(logits)) < len(positive)
    weights = balanced([len(positive), *(len(kind) for kind in negatives.values())])

    def slope(inverse: float) -> float:
        return float((weights * logits) @ (sigmoid(inverse * logits) - holds))

    low, high = 1 / HOTTEST, 1 / COLDEST
    for _ in range(60):
        middle = (low * high) ** 0.5
        low, high = (low, middle) if slope(middle) > 0 else (middle, high)
    return float((low * high) ** -0.5)


class Line(NamedTuple):
    """What makes a logit calibrated: less `bias`, over `temperature`."""

    temperature: float
    bias: float


def fit_line(positive: NDArray[Any], negatives: Mapping[str, NDArray[Any]]) -> Line:
    """Return the line of the lowest balanced cross entropy (Platt, 1999).

    Cases weigh as in `fit_temperature`; the loss is convex in slope and intercept. A slope that is
    not positive, which would say that the logits are worse than nothing, is not given.
    """
    from scipy.optimize import minimize

    logits = np.concatenate([positive, *negatives.values()]).astype(np.float64)
    holds = np.arange(len(logits)) < len(positive)
    weights = balanced([len(positive), *(len(kind) for kind in negatives.values())])
    sign = np.where(holds, 1.0, -1.0)

    def loss(line: Array) -> tuple[float, Array]:
        slope, intercept = line
        p = sigmoid(slope * logits + intercept)
        missed = np.logaddexp(0, -sign * (slope * logits + intercept))
        error = weights * (p - holds)
        return float(weights @ missed), np.array([error @ logits, error.sum()])

    bounds = [(1 / HOTTEST, 1 / COLDEST), (-HOTTEST, HOTTEST)]
    slope, intercept = minimize(loss, np.array([1.0, 0.0]), jac=True, bounds=bounds).x
    return Line(float(1 / slope), float(-intercept / slope))


def balanced_loss(
    positive: NDArray[Any], negatives: Mapping[str, NDArray[Any]], line: Line
) -> float:
    """Return the balanced cross entropy of logits by a line; cases weigh as in `fit_line`."""
    logits = np.concatenate([positive, *negatives.values()]).astype(np.float64)
    wrong_way = np.where(np.arange(len(logits)) < len(positive), -1.0, 1.0)
    weights = balanced([len(positive), *(len(kind) for kind in negatives.values())])
    return float(weights @ np.logaddexp(0, wrong_way * (logits - line.bias) / line.temperature))


def balanced(sizes: list[int]) -> Array:
    """Return a weight for every case, positives first: half on them, half even
    on the kinds of negatives.
    """
    n_kinds = len(sizes) - 1
    shares = [0.5] + [0.5 / n_kinds] * n_kinds
    return np.repeat(np.array(shares) / np.maximum(sizes, 1), sizes)
