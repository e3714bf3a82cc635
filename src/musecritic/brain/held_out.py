"""What a training run may not see, so that it can be measured on it.

A run is told as a line: "" for the collection's own parts; "fold:1/3" for the second of three
folds, which together hold every work out once; "corpus:openscore" for all that came from
there; "generator:NotaGen" for all that it made and one in five of people's works beside it, to be
told apart from.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from musecritic.brain.labels import AI
from musecritic.corpora.collection import Collection
from musecritic.errors import BadInput

VALIDATION = 0.1  # share of what is left that validates

_BESIDE = 5  # one in so many of people's works is held out beside a generator


class Division(NamedTuple):
    """Indices of a collection's works: learned from, validated on, held out."""

    train: list[int]
    validation: list[int]
    held: list[int]


def divide(collection: Collection, hold_out: str = "") -> Division:
    """Divide a collection's works; no group stands on two sides.

    Parameters
    ----------
    collection
        Its works that no training may see are never among those learned from.
    hold_out
        See the module's docstring.

    Raises
    ------
    BadInput
        The line is of no such form, or nothing would be held out.
    """
    if not hold_out:
        return Division(*(collection.of(part) for part in ("train", "validation", "test")))
    held = _held_groups(collection, hold_out)
    left = sorted(set(collection.group) - held - collection.kept_out)
    np.random.default_rng([collection.seed, 1]).shuffle(left)
    validation = set(left[: max(round(VALIDATION * len(left)), 1)])
    train = set(left) - validation

    def of(groups: set[int]) -> list[int]:
        return [index for index, group in enumerate(collection.group) if group in groups]

    return Division(of(train), of(validation), of(held))


def _held_groups(collection: Collection, hold_out: str) -> set[int]:
    kind, _, which = hold_out.partition(":")
    if kind == "fold":
        number, _, of = which.partition("/")
        if not (number.isdigit() and of.isdigit() and int(number) < int(of) and int(of) > 1):
            raise BadInput(f"{hold_out!r} names no fold; wanted is such as fold:0/3.")
        return {group for group, fold in folds(collection, int(of)).items() if fold == int(number)}
    if kind == "generator":
        held = {
            group
            for group, work in zip(collection.group, collection.works, strict=True)
            if work.generator == which
        }
        known = sorted({work.generator for work in collection.works if work.generator})
        if held:
            made = {
                group
                for group, work in zip(collection.group, collection.works, strict=True)
                if work.origin == AI
            }
            fold_of = folds(collection, _BESIDE)
            held |= {group for group, fold in fold_of.items() if not fold and group not in made}
    elif kind == "corpus":
        held = {
            group
            for group, (name, _) in zip(collection.group, collection.where, strict=True)
            if name == which
        }
        known = sorted(collection.corpora)
    else:
        raise BadInput(f"{hold_out!r} is none of fold:I/N, generator:NAME and corpus:NAME.")
    if not held:
        raise BadInput(f"there is no {kind} {which!r} here; known are {', '.join(known)}.")
    return held


def folds(collection: Collection, n: int) -> dict[int, int]:
    """Return the fold of every group, each corpus, genre and generator spread over all of them."""
    strata: dict[tuple[str, str, str], list[int]] = {}
    taken: set[int] = set()
    for (name, _), work, group in zip(
        collection.where, collection.works, collection.group, strict=True
    ):
        if group not in taken:
            taken.add(group)
            strata.setdefault((name, work.genre, work.generator), []).append(group)
    rng = np.random.default_rng(collection.seed)
    fold_of = {}
    for groups in strata.values():
        rng.shuffle(groups)
        first = int(rng.integers(n))  # so that small strata do not all begin with the first fold
        fold_of.update({group: (first + i) % n for i, group in enumerate(groups)})
    return fold_of
