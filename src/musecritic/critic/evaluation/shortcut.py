"""Whether the network only counts notes (seed, section 5.1).

Three answers. A linear model on what a roll's density tells (number of notes, share of lit cells,
pitch range, mean duration) stands beside the network. The network's logit is correlated with
density over real clips. And both are measured again where counting cannot help: real clips and
negatives weighed so that the number of notes is spread alike in both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musecritic.critic.evaluation.calibration import Calibration, calibrate
from musecritic.critic.evaluation.scores import KindScores, Scores
from musecritic.critic.evaluation.table import table
from musecritic.critic.testset import TestSet
from musecritic.measure.bootstrap import Bootstrap
from musecritic.measure.metrics import (
    Array,
    auroc,
    correlation,
    mean,
    ranks,
    sigmoid,
)
from musecritic.measure.temperature import balanced
from musecritic.music.roll import RATE

FEATURES = ("note count", "density", "pitch range", "mean duration")
_RIDGE = 1e-6  # keeps a feature that never varies from making the equations singular
_STEPS = 50


def features(rolls: NDArray[Any]) -> Array:
    """Return note count, share of lit cells, pitch range (semitones), mean duration (s); (N, 4)."""
    lit = rolls != 0
    cells = lit.sum(axis=(1, 2))
    notes = note_count(rolls)
    key_lit = lit.any(axis=2)  # (N, 88)
    highest = key_lit.shape[1] - 1 - key_lit[:, ::-1].argmax(axis=1)
    extent = np.where(cells > 0, highest - key_lit.argmax(axis=1), 0)
    duration = cells / np.maximum(notes, 1) / RATE
    return np.stack([notes, cells / lit[0].size, extent, duration], axis=1)


def note_count(rolls: NDArray[Any]) -> NDArray[np.int64]:
    """Return the number of runs of lit frames in each of the rolls (N, 88, T)."""
    lit = rolls != 0
    begins = lit[:, :, 0].sum(axis=1) + (lit[:, :, 1:] & ~lit[:, :, :-1]).sum(axis=(1, 2))
    return np.asarray(begins, dtype=np.int64)


@dataclass(frozen=True)
class LinearModel:
    """Logistic regression on standardised features.

    Attributes
    ----------
    centre, scale
        (F,), of the training clips' features.
    weights
        (F + 1,), the last one the intercept.
    """

    centre: Array
    scale: Array
    weights: Array

    @classmethod
    def fit(cls, x: Array, is_real: NDArray[Any], weights: Array) -> LinearModel:
        """Fit by Newton's method, `weights` (N,) saying how much each clip counts."""
        centre, scale = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-12)
        design = _design(x, centre, scale)
        coefficients = np.zeros(design.shape[1])
        weights = weights / weights.sum()
        for _ in range(_STEPS):
            p = sigmoid(design @ coefficients)
            slope = design.T @ (weights * (p - is_real)) + _RIDGE * coefficients
            curvature = (design * (weights * p * (1 - p))[:, None]).T @ design
            step = np.linalg.solve(curvature + _RIDGE * np.eye(len(slope)), slope)
            coefficients = coefficients - step
            if np.abs(step).max() < 1e-9:
                break
        return cls(centre, scale, coefficients)

    def logits(self, x: Array) -> Array:
        """Return (N,), above 0 for real."""
        return np.asarray(_design(x, self.centre, self.scale) @ self.weights)

    def scores(self, test_set: TestSet) -> Scores:
        """Return the model's scores of a test set; it has no attention, so that is uniform."""

        def uniform(rolls: NDArray[Any]) -> NDArray[np.float32]:
            return np.full((len(rolls), rolls.shape[2]), 1 / rolls.shape[2], dtype=np.float32)

        return Scores(
            self.logits(features(test_set.real)).astype(np.float32),
            uniform(test_set.real),
            {
                kind: KindScores(
                    self.logits(features(fakes.rolls)).astype(np.float32),
                    uniform(fakes.rolls),
                    fakes.of,
                    fakes.frames,
                    fakes.severity,
                )
                for kind, fakes in test_set.kinds.items()
            },
        )


def _design(x: Array, centre: Array, scale: Array) -> Array:
    return np.column_stack([(x - centre) / scale, np.ones(len(x))])


def fit_linear(test_set: TestSet) -> LinearModel:
    """Fit the linear model to a part's clips and negatives, balanced as the protocol is."""
    rolls = [test_set.real, *(fakes.rolls for fakes in test_set.kinds.values())]
    sizes = [len(r) for r in rolls]
    is_real = np.arange(sum(sizes)) < sizes[0]
    return LinearModel.fit(np.concatenate([features(r) for r in rolls]), is_real, balanced(sizes))


