"""Figures of works that were judged, by head, genre and machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from musecritic.brain.caveat import caveat
from musecritic.brain.checkpoint import Card
from musecritic.brain.evaluation.giveaways import comparisons, told_apart
from musecritic.brain.evaluation.heads import Decided, confusion, labelled, origin
from musecritic.brain.evaluation.pieces import players
from musecritic.brain.judged import Judged
from musecritic.brain.labels import AI, told
from musecritic.brain.one_form import sheet
from musecritic.brain.rendition import beginning
from musecritic.corpora.collection import Collection
from musecritic.measure.bootstrap import Bootstrap
from musecritic.measure.metrics import sigmoid

#: Heads of several labels, in the order of the report.
LABELLED = ("composer", "period", "genre", "instruments", "generator")


def measure(
    found: dict[int, Judged],
    card: Card,
    collection: Collection,
    *,
    in_form: bool,
    seed: int = 0,
) -> dict[str, Any]:
    """Measure the heads of a network, but for origin, on works that were judged.

    Parameters
    ----------
    found
        By index, from `musecritic.brain.evaluation.pieces`.
    card
        Of the network's weights.
    in_form
        How the works were judged.
    """
    heads: dict[str, Any] = {}
    for head in LABELLED:
        holds = {i: truth(collection, i, in_form=in_form).get(head) for i in found}
        of_head = labels_measured(found, card, collection, head, holds, seed)
        if of_head:
            heads[head] = of_head
    return heads


def labels_measured(
    found: dict[int, Judged],
    card: Card,
    collection: Collection,
    head: str,
    holds: Mapping[int, Sequence[str] | None],
    seed: int,
) -> dict[str, Any]:
    """Return the figures of a head over the works of which it is known which labels hold."""
    of = [index for index, names in holds.items() if names is not None]
    names = card.config.labels.get(head, ())
    if not of or not names:
        return {}
    logits = np.stack([found[index].of_piece(head) for index in of])
    labels = [holds[index] or () for index in of]
    return {
        **labelled(logits, labels, names, np.array(collection.group)[of], seed=seed),
        "confusion": confusion(logits, labels, names),
    }


def truth(collection: Collection, index: int, *, in_form: bool) -> dict[str, Sequence[str]]:
    """Return the labels of a work that hold as it is judged, of heads that have something to say.

    The instruments are those of what is heard of it; those of an edition need not be.
    """
    holds: dict[str, Sequence[str]] = {**told(collection.works[index], in_form=in_form)}
    holds.pop("instruments", None)
    if not in_form:
        holds["instruments"] = players(beginning(collection.piece(index)))
    return holds


def decide(judged: Judged, card: Card) -> Decided:
    """Return a piece's calibrated logit, and what the card's thresholds make of it."""
    logit = card.calibrated(float(judged.of_piece("origin")[0]))
    p_ai = float(sigmoid(np.float64(logit)))
    return Decided(logit, cleared=p_ai < card.human_below, accused=p_ai > card.ai_above)


def decisions(
    found: dict[int, Judged], card: Card, collection: Collection, *, whole: bool
) -> dict[int, Decided]:
    """Return what is made of the works whose origin is known.

    Parameters
    ----------
    whole
        All notes of them were read, as `identify` does, which decides nothing where there is a
        caveat.
    """
    decided = {}
    for index, judged in found.items():
        if collection.works[index].origin:
            decided[index] = decide(judged, card)
            if whole and caveat(sheet(collection.piece(index))):
                decided[index] = Decided(decided[index].logit, cleared=False, accused=False)
    return decided


def by_comparison(
    logit: dict[int, float], collection: Collection, *, seed: int = 0
) -> dict[str, Any]:
    """Return, for each genre and machine, how well logits tell it from people: AUROC and numbers.

    Parameters
    ----------
    logit
        By index; works that are not there are left out.
    """
    table: dict[str, Any] = {}
    for pair in comparisons(collection):
        of = [index for index in (*pair.human, *pair.machine) if index in logit]
        is_ai = is_machines(collection, of)
        if not is_ai.any() or is_ai.all():
            continue
        bootstrap = Bootstrap.over(np.array(collection.group)[of], seed=seed)
        score = np.array([logit[index] for index in of])
        table[pair.name] = {
            "n_human": int((~is_ai).sum()),
            "n_ai": int(is_ai.sum()),
            "auroc": told_apart(score, is_ai, bootstrap),
        }
    return table


def of_decided(collection: Collection, decided: dict[int, Decided], seed: int) -> dict[str, Any]:
    """Return origin's figures over works that were decided, by index."""
    of = list(decided)
    return origin(
        [decided[i] for i in of],
        is_machines(collection, of),
        np.array(collection.group)[of],
        seed=seed,
    )


def origin_of(found: dict[int, Judged]) -> dict[int, float]:
    """Return the logit of origin of works that were judged, by index."""
    return {index: float(judged.of_piece("origin")[0]) for index, judged in found.items()}


def is_machines(collection: Collection, of: list[int]) -> np.typing.NDArray[np.bool_]:
    """Return which works of these indices are machines'."""
    return np.array([collection.works[index].origin == AI for index in of], dtype=bool)
