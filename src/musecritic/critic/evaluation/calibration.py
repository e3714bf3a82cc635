"""From logits to probabilities and a decision, both fixed on validation clips."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from musecritic.measure.metrics import Array, sigmoid
from musecritic.measure.temperature import fit_temperature


class Calibration(NamedTuple):
    """What turns a logit into `p_real` and `p_real` into a verdict.

    Attributes
    ----------
    temperature
        Divides the logit before the sigmoid.
    threshold
        The `p_real` from which a clip counts as real.
    """

    temperature: float
    threshold: float

    def at(self, cut: float) -> Calibration:
        """Return the calibration whose threshold is this logit."""
        return Calibration(self.temperature, float(sigmoid(cut / self.temperature)))

    def p_real(self, logits: NDArray[Any]) -> Array:
        """Return the calibrated probability of being real."""
        return sigmoid(logits / self.temperature)

    def passes(self, logits: NDArray[Any]) -> NDArray[np.bool_]:
        """Say which clips count as real."""
        return self.p_real(logits) >= self.threshold


def calibrate(real: NDArray[Any], by_kind: Mapping[str, NDArray[Any]]) -> Calibration:
    """Fit temperature and threshold to validation logits.

    Real clips weigh as much as all negatives together, and the kinds weigh the same, as in the
    protocol.

    Parameters
    ----------
    real
        (N,), logits of real clips.
    by_kind
        Logits of the negatives of each kind.
    """
    return Calibration(fit_temperature(real, by_kind), 0.5).at(best_cut(real, by_kind))


def best_cut(real: NDArray[Any], by_kind: Mapping[str, NDArray[Any]]) -> float:
    """Return the logit at which the protocol's total accuracy is highest.

    Every cut between two neighbouring logits is tried; of equally good ones the middle is taken.
    """
    found = np.unique(np.concatenate([real, *by_kind.values()]).astype(np.float64))
    cuts = np.concatenate([[found[0] - 1], (found[:-1] + found[1:]) / 2, [found[-1] + 1]])
    total = total_accuracy(real, by_kind, cuts)
    best = np.flatnonzero(total >= total.max() - 1e-12)
    return float(cuts[best[len(best) // 2]])


def total_accuracy(real: NDArray[Any], by_kind: Mapping[str, NDArray[Any]], cuts: Array) -> Array:
    """Return the protocol's total accuracy at each cut: mean of real and of the kinds' mean."""
    passed = 1 - np.searchsorted(np.sort(real), cuts) / len(real)
    caught = [np.searchsorted(np.sort(fake), cuts) / len(fake) for fake in by_kind.values()]
    return np.asarray((passed + np.mean(caught, axis=0)) / 2)


def cut_passing(real: NDArray[Any], share: float) -> float:
    """Return the logit that this share of the real clips reaches."""
    return float(np.quantile(real, 1 - share))
