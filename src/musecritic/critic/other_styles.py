"""Music other than MAESTRO's, for the critic to know that it is music too.

Scores and sequenced files have no performer's timing, chamber music has other textures, pop other
harmonies. Works are split as MusicBrain's are, by work across corpora, and MAESTRO's test songs are
kept out of the training part in whatever corpus they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from musecritic.corpora.collection import Collection
from musecritic.errors import BadFile, MissingCorpus
from musecritic.measure.progress import silent
from musecritic.music.notes import Notes, on_keyboard

#: OpenScore's songs and quartets stand for themselves.
CORPORA = ("musicnet", "bach-chorales", "openscore", "pop909")


def collection_of(
    root: Path | None,
    *,
    seed: int,
    failed: Callable[[BadFile], None],
    uncached: Callable[[BadFile], None],
) -> Collection:
    """Return the other corpora that are found in a folder, split by work.

    Raises
    ------
    MissingCorpus
        None of them is there.
    """
    if root is None:
        raise MissingCorpus("name the folder of the corpora with --root, or set MUSECRITIC_DATA.")
    return Collection.open(
        root, failed=failed, uncached=uncached, progress=silent, seed=seed, names=CORPORA
    )


def training_works(
    root: Path | None,
    *,
    seed: int,
    failed: Callable[[BadFile], None],
    uncached: Callable[[BadFile], None],
) -> dict[str, list[Notes]]:
    """Return the training part's works by corpus, OpenScore's by genre too, as notes."""
    collection = collection_of(root, seed=seed, failed=failed, uncached=uncached)
    return {name: list(works.values()) for name, works in works_of(collection, "train").items()}


def trained_on_others(training: Mapping[str, Any]) -> bool:
    """Say whether a network, by its card's `training`, or what it began with has met them."""
    initial = training.get("initial") or {}
    return bool(training.get("recipe", {}).get("others")) or bool(
        initial and trained_on_others(initial.get("training", {}))
    )


def works_of(collection: Collection, part: str) -> dict[str, dict[str, Notes]]:
    """Return a part's works by corpus, OpenScore's by genre too, and by path, as notes."""
    works: dict[str, dict[str, Notes]] = {}
    for index in collection.of(part):
        corpus, _ = collection.where[index]
        work = collection.works[index]
        name = f"{corpus} {work.genre}" if corpus == "openscore" else corpus
        works.setdefault(name, {})[work.path] = on_keyboard(collection.piece(index).pitched())
    return works
