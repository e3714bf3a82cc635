"""What gives a machine's pieces away before anything is heard, which a detector must beat.

A detector may learn from which program a file comes, or how long it is, and never hear the music.
So plain classifiers are set on plain numbers alone (`musecritic.brain.statistics`), within a genre,
on files as they are published and in the one form that all take (`musecritic.brain.one_form`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from musecritic.brain.evaluation.pieces import drawn_excerpt
from musecritic.brain.labels import AI
from musecritic.brain.one_form import one_form, played
from musecritic.brain.statistics import STATISTICS, layout, statistics
from musecritic.corpora.collection import Collection
from musecritic.measure.bootstrap import Bootstrap, Estimate
from musecritic.measure.metrics import auroc
from musecritic.measure.progress import Progress, silent

#: As a file comes, and in the one form.
FORMS = ("as_published", "one_form")
FOLDS = 5
FEWEST = 20  # works of each origin; fewer say nothing

_PERCENTILES = (5, 50, 95)


@dataclass(frozen=True)
class Comparison:
    """People's pieces of a genre beside those of one machine.

    Attributes
    ----------
    genre, generator
        What is compared.
    human, machine
        Indices into the collection.
    """

    genre: str
    generator: str
    human: tuple[int, ...]
    machine: tuple[int, ...]

    @property
    def name(self) -> str:
        """Such as "chorale, NotaGen"."""
        return f"{self.genre}, {self.generator}"


class Glance(NamedTuple):
    """The numbers of the works of a collection, (n, 13) each; NaN where an excerpt has too little.

    Attributes
    ----------
    as_published, one_form
        Of the whole file, and of an excerpt in the one form.
    """

    as_published: NDArray[np.float64]
    one_form: NDArray[np.float64]


def comparisons(collection: Collection) -> list[Comparison]:
    """Return every genre and generator with enough pieces of both origins."""
    by_class: dict[tuple[str, str], list[int]] = {}
    for index, work in enumerate(collection.works):
        if work.origin:
            maker = work.generator if work.origin == AI else ""
            by_class.setdefault((work.genre, maker), []).append(index)
    return [
        Comparison(genre, maker, tuple(by_class[genre, ""]), tuple(indices))
        for (genre, maker), indices in sorted(by_class.items())
        if maker and min(len(by_class.get((genre, ""), [])), len(indices)) >= FEWEST
    ]


def glance(
    collection: Collection,
    which: list[int],
    *,
    seed: int = 0,
    progress: Progress,
) -> Glance:
    """Count the numbers of some works; of their excerpts beginning or end, by lot."""
    published, formed = (np.full((len(collection), len(STATISTICS)), np.nan) for _ in FORMS)
    for done, index in enumerate(which):
        piece = collection.piece(index)
        published[index] = statistics(piece)
        part = drawn_excerpt(collection, index, seed)
        if part is not None:
            formed[index] = statistics(played(part))
        progress("Counting", done + 1, len(which))
    return Glance(published, formed)


def giveaways(
    collection: Collection,
    *,
    seed: int = 0,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Return, by comparison and form, how well plain classifiers tell machines from people.

    Keys of each comparison: "n_human", "n_ai", and for each form "n_left_out" (shorter than the
    excerpt), "auroc" (of each classifier, out of fold, folds by work), "best", and "distribution":
    of each number its 5th, 50th and 95th percentile by origin.
    """
    pairs = comparisons(collection)
    which = sorted({i for pair in pairs for i in (*pair.human, *pair.machine)})
    seen = glance(collection, which, seed=seed, progress=progress)
    return {pair.name: _compare(collection, pair, seen, seed) for pair in pairs}


def _compare(collection: Collection, pair: Comparison, seen: Glance, seed: int) -> dict[str, Any]:
    record: dict[str, Any] = {"n_human": len(pair.human), "n_ai": len(pair.machine)}
    indices = np.array([*pair.human, *pair.machine])
    is_ai = np.arange(len(indices)) >= len(pair.human)
    for form in FORMS:
        numbers = getattr(seen, form)[indices]
        kept = np.isfinite(numbers).all(axis=1)
        works = np.array([collection.group[i] for i in indices[kept]])
        figures = by_classifier(numbers[kept], is_ai[kept], works, seed)
        record[form] = {
            "n_left_out": int((~kept).sum()),
            "auroc": figures,
            "best": max(figures, key=lambda name: figures[name].value),
            "distribution": {
                name: {
                    origin: np.percentile(column[mask], _PERCENTILES).tolist()
                    for origin, mask in (("human", ~is_ai[kept]), ("ai", is_ai[kept]))
                }
                for name, column in zip(STATISTICS, numbers[kept].T, strict=True)
            },
        }
    return record


