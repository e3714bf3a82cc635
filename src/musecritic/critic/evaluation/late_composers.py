"""Is late and atonal music taken for damaged? False alarms by composer, trained on or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from musecritic.corpora.collection import Collection
from musecritic.corpora.corpus import Corpus, Work
from musecritic.corpora.draw import indices_by_part
from musecritic.critic.evaluation.calibration import Calibration
from musecritic.critic.evaluation.false_alarms import false_alarms
from musecritic.critic.evaluation.scores import Read
from musecritic.music.notes import Notes

COMPOSERS = (
    "Alexander Scriabin",
    "Arnold Schoenberg",
    "Anton Webern",
    "Alban Berg",
    "Béla Bartók",
)


@dataclass(frozen=True)
class LateWorks:
    """A composer's works in one part of one corpus.

    Attributes
    ----------
    composer, corpus
        Their names.
    part
        "train", or "kept": validation and test. On validation parts the weights were chosen and
        what stands on the card was fitted, nothing was trained.
    trained
        Whether the critic was trained on that part: not on "train" of a corpus that its training
        left out.
    works
        By path.
    """

    composer: str
    corpus: str
    part: str
    trained: bool
    works: Mapping[str, Notes] = field(repr=False)


def late_works(
    maestro: Corpus, collection: Collection | None, *, trained_on_others: bool
) -> list[LateWorks]:
    """Return the works of `COMPOSERS` in MAESTRO and in OpenScore, by composer and part.

    Parameters
    ----------
    maestro
        By its official parts, without songs that an earlier part has.
    collection
        OpenScore's are taken from it, by its own split; None where there is none.
    trained_on_others
        Whether the critic was trained on the collection's training part.
    """
    groups: dict[tuple[str, str, str], dict[str, Notes]] = {}
    for corpus, part, work, notes in _all(maestro, collection):
        groups.setdefault((work.composer, corpus, part), {})[work.path] = notes
    trained_on = {"maestro", "openscore"} if trained_on_others else {"maestro"}
    return [
        LateWorks(composer, corpus, part, part == "train" and corpus in trained_on, works)
        for (composer, corpus, part), works in sorted(groups.items(), key=_place)
    ]


def _place(group: tuple[tuple[str, str, str], Any]) -> tuple[int, str, str]:
    (composer, corpus, part), _ = group
    return COMPOSERS.index(composer), corpus, part


def _all(maestro: Corpus, collection: Collection | None) -> Iterator[tuple[str, str, Work, Notes]]:
    """Yield corpus, part, work and notes of all that `COMPOSERS` wrote."""
    for part, indices in indices_by_part(maestro).items():
        for index in indices:
            if maestro.works[index].composer in COMPOSERS:
                yield "maestro", _said(part), maestro.works[index], maestro[index]
    if collection is None:
        return
    for index, work in enumerate(collection.works):
        corpus, _ = collection.where[index]
        if corpus == "openscore" and work.composer in COMPOSERS:
            notes = collection.piece(index).pitched()
            yield corpus, _said(collection.part[index]), work, notes


def _said(part: str) -> str:
    return "train" if part == "train" else "kept"


def by_style(
    read: Read,
    late: Sequence[LateWorks],
    calibration: Calibration,
    seed: int,
    limit: int | None,
) -> dict[str, dict[str, Any]]:
    """Return composer to "CORPUS, PART" to its false alarms, see `false_alarms`, and "trained".

    A composer of whom nothing is there has nothing; `limit` is of each part's clips.
    """
    found: dict[str, dict[str, Any]] = {composer: {} for composer in COMPOSERS}
    for group in late:
        found[group.composer][f"{group.corpus}, {group.part}"] = {
            "trained": group.trained,
            **false_alarms(read, group.works, calibration, seed, limit),
        }
    return found
