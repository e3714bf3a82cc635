"""How well each head knows its labels, over pieces; 95 % intervals by bootstrap over works.

- `origin`: AUROC of machines' pieces over people's; at the thresholds the share of people's pieces
  called a machine's ("fpr"), of machines' found ("recall_ai"), of all that get a decision
  ("coverage"), and, where one must be made at p_ai .5, the balanced accuracy.
- `labelled`: average precision of each label over the pieces of which the head has something to
  say, their mean over labels ("map"), and the balanced accuracy of the most probable one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from musecritic.brain.evaluation.giveaways import told_apart
from musecritic.measure.bootstrap import Bootstrap, Estimate
from musecritic.measure.metrics import Array, average_precision, mean

RECALLS = 21
FEWEST = 5  # pieces with a label, and without it; fewer measure nothing


class Decided(NamedTuple):
    """What was said of a piece: origin's calibrated logit, and what the thresholds make of it."""

    logit: float
    cleared: bool
    accused: bool


def origin(
    pieces: Sequence[Decided],
    is_ai: NDArray[np.bool_],
    works: NDArray[np.int64],
    *,
    seed: int = 0,
) -> dict[str, Estimate | int]:
    """Measure the head of origin.

    Parameters
    ----------
    pieces
        N of them.
    is_ai, works
        (N,), whose each is, and the number of its work.
    """
    bootstrap = Bootstrap.over(works, seed=seed)
    logit = np.array([piece.logit for piece in pieces])
    cleared = np.array([piece.cleared for piece in pieces], dtype=bool)
    accused = np.array([piece.accused for piece in pieces], dtype=bool)

    def share(what: NDArray[np.bool_], among: NDArray[np.bool_]) -> Estimate:
        return bootstrap.estimate(lambda w: mean(what[among], w[:, among]))

    def balanced(weights: Array) -> Array:
        found = mean(logit[is_ai] > 0, weights[:, is_ai])
        spared = mean(logit[~is_ai] <= 0, weights[:, ~is_ai])
        return np.asarray((found + spared) / 2)

    everything = np.ones(len(logit), dtype=bool)
    figures: dict[str, Estimate | int] = {"n_human": int((~is_ai).sum()), "n_ai": int(is_ai.sum())}
    if is_ai.any() and not is_ai.all():
        figures["auroc"] = told_apart(logit, is_ai, bootstrap)
        figures["balanced_accuracy"] = bootstrap.estimate(balanced)
    if not is_ai.all():
        figures["fpr"] = share(accused, ~is_ai)
    if is_ai.any():
        figures["recall_ai"] = share(accused, is_ai)
    figures["coverage"] = share(accused | cleared, everything)
    return figures


def labelled(
    logits: NDArray[Any],
    truth: Sequence[Sequence[str]],
    names: Sequence[str],
    works: NDArray[np.int64],
    *,
    seed: int = 0,
) -> dict[str, Any]:
    """Measure a head of several labels.

    Parameters
    ----------
    logits
        (N, L), of the pieces of which the head has something to say.
    truth
        The labels of each that hold, those among them that the network knows or others.
    names
        The L labels.
    works
        (N,), the number of each piece's work.

    Returns
    -------
    dict
        "n", "map", "balanced_accuracy" (where no piece has two), "per_label" with "n",
        "ap" and "precision" at recalls of 0, .05 … 1, and "left_out": labels too rare here to
        measure.
    """
    bootstrap = Bootstrap.over(works, seed=seed)
    holds = np.array([[name in labels for name in names] for labels in truth], dtype=bool)
    measured = [
        i for i in range(len(names)) if min(holds[:, i].sum(), (~holds[:, i]).sum()) >= FEWEST
    ]

    def precision(label: int, weights: Array) -> Array:
        has = holds[:, label]
        score = logits[:, label]
        # The metric finds low scores among high ones.
        return average_precision(-score[~has], -score[has], weights[:, ~has], weights[:, has])

    def mean_precision(weights: Array) -> Array:
        return np.asarray(np.nanmean([precision(label, weights) for label in measured], axis=0))

    record: dict[str, Any] = {
        "n": len(logits),
        "per_label": {
            names[label]: {
                "n": int(holds[:, label].sum()),
                "precision": precision_at_recalls(logits[:, label], holds[:, label]),
                "ap": bootstrap.estimate(partial(precision, label)),
            }
            for label in measured
        },
        "left_out": [name for i, name in enumerate(names) if i not in measured],
    }
    if measured:
        record["map"] = bootstrap.estimate(mean_precision)
    if holds.sum(axis=1).max(initial=0) == 1 and len(measured) > 1:
        right = logits.argmax(axis=1) == holds.argmax(axis=1)

        def balanced(weights: Array) -> Array:
            recalls = [mean(right[holds[:, i]], weights[:, holds[:, i]]) for i in measured]
            return np.asarray(np.nanmean(recalls, axis=0))

        record["balanced_accuracy"] = bootstrap.estimate(balanced)
    return record


def precision_at_recalls(scores: NDArray[Any], holds: NDArray[np.bool_]) -> list[float]:
    """Return the best precision where the recall is 0, .05 … 1 at least.

    Parameters
    ----------
    scores, holds
        (N,); one holds at least. Of equal scores all are found together.
    """
    order = np.argsort(-scores, kind="stable")
    found = np.cumsum(holds[order])
    last_of_equal = np.append(np.diff(scores[order]) != 0, True)
    precision = (found / np.arange(1, len(found) + 1))[last_of_equal]
    recall = (found / found[-1])[last_of_equal]
    return [
        round(float(precision[recall >= least - 1e-9].max()), 4)
        for least in np.linspace(0, 1, RECALLS)
    ]


def confusion(
    logits: NDArray[Any], truth: Sequence[Sequence[str]], names: Sequence[str]
) -> Mapping[str, Mapping[str, int]]:
    """Count, for every label that holds alone, which one was the most probable."""
    table: dict[str, dict[str, int]] = {}
    for row, labels in zip(logits, truth, strict=True):
        known = [name for name in labels if name in names]
        if len(known) == 1:
            said = names[int(np.argmax(row))]
            of = table.setdefault(known[0], {})
            of[said] = of.get(said, 0) + 1
    return table
