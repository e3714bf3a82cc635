"""The protocol's table: accuracy, loss, AUROC and average precision, in all and for each kind."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from musecritic.critic.evaluation.calibration import Calibration
from musecritic.critic.evaluation.scores import KindScores, Scores
from musecritic.measure.bootstrap import Bootstrap, Estimate
from musecritic.measure.metrics import (
    BINS,
    Array,
    auroc,
    average_precision,
    bin_of,
    calibration_error,
    cross_entropy,
    mean,
)
from musecritic.measure.temperature import balanced


def table(scores: Scores, calibration: Calibration, bootstrap: Bootstrap) -> dict[str, Any]:
    """Return the whole table.

    Keys: "total", the mean of "real" and of the kinds' mean accuracy; "real", the share of real
    clips that pass; "real_loss"; "kinds", each as `kind_row` has it.
    """
    passes = calibration.passes(scores.real)
    return {
        "total": total(scores, calibration, bootstrap),
        "real": bootstrap.estimate(lambda w: mean(passes, w)),
        "real_loss": bootstrap.estimate(
            lambda w: mean(cross_entropy(scores.real / calibration.temperature, real=True), w)
        ),
        "kinds": {
            kind: kind_row(scores.real, fakes, calibration, bootstrap)
            for kind, fakes in scores.kinds.items()
        },
    }


def total(scores: Scores, calibration: Calibration, bootstrap: Bootstrap) -> Estimate:
    """Return the protocol's total accuracy."""
    return bootstrap.estimate(lambda weights: total_of(scores, calibration, weights))


def total_of(scores: Scores, calibration: Calibration, weights: Array) -> Array:
    """Return the total accuracy with these weights of the real clips, (R, N)."""
    caught = [
        mean(~calibration.passes(fakes.logits), weights[:, fakes.of])
        for fakes in scores.kinds.values()
    ]
    passed = mean(calibration.passes(scores.real), weights)
    return np.asarray((passed + np.mean(caught, axis=0)) / 2)


def kind_row(
    real: NDArray[Any], fakes: KindScores, calibration: Calibration, bootstrap: Bootstrap
) -> dict[str, Any]:
    """Return the figures of one kind at one severity.

    Keys: "accuracy", the share of negatives refused; "loss", theirs after temperature scaling;
    "auroc" and "ap" against all real clips, the negative being what is to be found; "p_real",
    their mean; "severity" and "severity_median", the share of notes touched; "n".
    """
    logits, of = fakes.logits, fakes.of
    refused = ~calibration.passes(logits)
    loss = cross_entropy(logits / calibration.temperature, real=False)
    return {
        "accuracy": bootstrap.estimate(lambda w: mean(refused, w[:, of])),
        "loss": bootstrap.estimate(lambda w: mean(loss, w[:, of])),
        "auroc": bootstrap.estimate(lambda w: auroc(real, logits, w, w[:, of])),
        "ap": bootstrap.estimate(lambda w: average_precision(real, logits, w, w[:, of])),
        "p_real": bootstrap.estimate(lambda w: mean(calibration.p_real(logits), w[:, of])),
        "severity": float(fakes.severity.mean()),
        "severity_median": float(np.median(fakes.severity)),
        "n": len(logits),
    }


def calibration_figures(
    scores: Scores, calibration: Calibration, bootstrap: Bootstrap
) -> dict[str, Any]:
    """Return "ece", "ece_uncalibrated" (without the temperature) and the bins of "reliability".

    Real clips weigh as much as all negatives together.
    """
    logits = np.concatenate([scores.real, *scores.by_kind().values()])
    behind = np.concatenate(
        [np.arange(len(scores.real)), *(fakes.of for fakes in scores.kinds.values())]
    )
    is_real = np.arange(len(logits)) < len(scores.real)
    share = balanced([len(scores.real), *map(len, scores.by_kind().values())])
    p = calibration.p_real(logits)
    raw = calibration._replace(temperature=1.0).p_real(logits)
    return {
        "ece": bootstrap.estimate(lambda w: calibration_error(p, is_real, w[:, behind] * share)),
        "ece_uncalibrated": bootstrap.estimate(
            lambda w: calibration_error(raw, is_real, w[:, behind] * share)
        ),
        "reliability": [
            {
                "p_real": float(mean(p[inside], share[inside])),
                "share_real": float(mean(is_real[inside], share[inside])),
                "weight": float(share[inside].sum()),
            }
            for inside in (bin_of(p) == b for b in range(BINS))
            if inside.any()
        ],
    }
