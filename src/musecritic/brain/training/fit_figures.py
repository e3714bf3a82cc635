"""The network over figures fitted: each head a softmax regression with a penalty, by L-BFGS.

Every class weighs the same, and in a class every work, however many it has and however long they
are. Passages and whole works are learned from, since both are judged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from musecritic.brain.figure_network import FigureConfig, FigureNetwork, bags
from musecritic.brain.figures import BUCKETS, figures
from musecritic.brain.labels import AI, told
from musecritic.brain.language import Tokens
from musecritic.brain.one_form import GRID, QUARTERS_AT_ONCE, Sheet, length_of
from musecritic.brain.training.fit_language import fit_language
from musecritic.brain.training.lots import FEWEST
from musecritic.brain.training.recipe import Recipe
from musecritic.corpora.corpus import Work
from musecritic.errors import BadInput
from musecritic.measure.progress import Progress, silent

OTHER = "other"  # a genre, or a label, of those with too few works

WIDTH = 256  # of the language model

_HELD_BACK = 10  # one in so many of people's works the language model is judged by
_HOP = 6  # quarters from one passage that is learned from to the next
_MOST = 8  # passages of a work
_STEPS = QUARTERS_AT_ONCE * GRID
_SOME = 3  # every third of them says how a rhythm surprises
_MOST_SUSPICION = 10.0  # logits a nat
FEWEST_GROUPS = 8  # of a class that is calibrated
_PARTS = 4  # in turn left out of a fit, to see what it says of them
_PENALTY = 1e-3  # on its square, so that a few works that it tells apart do not make it sure

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
    groups: Sequence[int],
    indices: Sequence[int],
    labels: Mapping[str, Sequence[str]],
    recipe: Recipe,
    *,
    seed: int = 0,
    progress: Progress = silent,
) -> FigureNetwork:
    """Return a network fitted to some works.

    Parameters
    ----------
    works, sheets, groups
        Of a collection, each work with its piece in one form and the number of its group.
    indices
        Of those to learn from.
    labels
        Of each head.
    recipe
        Its `weight_decay` is the penalty: half of that times the sum of squared weights is added
        to each head's mean cross entropy. `epochs` are the most steps of L-BFGS. The rest is of the
        language model, see `musecritic.brain.training.fit_language`.
    """
    indices = [index for index in indices if len(sheets[index])]
    config, classes = classes_of(works, indices, labels)
    people, beside = _held_back(works, sheets, groups, indices, seed)
    config = replace(config, language=WIDTH if people else 0)
    if "origin" not in config.classes:
        raise BadInput(
            "nothing here is a machine's, or nothing a person's: origin has no two sides."
        )
    rows = _Rows.of(sheets, indices, progress)
    network = FigureNetwork(config)
    at = 0
    for done, (head, names) in enumerate(config.classes.items()):
        mine = rows.told(classes[head], list(names))
        weights, bias = _regression(mine, len(names), recipe)
        if head == "origin":
            scale, offset = _calibration(mine, len(names), groups, recipe, seed)
            weights, bias = weights * scale, bias * scale + offset
        with torch.no_grad():
            network.weigh.weight[:, at : at + len(names)] = torch.from_numpy(weights)
            network.bias[at : at + len(names)] = torch.from_numpy(bias)
        at += len(names)
        progress("Fitting heads", done + 1, len(config.classes))
    if not people:
        return network
    network.language = fit_language(
        [sheets[i] for i in people],
        [works[i].genre for i in people],
        recipe,
        WIDTH,
        seed=seed,
        progress=progress,
    )
    _weigh_rhythm(network, works, sheets, beside, progress)
    return network


def _held_back(
    works: Sequence[Work],
    sheets: Sequence[Sheet],
    groups: Sequence[int],
    indices: Sequence[int],
    seed: int,
) -> tuple[list[int], list[int]]:
    """Return people's works that the language model learns from, and works to judge it by.

    What it has learned from surprises it less, as what machines make does: it is judged by one in
    ten of people's works in each genre, which it has not learned from, and by all of machines'.
    """
    of_people = [
        i for i in indices if works[i].origin and works[i].origin != AI and len(sheets[i]) > 1
    ]
    rng = np.random.default_rng([seed, 2])
    back: set[int] = set()
    for genre in sorted({works[i].genre for i in of_people}):
        known = sorted({groups[i] for i in of_people if works[i].genre == genre})
        n_back = max(len(known) // _HELD_BACK, 1) if len(known) > 1 else 0
        back |= set(rng.permutation(known)[:n_back].tolist())
    learned = [i for i in of_people if groups[i] not in back]
    beside = [i for i in of_people if groups[i] in back]
    return learned, beside + [i for i in indices if works[i].origin == AI]


def _weigh_rhythm(
    network: FigureNetwork,
    works: Sequence[Work],
    sheets: Sequence[Sheet],
    indices: Sequence[int],
    progress: Progress,
) -> None:
    """Fit what is usual in each genre, and how much less surprise than that says of origin.

    It says nothing where no genre has both people's works and machines'.
    """
    from scipy.optimize import minimize_scalar

    assert network.language is not None
    found, of = [], []
    for done, index in enumerate(indices):
        begins = _starts(sheets[index])[::_SOME].tolist()
        passages = Tokens.of(sheets[index]).passages(sheets[index], begins, _STEPS)
        with torch.inference_mode():
            rhythm = network.language.rhythm(passages).numpy()
        known = rhythm[np.isfinite(rhythm)]
        found.append(known)
        of += [index] * len(known)
        progress("Reading rhythms", done + 1, len(indices))
    surprise = np.concatenate([np.zeros(0), *found])
    is_ai = np.array([works[i].origin == AI for i in of])
    genre = np.array([works[i].genre for i in of])
    genres = list(network.config.classes.get("genre", {"": ""}))
    usual = np.full(len(genres), surprise[~is_ai].mean() if (~is_ai).any() else 0.0)
    missing, weight = np.zeros(len(of)), np.zeros(len(of))
    for number, name in enumerate(genres):
        here = genre == name if len(genres) > 1 else np.ones(len(of), dtype=bool)
        sides = here & is_ai, here & ~is_ai
        if sides[1].any():
            usual[number] = surprise[sides[1]].mean()
        missing[here] = usual[number] - surprise[here]
        if all(side.any() for side in sides):  # both weigh the same
            for side in sides:
                weight[side] = 1 / side.sum()
    sign = np.where(is_ai, 1.0, -1.0)
    suspicion = 0.0
    if weight.any():
        suspicion = minimize_scalar(
            lambda k: float(
                (weight * np.logaddexp(0, -sign * k * missing)).sum() + _PENALTY * k**2
            ),
            bounds=(0, _MOST_SUSPICION),
            method="bounded",
        ).x
    with torch.no_grad():
        network.usual.copy_(torch.from_numpy(usual))
        network.suspicion.fill_(float(suspicion))


def _starts(sheet: Sheet) -> NDArray[np.int64]:
    """Return where the passages of a piece begin, in steps."""
    beyond = max(length_of(sheet) // GRID - QUARTERS_AT_ONCE, 0)
    n = min(_MOST, 1 + -(-beyond // _HOP))
    return np.unique(np.linspace(0, beyond, n).round().astype(np.int64)) * GRID


class _Rows(NamedTuple):
    """R passages and whole works to learn from.

    Attributes
    ----------
    counts
        (R, `BUCKETS`), sparse, each row of length 1, see `musecritic.brain.figure_network.bags`.
    work
        (R,), the index of the work that each is of.
    share
        (R,), what each weighs; of a work 1 in all, half of it the whole's.
    which
        (R,), the number of its class.
    """

    counts: Any
    work: NDArray[np.int64]
    share: NDArray[np.float64]
    which: NDArray[np.int64]

    @classmethod
    def of(cls, sheets: Sequence[Sheet], indices: Sequence[int], progress: Progress) -> _Rows:
        """Take some works and passages all over them; of a class nothing is told yet."""
        rows: list[NDArray[np.int64]] = []
        work: list[int] = []
        share: list[float] = []
        for done, index in enumerate(indices):
            found = figures(sheets[index])
            starts = _starts(sheets[index])
            ends = starts + QUARTERS_AT_ONCE * GRID
            edges = np.searchsorted(found.step, np.stack([starts, ends], 1))
            passages = [found.bucket[low:high] for low, high in edges if high > low]
            if len(starts) == 1:  # it is no longer than a passage
                passages = []
            rows += [found.bucket, *passages]
            work += [index] * (1 + len(passages))
            share += [0.5, *[0.5 / len(passages)] * len(passages)] if passages else [1.0]
            progress("Counting figures", done + 1, len(indices))
        return cls(_matrix(rows), np.array(work), np.array(share), np.zeros(len(work), np.int64))

    def told(self, classes: Classes, names: Sequence[str]) -> _Rows:
        """Return those of works that a class is told of, with its number."""
        kept = np.array([index in classes for index in self.work])
        which = np.array([names.index(classes[index]) for index in self.work[kept]])
        return _Rows(self.counts[kept], self.work[kept], self.share[kept], which)

    def those(self, kept: NDArray[np.bool_]) -> _Rows:
        """Return some of them."""
        return _Rows(self.counts[kept], self.work[kept], self.share[kept], self.which[kept])

    @property
    def weight(self) -> NDArray[np.float64]:
        """(R,), 1 in all: classes weigh the same, and in a class its works."""
        of_class = np.bincount(self.which, self.share)
        weight: NDArray[np.float64] = (self.share / of_class[self.which]) / (of_class > 0).sum()
        return weight


def _matrix(rows: Sequence[NDArray[np.int64]]) -> Any:
    """Return bags of figures, sparse, (rows, `BUCKETS`)."""
    from scipy.sparse import csr_matrix

    counted = bags(rows)
    first = np.append(counted.first.numpy(), len(counted.bucket)).astype(np.int32)
    return csr_matrix(
        (counted.weight.numpy(), counted.bucket.numpy().astype(np.int32), first),
        shape=(len(rows), BUCKETS),
    )


def _calibration(
    rows: _Rows, n_classes: int, groups: Sequence[int], recipe: Recipe, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return by what to multiply each class's score, and what to add, (C,) each.

    A class with many works is told apart the more surely, one with few the less than it could be;
    what is found in works that a fit has not seen says how much each is to be believed. Half of
    that is done: all of it makes all machines equally well found, and the most often met one worse
    than need be.
    """
    from scipy.optimize import minimize
    from scipy.special import log_softmax

    group = np.array([groups[index] for index in rows.work])
    known = np.random.default_rng([seed, 3]).permutation(np.unique(group))
    score = np.zeros((len(group), n_classes))
    for part in np.array_split(known, _PARTS):
        held = np.isin(group, part)
        if held.all() or not held.any():
            continue
        weights, bias = _regression(rows.those(~held), n_classes, recipe)
        score[held] = rows.counts[held] @ weights + bias
    weight, row = rows.weight, np.arange(len(group))

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scale, offset = np.exp(flat[:n_classes]), flat[n_classes:]
        log_p = log_softmax(score * scale + offset, axis=1)
        error = np.exp(log_p)
        error[row, rows.which] -= 1
        error *= weight[:, None]
        gradient = np.append((error * score).sum(0) * scale, error.sum(0)) + _PENALTY * flat
        cost = -(weight * log_p[row, rows.which]).sum()
        return float(cost + _PENALTY / 2 * (flat @ flat)), gradient

    found = minimize(loss, np.zeros(2 * n_classes), jac=True, method="L-BFGS-B").x
    half = (found / 2).astype(np.float32).reshape(2, n_classes)
    n_groups = [len(np.unique(group[rows.which == name])) for name in range(n_classes)]
    half[:, np.array(n_groups) < FEWEST_GROUPS] = 0  # such a class hardly was in what scored it
    return np.exp(half[0]), half[1]


def _regression(
    rows: _Rows, n_classes: int, recipe: Recipe
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return weights (`BUCKETS`, C) and bias (C,) of a softmax regression."""
    from scipy.optimize import minimize
    from scipy.special import log_softmax

    shape = (rows.counts.shape[1] + 1, n_classes)
    columns = rows.counts.T.tocsr()
    row, weight, penalty = np.arange(len(rows.which)), rows.weight, recipe.weight_decay

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        parameters = flat.reshape(shape)
        weights = parameters[:-1].astype(np.float32)
        log_p = log_softmax(rows.counts @ weights + parameters[-1], axis=1)
        error = np.exp(log_p)
        error[row, rows.which] -= 1
        error *= weight[:, None]
        gradient = np.empty(shape)
        gradient[:-1] = columns @ error.astype(np.float32) + penalty * parameters[:-1]
        gradient[-1] = error.sum(axis=0)
        cost = -(weight * log_p[row, rows.which]).sum()
        return float(cost + penalty / 2 * (parameters[:-1] ** 2).sum()), gradient.ravel()

    best = minimize(
        loss,
        np.zeros(shape).ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": recipe.epochs},
    )
    found = best.x.reshape(shape).astype(np.float32)
    return found[:-1], found[-1]