def matched_weights(real: NDArray[np.int64], fake: NDArray[np.int64]) -> tuple[Array, Array, int]:
    """Weigh clips so that their counts are spread alike: the same total weight at every count.

    A count that one side lacks weighs nothing on the other. This is exact one-to-one matching by
    count, averaged over all ways to match.

    Returns
    -------
    real_weights, fake_weights
        (N,) and (M,).
    n
        Pairs that a single matching has.
    """
    most = int(max(real.max(initial=0), fake.max(initial=0))) + 1
    n_real, n_fake = np.bincount(real, minlength=most), np.bincount(fake, minlength=most)
    shared = np.minimum(n_real, n_fake)
    return (
        shared[real] / np.maximum(n_real, 1)[real],
        shared[fake] / np.maximum(n_fake, 1)[fake],
        int(shared.sum()),
    )


def shortcut(
    scores: Scores,
    calibration: Calibration,
    bootstrap: Bootstrap,
    *,
    train: TestSet,
    validation: TestSet,
    test: TestSet,
) -> dict[str, Any]:
    """Return the three answers.

    Keys: "linear", the protocol's table of the linear model, its threshold fixed on validation;
    "correlation" of the network's logit with note count and density over real clips, Pearson's and
    Spearman's; "matched", for each kind the network and the linear model where the number of notes
    is spread alike.
    """
    model = fit_linear(train)
    on_validation = model.scores(validation)
    linear_calibration = calibrate(on_validation.real, on_validation.by_kind())
    linear = model.scores(test)
    return {
        "features": list(FEATURES),
        "linear": {
            **table(linear, linear_calibration, bootstrap),
            "weights": dict(zip((*FEATURES, "intercept"), model.weights.tolist(), strict=True)),
            "n_train": len(train.real),
        },
        "correlation": correlations(scores.real, test.real, bootstrap),
        "matched": {
            "network": matched(scores, calibration, test, bootstrap),
            "linear": matched(linear, linear_calibration, test, bootstrap),
        },
    }


def correlations(logits: NDArray[Any], rolls: NDArray[Any], bootstrap: Bootstrap) -> dict[str, Any]:
    """Return the correlation of real clips' logits with note count and density."""
    found = {}
    x = features(rolls)
    for name, column in (("note count", x[:, 0]), ("density", x[:, 1])):
        found[name] = {
            "pearson": bootstrap.estimate(partial(correlation, logits.astype(np.float64), column)),
            "spearman": bootstrap.estimate(partial(correlation, ranks(logits), ranks(column))),
        }
    return found


def matched(
    scores: Scores, calibration: Calibration, test: TestSet, bootstrap: Bootstrap
) -> dict[str, Any]:
    """Return, for each kind, accuracy and AUROC where the number of notes is spread alike.

    Keys of each: "accuracy", the mean of "real" and "damaged"; "auroc"; "pairs";
    "note_count", the mean on both sides, and the same of "density", as a check.
    """
    n_real, density = note_count(test.real), features(test.real)[:, 1]
    found = {}
    for kind, fakes in scores.kinds.items():
        rolls = test.kinds[kind].rolls
        n_fake = note_count(rolls)
        w_real, w_fake, pairs = matched_weights(n_real, n_fake)
        found[kind] = {
            **_matched_figures(scores.real, fakes, calibration, bootstrap, w_real, w_fake),
            "pairs": pairs,
            "note_count": {
                "real": float(mean(n_real, w_real)),
                "damaged": float(mean(n_fake, w_fake)),
            },
            "density": {
                "real": float(mean(density, w_real)),
                "damaged": float(mean(features(rolls)[:, 1], w_fake)),
            },
        }
    return found


def _matched_figures(
    real: NDArray[np.float32],
    fakes: KindScores,
    calibration: Calibration,
    bootstrap: Bootstrap,
    w_real: Array,
    w_fake: Array,
) -> dict[str, Any]:
    passes, refused = calibration.passes(real), ~calibration.passes(fakes.logits)

    def accuracy(w: Array) -> Array:
        of_real, of_fakes = mean(passes, w * w_real), mean(refused, w[:, fakes.of] * w_fake)
        return np.asarray((of_real + of_fakes) / 2)

    return {
        "accuracy": bootstrap.estimate(accuracy),
        "real": bootstrap.estimate(lambda w: mean(passes, w * w_real)),
        "damaged": bootstrap.estimate(lambda w: mean(refused, w[:, fakes.of] * w_fake)),
        "auroc": bootstrap.estimate(
            lambda w: auroc(real, fakes.logits, w * w_real, w[:, fakes.of] * w_fake)
        ),
    }
