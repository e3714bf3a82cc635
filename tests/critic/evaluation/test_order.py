"""The order of people, generators, n-gram and chance, on what can be reckoned by hand."""

from __future__ import annotations

import numpy as np
import pytest
from tests.conftest import made_up_notes

from musecritic.corpora.collection import Collection
from musecritic.corpora.corpus import Corpus, Work
from musecritic.critic.evaluation.calibration import Calibration
from musecritic.critic.evaluation.music_sections import order_section
from musecritic.critic.evaluation.order import RUNGS, Source, order_figures
from musecritic.critic.evaluation.order_sources import order_sources
from musecritic.critic.evaluation.outcome import Outcome
from musecritic.critic.evaluation.shortfalls import shortfalls
from musecritic.measure.metrics import sigmoid
from musecritic.music.clip import Clip
from musecritic.music.notes import notes_from
from musecritic.music.piece import Piece
from musecritic.music.tempo import Tempo

PEOPLE, MACHINE, NGRAM, RANDOM = RUNGS
EVEN = Calibration(1.0, 0.5)


def read_pitch(clips):
    """A critic that goes by the first note's pitch, 60 being even."""
    return np.array([clip.notes["pitch"][0] - 60.0 for clip in clips]), np.zeros((len(clips), 100))


def source(name, rung, *logits, genre="song", live=False):
    clips = [Clip(notes_from([0.0, 1.0], [0.5, 1.5], [60 + x, 60])) for x in logits]
    return Source(name, rung, genre, live, clips, [f"piece {i // 2}" for i in range(len(clips))])


def test_figures_are_those_reckoned_by_hand():
    found = order_figures(
        read_pitch,
        [
            source("songs", PEOPLE, 3, 4, 5, 6),
            source("made", MACHINE, 1, 2, 4, 0),
            source("steps", NGRAM, 0, 1, 5, 5),
        ],
        EVEN,
        seed=0,
    )
    assert found["rungs"][PEOPLE]["p_real"].value == pytest.approx(
        sigmoid(np.array([3, 4, 5, 6])).mean()
    )
    assert found["rungs"][PEOPLE]["n_clips"] == 4
    assert found["rungs"][PEOPLE]["n_pieces"] == 2
    assert found["rungs"][PEOPLE]["notes"] == 2
    # Of 16 pairs people win all but one that is lost and one that is even.
    assert found["steps"][f"{PEOPLE} > {MACHINE}"]["auroc"].value == pytest.approx(14.5 / 16)
    assert found["pairs"]["songs > made"]["auroc"].value == pytest.approx(14.5 / 16)
    assert found["steps"][f"{PEOPLE} > {MACHINE}"]["holds"]
    # 1 beats one and is even once, 2 beats two, 4 beats two, 0 is even once: 6 of 16.
    assert found["steps"][f"{MACHINE} > {NGRAM}"]["auroc"].value == pytest.approx(6 / 16)
    assert not found["steps"][f"{MACHINE} > {NGRAM}"]["holds"]
    assert set(found["steps"]) == {f"{PEOPLE} > {MACHINE}", f"{MACHINE} > {NGRAM}"}
    assert found["ranking"] == [PEOPLE, NGRAM, MACHINE]


def test_a_step_compares_within_genre_and_timing_alone():
    # Across genres songs would lose to made chorales; within each people win throughout.
    found = order_figures(
        read_pitch,
        [
            source("live", PEOPLE, 30, 30, genre="chorale", live=True),
            source("songs", PEOPLE, 2, 2),
            source("chorales", PEOPLE, 9, 9, genre="chorale"),
            source("made songs", MACHINE, 1, 1),
            source("made chorales", MACHINE, 8, 8, genre="chorale"),
            source("steps", NGRAM, 0, 0),
        ],
        EVEN,
        seed=0,
    )
    step = found["steps"][f"{PEOPLE} > {MACHINE}"]
    assert step["auroc"].value == 1
    assert step["n_strata"] == 2
    assert found["steps"][f"{MACHINE} > {NGRAM}"]["n_strata"] == 1
    assert {name: row["same_timing"] for name, row in found["pairs"].items()} == {
        "live > made chorales": False,
        "songs > made songs": True,
        "chorales > made chorales": True,
        "made songs > steps": True,
    }


