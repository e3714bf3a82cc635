"""The network over figures fitted: each head a softmax regression with a penalty, by L-BFGS.

Every class weighs the same, and in a class every work, however many it has and however long they
are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from musecritic.brain.figure_network import FigureConfig, FigureNetwork
from musecritic.brain.figures import BUCKETS, figures
from musecritic.brain.labels import AI, told
from musecritic.brain.one_form import GRID, QUARTERS_AT_ONCE, Sheet, length_of
from musecritic.brain.training.lots import FEWEST
from musecritic.brain.training.recipe import Recipe
from musecritic.corpora.corpus import Work
from musecritic.errors import BadInput
from musecritic.measure.progress import Progress, silent

OTHER = "other"  # a genre, or a label, of those with too few works

_HOP = 6  # quarters from one passage that is learned from to the next
_MOST = 8  # passages of a work

#: Of each work that a head is told of, its class.
Classes = dict[int, str]


def classes_of(
    works: Sequence[Work], indices: Sequence[int], labels: Mapping[str, Sequence[str]]
) -> tuple[FigureConfig, dict[str, Classes]]:
    """Return what each head tells apart among some works, and which work is what.

    Origin knows the makers of each genre apart, since what gives one machine away may be the
    manner of another genre's people. A head with a single class is left out.
    """
    of_head: dict[str, Classes] = {}
    label_of: dict[str, dict[str, str]] = {}
    for head, names in labels.items():
        if head == "origin":
            of_head[head], label_of[head] = _makers(works, indices)
            continue
        of_head[head] = {}
        for index in indices:
            holds = told(works[index], in_form=True).get(head)
            if holds is not None:
                known = [name for name in holds if name in names]
                of_head[head][index] = known[0] if known else OTHER
        found = sorted(set(of_head[head].values()))
        label_of[head] = {name: "" if name == OTHER else name for name in found}
    classes = {
        head: label_of[head]
        for head in labels
        if len(label_of[head]) > 1 and any(label_of[head].values())
    }
    return FigureConfig(classes), {head: of_head[head] for head in classes}


def _makers(works: Sequence[Work], indices: Sequence[int]) -> tuple[Classes, dict[str, str]]:
    """Return "genre, maker" of each, and the label of each such class.

    Genres in which a maker has few works are one.
    """
    maker = {
        i: (works[i].generator or AI) if works[i].origin == AI else "people"
        for i in indices
        if works[i].origin
    }
    count = Counter((works[i].genre, maker[i]) for i in maker)
    of = {
        i: f"{works[i].genre if count[works[i].genre, who] >= FEWEST else OTHER}, {who}"
        for i, who in maker.items()
    }
    return of, {of[i]: AI if works[i].origin == AI else "" for i in sorted(of, key=of.__getitem__)}


def fit_figures(
    works: Sequence[Work],
    sheets: Sequence[Sheet],
    indices: Sequence[int],
    labels: Mapping[str, Sequence[str]],
    recipe: Recipe,
    *,
    progress: Progress = silent,
) -> FigureNetwork:
    """Return a network fitted to some works.

    Parameters
    ----------
    works, sheets
        Of a collection, each work with its piece in one form.
    indices
        Of those to learn from.
    labels
        Of each head.
    recipe
        Its `weight_decay` is the penalty: half of that times the sum of squared weights is added
        to each head's mean cross entropy. `epochs` are the most steps of L-BFGS.
    """
    indices = [index for index in indices if len(sheets[index])]
    config, classes = classes_of(works, indices, labels)
    if "origin" not in config.classes:
        raise BadInput(
            "nothing here is a machine's, or nothing a person's: origin has no two sides."
        )
    of, rows = [], []
    for done, index in enumerate(indices):
        passages = _passages(sheets[index])
        of += [index] * len(passages)
        rows += passages
        progress("Counting figures", done + 1, len(indices))
    counts = _matrix(rows)
    network = FigureNetwork(config)
    at = 0
    for done, (head, names) in enumerate(config.classes.items()):
        number = {name: i for i, name in enumerate(names)}
        told_of = np.array([index in classes[head] for index in of])
        own = np.array([index for index in of if index in classes[head]])
        which = np.array([number[classes[head][index]] for index in own])
        weights, bias = _regression(
            counts[told_of],
            which,
            len(names),
            _evenly(own, which),
            recipe.weight_decay,
            recipe.epochs,
        )
        with torch.no_grad():
            network.weigh.weight[:, at : at + len(names)] = torch.from_numpy(weights)
            network.bias[at : at + len(names)] = torch.from_numpy(bias)
        at += len(names)
        progress("Fitting heads", done + 1, len(config.classes))
    return network


def _passages(sheet: Sheet) -> list[NDArray[np.int64]]:
    """Return the buckets of passages all over a piece."""
    found = figures(sheet)
    beyond = max(length_of(sheet) // GRID - QUARTERS_AT_ONCE, 0)
    n = min(_MOST, 1 + -(-beyond // _HOP))
    starts = np.unique(np.linspace(0, beyond, n).round().astype(np.int64)) * GRID
    edges = np.searchsorted(found.step, np.stack([starts, starts + QUARTERS_AT_ONCE * GRID], 1))
    return [found.bucket[low:high] for low, high in edges if high > low]


def _matrix(rows: Sequence[NDArray[np.int64]]) -> Any:
    """Return the roots of the counts, sparse, (rows, `BUCKETS`)."""
    from scipy.sparse import csr_matrix

    counted = [np.unique(row, return_counts=True) for row in rows]
    return csr_matrix(
        (
            np.sqrt(np.concatenate([count for _, count in counted])).astype(np.float32),
            np.concatenate([buckets for buckets, _ in counted]).astype(np.int32),
            np.cumsum([0, *(len(buckets) for buckets, _ in counted)]),
        ),
        shape=(len(rows), BUCKETS),
    )


def _evenly(own: NDArray[np.int64], which: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the weight of each passage: classes and their works weigh the same; 1 in all."""
    passages = Counter(own.tolist())
    works: defaultdict[int, set[int]] = defaultdict(set)
    for index, name in zip(own.tolist(), which.tolist(), strict=True):
        works[name].add(index)
    weight = np.array(
        [
            1 / (passages[index] * len(works[name]))
            for index, name in zip(own.tolist(), which.tolist(), strict=True)
        ]
    )
    evenly: NDArray[np.float64] = weight / len(works)
    return evenly


def _regression(
    counts: Any,
    which: NDArray[np.int64],
    n_classes: int,
    weight: NDArray[np.float64],
    penalty: float,
    most_steps: int,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return weights (`BUCKETS`, C) and bias (C,) of a softmax regression."""
    from scipy.optimize import minimize
    from scipy.special import log_softmax

    shape = (counts.shape[1] + 1, n_classes)
    columns = counts.T.tocsr()
    row = np.arange(len(which))

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        parameters = flat.reshape(shape)
        weights = parameters[:-1].astype(np.float32)
        log_p = log_softmax(counts @ weights + parameters[-1], axis=1)
        error = np.exp(log_p)
        error[row, which] -= 1
        error *= weight[:, None]
        gradient = np.empty(shape)
        gradient[:-1] = columns @ error.astype(np.float32) + penalty * parameters[:-1]
        gradient[-1] = error.sum(axis=0)
        cost = -(weight * log_p[row, which]).sum() + penalty / 2 * (parameters[:-1] ** 2).sum()
        return float(cost), gradient.ravel()

    best = minimize(
        loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": most_steps}
    )
    found = best.x.reshape(shape).astype(np.float32)
    return found[:-1], found[-1]
