"""Clips of the music that a network over notes learned from, and of music kept from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from musecritic.corpora.corpus import Corpus
from musecritic.corpora.draw import indices_by_part
from musecritic.critic.other_styles import collection_of, works_of
from musecritic.measure.evenly import evenly_of
from musecritic.music.clip import Clip, cut
from musecritic.music.notes import Notes
from musecritic.music.piece import Piece

_N_WORKS = 200  # of a corpus, evenly
_N_KNOWN = 1000  # clips of a corpus
_N_KEPT = 300


class KnownMusic(NamedTuple):
    """Clips by corpus: `known` were learned from, `kept` were not."""

    known: dict[str, list[Clip]]
    kept: dict[str, list[Clip]]


def known_music(
    corpus: Corpus, root: Path | None, *, seed: int, reported: Mapping[str, Any] | None
) -> KnownMusic:
    """Return clips of the training and of the validation works, MAESTRO's and others.

    Parameters
    ----------
    corpus
        MAESTRO.
    root
        Folder of the other corpora.
    reported
        What is done with files that cannot be read, see `collection_of`; None where MAESTRO alone
        was learned from.
    """
    parts = indices_by_part(corpus)
    found = KnownMusic({}, {})
    collection = None if reported is None else collection_of(root, seed=seed, **reported)
    for part, into, most in (
        ("train", found.known, _N_KNOWN),
        ("validation", found.kept, _N_KEPT),
    ):
        works = {corpus.name: [corpus[index] for index in evenly_of(parts[part], _N_WORKS)]}
        if collection is not None:
            works |= {name: list(own.values()) for name, own in works_of(collection, part).items()}
        clips = {name: _clips(own, most) for name, own in works.items()}
        into.update({name: own for name, own in clips.items() if own})
    return found


def _clips(works: Sequence[Notes], most: int) -> list[Clip]:
    """Return clips of some works, evenly, those with a note."""
    return evenly_of(
        [clip for work in evenly_of(works, _N_WORKS) for clip in cut(Piece(work))], most
    )
