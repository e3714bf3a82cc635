"""What the critic is asked to rank: works kept from training, generators', an n-gram's, chance's.

What is compared has one genre and one timing. All scores and sequenced files go at one tempo;
n-gram models learn from people's training works of each kind, so that they have their timing, and
random notes are as many as in people's clips. Clips are ten seconds; a piece's last one, mostly
silence, is left out where the piece has others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from musecritic.corpora.collection import Collection
from musecritic.corpora.corpus import Corpus
from musecritic.corpora.draw import indices_by_part
from musecritic.critic.baselines import NGram, random_notes
from musecritic.critic.evaluation.order import RUNGS, Source
from musecritic.measure.evenly import evenly
from musecritic.music.clip import Clip, cut
from musecritic.music.piece import Piece
from musecritic.music.tempo import DEFAULT_QPM

#: Corpora of machines' pieces.
GENERATORS = ("notagen", "js-fakes")
#: Corpora of people's, beside MAESTRO, that have a like among those; POP909 has none.
PEOPLE = ("musicnet", "bach-chorales", "openscore")

N_CLIPS = 300  # of each source, evenly from all
N_LEARNED = 300  # pieces for an n-gram model; from fewer it copies more
FEWEST = 10  # pieces of a source that is worth its row

_PIANO = "keyboard"  # the genre of MAESTRO
_HUMAN, _MACHINE, _NGRAM, _RANDOM = RUNGS
_SIXTEENTH = 60 / DEFAULT_QPM / 4  # s


def order_sources(
    maestro: Corpus,
    collection: Collection | None,
    generators: Mapping[str, Corpus],
    *,
    seed: int,
    limit: int | None = None,
) -> list[Source]:
    """Return all that there is to rank, by rung.

    Parameters
    ----------
    maestro
        With its official split.
    collection
        Other works of people; those of the test part are ranked, and models learn from those of
        the training part. None where there are none.
    generators
        Machines' corpora, by name.
    limit
        Most clips of each source, where that is fewer than 300.
    """
    n_clips = min(N_CLIPS, limit or N_CLIPS)
    part = indices_by_part(maestro)

    def live(name: str) -> list[tuple[str, Piece]]:
        return [(maestro.works[i].song, Piece(maestro[i])) for i in part[name]]

    people = [_source("maestro", _HUMAN, _PIANO, live("test"), n_clips, live=True)]
    learned = {"maestro": live("train")}
    if collection is not None:
        people += _written(_of(collection, "test"), _HUMAN, n_clips)
        learned |= {_name(*where): pieces for where, pieces in _of(collection, "train").items()}
    machines = _written(_made(generators), _MACHINE, n_clips)
    genres = {source.genre for source in machines}
    by_model, by_chance = [], []
    for number, source in enumerate(people):
        if source.live or source.genre in genres:
            if pieces := learned.get(source.name):
                by_model.append(_by_model(source, pieces, [seed, number, 1]))
            by_chance.append(_by_chance(source, [seed, number, 2]))
    return [*people, *machines, *by_model, *by_chance]


_Pieces = dict[tuple[str, str], list[tuple[str, Piece]]]  # corpus and genre: (name, music)


def _name(corpus: str, genre: str) -> str:
    return f"{corpus} {genre}"


def _of(collection: Collection, part: str) -> _Pieces:
    groups: _Pieces = {}
    for index in collection.of(part):
        corpus, _ = collection.where[index]
        if corpus in PEOPLE:
            work = collection.works[index]
            own = groups.setdefault((corpus, work.genre), [])
            own.append((work.song, collection.piece(index)))
    return groups


def _made(generators: Mapping[str, Corpus]) -> _Pieces:
    groups: _Pieces = {}
    for name, corpus in generators.items():
        for index, work in enumerate(corpus.works):
            groups.setdefault((name, work.genre), []).append((work.path, corpus.piece(index)))
    return groups


def _written(groups: _Pieces, rung: str, n_clips: int) -> list[Source]:
    """Return a source for each corpus and genre with enough pieces, all at one tempo."""
    return [
        _source(_name(corpus, genre), rung, genre, map(_at_one_tempo, pieces), n_clips)
        for (corpus, genre), pieces in groups.items()
        if len({name for name, _ in pieces}) >= FEWEST
    ]


def _at_one_tempo(named: tuple[str, Piece]) -> tuple[str, Piece]:
    name, piece = named
    return name, piece.at_tempo(DEFAULT_QPM)


def _source(
    name: str,
    rung: str,
    genre: str,
    pieces: Iterable[tuple[str, Piece]],
    n_clips: int,
    *,
    live: bool = False,
) -> Source:
    """Return so many clips, or all, evenly from all pieces."""
    found = [(clip, of) for of, piece in pieces for clip in _full(piece)]
    kept = [found[i] for i in evenly(len(found), n_clips)]
    return Source(name, rung, genre, live, [clip for clip, _ in kept], [of for _, of in kept])


def _by_model(like: Source, pieces: Sequence[tuple[str, Piece]], seed: list[int]) -> Source:
    """Return as many clips by an n-gram model that has learned from some pieces."""
    some = (pieces[i] for i in evenly(len(pieces), N_LEARNED))
    model = NGram.learn(
        (piece if like.live else piece.at_tempo(DEFAULT_QPM)).pitched() for _, piece in some
    )
    clips = [
        Clip(model.generate(np.random.default_rng([*seed, number])))
        for number in range(len(like.clips))
    ]
    return _alone(f"n-gram of {like.name}", _NGRAM, like, clips)


def _by_chance(like: Source, seed: list[int]) -> Source:
    """Return as many clips of as many random notes."""
    grid = 0.0 if like.live else _SIXTEENTH
    clips = [
        Clip(random_notes(len(clip.notes), np.random.default_rng([*seed, number]), grid=grid))
        for number, clip in enumerate(like.clips)
    ]
    return _alone(f"random notes as of {like.name}", _RANDOM, like, clips)


def _alone(name: str, rung: str, like: Source, clips: list[Clip]) -> Source:
    """Return clips each of which is a piece of its own."""
    numbers = [str(number) for number in range(len(clips))]
    return Source(name, rung, like.genre, like.live, clips, numbers)


def _full(piece: Piece) -> list[Clip]:
    clips = cut(piece)
    return clips[:-1] or clips
