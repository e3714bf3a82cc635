"""A collection: several corpora, split by work, whatever corpus a work stands in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from musecritic.corpora import maestro
from musecritic.corpora.cache import open_corpus
from musecritic.corpora.corpus import Corpus, Work
from musecritic.corpora.registry import corpus_module
from musecritic.corpora.same_work import groups
from musecritic.errors import BadFile, MissingCorpus
from musecritic.measure.progress import Progress
from musecritic.music.instruments import sounding
from musecritic.music.piece import Piece

#: The corpora of MusicBrain's collection; POP909 is for measuring style bias alone.
CORPORA = ("musicnet", "bach-chorales", "openscore", "notagen", "js-fakes")
PARTS = ("train", "validation", "test")
SHARES = (0.8, 0.1, 0.1)


@dataclass(frozen=True, eq=False)
class Collection:
    """Works of several corpora.

    Attributes
    ----------
    corpora
        By name.
    works
        Of all of them, one corpus after the other.
    where
        The corpus' name and the work's index there.
    group
        The number of each work's group, see `musecritic.corpora.same_work`.
    part
        "train", "validation" or "test"; one for a whole group.
    kept_out
        Groups that no training may see, however the collection is divided.
    seed
        Of the split, and of every other division.
    """

    corpora: dict[str, Corpus]
    works: tuple[Work, ...]
    where: tuple[tuple[str, int], ...]
    group: tuple[int, ...]
    part: tuple[str, ...]
    kept_out: frozenset[int] = frozenset()
    seed: int = 0

    @classmethod
    def gather(
        cls, corpora: dict[str, Corpus], *, kept_out: Sequence[Work] = (), seed: int = 0
    ) -> Collection:
        """Put corpora together and split them 80/10/10 by work, within each corpus and genre.

        Parameters
        ----------
        corpora
            By name.
        kept_out
            Works that no training may see, in whatever corpus they stand: they are in the test
            part.
        seed
            Of the split.
        """
        where = [(name, i) for name, corpus in corpora.items() for i in range(len(corpus))]
        works = [corpora[name].works[i] for name, i in where]
        # Two corpora may each have a file of one name.
        placed = [
            replace(work, path=f"{name}/{work.path}")
            for (name, _), work in zip(where, works, strict=True)
        ]
        group = groups([*placed, *kept_out])
        part = _split(
            [(name, work.genre) for (name, _), work in zip(where, works, strict=True)],
            group[: len(works)],
            dict.fromkeys(group[len(works) :], "test"),
            seed,
        )
        return cls(
            corpora,
            tuple(works),
            tuple(where),
            tuple(group[: len(works)]),
            tuple(part),
            frozenset(group[len(works) :]),
            seed,
        )

    @classmethod
    def open(
        cls,
        root: Path,
        *,
        failed: Callable[[BadFile], None],
        uncached: Callable[[BadFile], None],
        progress: Progress,
        seed: int = 0,
        names: Sequence[str] = CORPORA,
    ) -> Collection:
        """Read the corpora that are found in a folder, and keep MAESTRO's test songs out.

        Parameters
        ----------
        root
            Holds the corpora, each in its publisher's layout.
        failed, uncached
            As `musecritic.corpora.cache.open_corpus` has them.
        progress
            Told of the corpus, how many of its works are read, and of how many.
        seed
            Of the split.
        names
            Which corpora are looked for.

        Raises
        ------
        MissingCorpus
            None of them is there, or one is and cannot be read, or MAESTRO's table is missing:
            without it its test songs would be trained on.
        """
        there = [name for name in names if _is_in(root, name)]
        if not there:
            raise MissingCorpus(f"{root}: none of {', '.join(names)} is here.")
        kept_out = [work for work in maestro.works(root) if work.split == "test"]
        corpora = {
            name: open_corpus(
                name, root, failed=failed, uncached=uncached, progress=partial(progress, name)
            )
            for name in there
        }
        return cls.gather(corpora, kept_out=kept_out, seed=seed)

    def __len__(self) -> int:
        return len(self.works)

    def piece(self, index: int) -> Piece:
        """Return one work as it was read."""
        name, at = self.where[index]
        return self.corpora[name].piece(at)

    def instruments(self, index: int) -> tuple[str, ...]:
        """Return what a work is played on, by its file's programs."""
        piece = self.piece(index)
        return sounding(piece.parts, set(np.unique(piece.notes["part"]).tolist()))

    def of(self, part: str) -> list[int]:
        """Return the indices of a part's works."""
        return [index for index, name in enumerate(self.part) if name == part]

    @property
    def fingerprint(self) -> str:
        """The fingerprints of the corpora, by name."""
        return " ".join(f"{name}:{corpus.fingerprint}" for name, corpus in self.corpora.items())


def _is_in(root: Path, name: str) -> bool:
    try:
        corpus_module(name).base(root)
    except MissingCorpus:
        return False
    return root.is_dir()  # not a prepared file of one of them


def _split(
    strata: Sequence[tuple[str, str]], group: Sequence[int], given: dict[int, str], seed: int
) -> Iterable[str]:
    """Return the part of each work: every stratum 80/10/10 by groups, as far as groups allow."""
    part_of = dict(given)
    members: dict[tuple[str, str], list[int]] = {}
    for stratum, number in zip(strata, group, strict=True):
        if number not in members.setdefault(stratum, []):
            members[stratum].append(number)
    rng = np.random.default_rng(seed)
    for numbers in members.values():
        free = [number for number in numbers if number not in part_of]
        rng.shuffle(free)
        # What other strata have settled already counts towards this one's shares.
        wanted = {part: share * len(numbers) for part, share in zip(PARTS, SHARES, strict=True)}
        for number in numbers:
            if number in part_of:
                wanted[part_of[number]] -= 1
        for number in free:
            part = max(PARTS, key=lambda name: wanted[name] / SHARES[PARTS.index(name)])
            part_of[number] = part
            wanted[part] -= 1
    return [part_of[number] for number in group]
