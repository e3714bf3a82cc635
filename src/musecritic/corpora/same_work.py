"""Which files hold the same work, within a corpus and across corpora.

Beethoven's quartets stand in MusicNet and in OpenScore, MAESTRO names a sonata in ten ways. Two
files are taken for the same work where they share a composer and a number in a catalogue, or a
title; whatever hangs together so is one group, which a split leaves on one side. An opus is not
taken apart into its numbers: that errs on the safe side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from musecritic.corpora.composers import one_name, words
from musecritic.corpora.corpus import Work

_CATALOGUES = re.compile(
    r"\b(bwv|op|woo|hwv|rv|d|k|kv|s|l)[. ]*([0-9]+(?:[. ][0-9]+)?)", re.IGNORECASE
)
_ALONE = ("bwv", "hwv", "rv")  # whose numbers after the point are works of their own


def groups(works: Iterable[Work]) -> list[int]:
    """Return the number of each work's group; the first group is 0."""
    leader: dict[str, str] = {}

    def find(key: str) -> str:
        while leader[key] != key:
            leader[key] = key = leader[leader[key]]
        return key

    first = []
    for work in works:
        mine = list(keys(work))
        for key in mine:
            leader.setdefault(key, key)
            leader[find(key)] = find(mine[0])
        first.append(mine[0])
    number: dict[str, int] = {}
    return [number.setdefault(find(key), len(number)) for key in first]


def keys(work: Work) -> Iterator[str]:
    """Yield what a work may be known by; two works with one in common are the same."""
    if not work.title:  # a machine's pieces, and files without labels, stand for themselves
        yield f"{work.generator} | {work.path}"
        return
    composer = " ".join(words(one_name(work.composer.partition(" / ")[0])))
    yield f"{composer} | {' '.join(words(work.title))}"
    for catalogue, number in _CATALOGUES.findall(work.title):
        kind = catalogue.lower().replace("kv", "k")
        whole = number if kind in _ALONE else re.split(r"[. ]", number)[0]
        yield f"{composer} | {kind}{whole}"