def test_what_does_not_hold_is_said():
    sources = [
        source("songs", PEOPLE, 3, 4, 5, 6),
        source("made", MACHINE, 1, 2, 0, 0),
        source("steps", NGRAM, 8, 9, 10, 11),
    ]
    record = Outcome({"real": 1.0, "order": order_figures(read_pitch, sources, EVEN, 0)}).record()
    text = order_section(record)
    assert f"it ranks: {NGRAM}, {PEOPLE}, {MACHINE}." in text
    assert f"| {PEOPLE} > {MACHINE} | 1.000 [1.000, 1.000] | holds |" in text
    assert f"| {MACHINE} > {NGRAM} | 0.000 [0.000, 0.000] | the other way round |" in text
    assert shortfalls(record) == [
        f"{MACHINE} above {NGRAM} is not shown: AUROC 0.00, interval from 0.00."
    ]


def corpus(name: str, n: int, genre: str, qpm: float) -> Corpus:
    """Return pieces that are the same once they go at one tempo."""
    works = [Work(f"{i}", "Someone", f"{name} {i}", genre=genre) for i in range(n)]
    factor = 120 / qpm

    def slower(seed: int) -> Piece:
        notes = made_up_notes(seed, 25.0)
        for column in ("onset", "offset"):
            notes[column] *= factor
        return Piece(notes, tempi=(Tempo(0.0, qpm),))

    return Corpus.gather(name, ((work, slower(i)) for i, work in enumerate(works)))


@pytest.fixture(scope="module")
def sources(toy_corpus: Corpus) -> list[Source]:
    # Of 120 songs of people twelve or so are kept, which is enough for a row.
    people = Collection.gather({"openscore": corpus("openscore", 120, "song", 60.0)})
    machines = {
        "notagen": corpus("notagen", 12, "song", 120.0),
        "js-fakes": corpus("js-fakes", 9, "chorale", 120.0),
    }
    return order_sources(toy_corpus, people, machines, seed=0, limit=20)


def test_every_rung_has_its_sources(sources):
    assert [(s.name, s.rung, s.live) for s in sources] == [
        ("maestro", PEOPLE, True),
        ("openscore song", PEOPLE, False),
        ("notagen song", MACHINE, False),
        ("n-gram of maestro", NGRAM, True),
        ("n-gram of openscore song", NGRAM, False),
        ("random notes as of maestro", RANDOM, True),
        ("random notes as of openscore song", RANDOM, False),
    ]  # fmt: skip - nine chorales are too few
    assert all(len(s.clips) == len(s.piece) == 20 for s in sources)


def test_people_are_those_kept_from_training(sources, toy_corpus):
    assert set(sources[0].piece) == {w.song for w in toy_corpus.works if w.split == "test"}
    collection = Collection.gather({"openscore": corpus("openscore", 120, "song", 60.0)})
    assert set(sources[1].piece) <= {collection.works[i].song for i in collection.of("test")}


def test_all_scores_go_at_one_tempo(sources):
    # At their own 60 quarters a minute people's clips would have half the notes.
    people, machines = (np.median([len(c.notes) for c in s.clips]) for s in sources[1:3])
    assert people == pytest.approx(machines, abs=4)


def test_random_notes_are_as_many_as_peoples(sources):
    for people, by_chance in ((sources[0], sources[5]), (sources[1], sources[6])):
        for clip, random in zip(people.clips, by_chance.clips, strict=True):
            assert len(random.notes) == pytest.approx(len(clip.notes), abs=4)


def test_sources_are_seeded(toy_corpus):
    first, again, other = (
        order_sources(toy_corpus, None, {}, seed=seed, limit=3) for seed in (0, 0, 1)
    )
    for one, same, another in zip(first[1:], again[1:], other[1:], strict=True):
        assert np.array_equal(one.clips[2].notes, same.clips[2].notes)
        assert not np.array_equal(one.clips[2].notes, another.clips[2].notes)