def beside_network(
    said: Mapping[int, Sequence[float]],
    collection: Collection,
    *,
    published: bool,
    seed: int = 0,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Return how well whole works are told apart by plain numbers, alone and beside a network.

    Parameters
    ----------
    said
        By index, the logits of origin and of each machine of networks that have not seen the work;
        but what these say of other works, from which a classifier learns, they may have learned
        with this one among their own.
    published
        Count the numbers of files as they are published, and how they are laid out; else of whole
        works in one form.

    Returns
    -------
    dict
        By comparison "n_human", "n_ai", and the AUROC out of fold of each classifier on the numbers
        ("plain"), on these and, of files as published, their layout ("with layout"), and on all
        this and the logits ("together").
    """
    pairs = comparisons(collection)
    which = sorted({i for pair in pairs for i in (*pair.human, *pair.machine) if i in said})
    numbers, laid_out = {}, {}
    for done, index in enumerate(which):
        piece = collection.piece(index)
        numbers[index] = statistics(piece if published else one_form(piece))
        laid_out[index] = layout(piece) if published else []
        progress("Counting", done + 1, len(which))
    found = {}
    for pair in pairs:
        of = [index for index in (*pair.human, *pair.machine) if index in said]
        is_ai = np.array([collection.works[index].origin == AI for index in of])
        if min(is_ai.sum(), (~is_ai).sum()) < FEWEST:
            continue
        plain, works = np.array([numbers[i] for i in of]), np.array(collection.group)[of]
        with_layout = np.hstack([plain, np.array([laid_out[i] for i in of])])
        together = np.hstack([with_layout, np.array([said[i] for i in of])])
        found[pair.name] = {
            "n_human": int((~is_ai).sum()),
            "n_ai": int(is_ai.sum()),
            "plain": by_classifier(plain, is_ai, works, seed),
            **(
                {"with layout": by_classifier(with_layout, is_ai, works, seed)} if published else {}
            ),
            "together": by_classifier(together, is_ai, works, seed),
        }
    return found


def by_classifier(
    numbers: NDArray[np.float64], is_ai: NDArray[np.bool_], works: NDArray[np.int64], seed: int
) -> dict[str, Estimate]:
    """Return each classifier's AUROC out of fold; parameters are those of `out_of_fold`."""
    bootstrap = Bootstrap.over(works, seed=seed)
    return {
        name: told_apart(score, is_ai, bootstrap)
        for name, score in out_of_fold(numbers, is_ai, works, seed).items()
    }


def out_of_fold(
    numbers: NDArray[np.float64], is_ai: NDArray[np.bool_], works: NDArray[np.int64], seed: int
) -> dict[str, NDArray[np.float64]]:
    """Return each classifier's probability that a piece is a machine's, no work seen in training.

    Parameters
    ----------
    numbers
        (n, k).
    is_ai, works
        (n,), the origin and the number of the work.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    balanced = {"class_weight": "balanced"}
    classifiers = {
        "linear": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, **balanced)),
        "forest": RandomForestClassifier(300, min_samples_leaf=3, random_state=seed, **balanced),
        "boosting": HistGradientBoostingClassifier(random_state=seed, **balanced),
    }
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    return {
        name: cross_val_predict(
            classifier, numbers, is_ai, groups=works, cv=folds, method="predict_proba"
        )[:, 1]
        for name, classifier in classifiers.items()
    }


def told_apart(
    score: NDArray[np.float64], is_ai: NDArray[np.bool_], bootstrap: Bootstrap
) -> Estimate:
    """Return the chance that a machine's piece scores above a person's, with its interval."""
    return bootstrap.estimate(
        lambda w: auroc(score[is_ai], score[~is_ai], w[:, is_ai], w[:, ~is_ai])
    )
