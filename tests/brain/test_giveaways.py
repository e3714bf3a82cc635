"""Giveaways are found where they are, and not where the form has taken them away."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.conftest import made_up_notes

from musecritic.brain.evaluation.data_report import report_data
from musecritic.brain.evaluation.giveaways import comparisons, giveaways, out_of_fold
from musecritic.brain.one_form import GRID, QPM, VELOCITY, excerpt, length_of, one_form, sheet
from musecritic.brain.statistics import LAYOUT, STATISTICS, layout, statistics
from musecritic.corpora.collection import Collection
from musecritic.corpora.corpus import Corpus, Work
from musecritic.music.notes import notes_from
from musecritic.music.piece import Part, Piece
from musecritic.music.tempo import Tempo


def chorale(seed: int, *, tempo: float) -> Piece:
    """The same kind of music for people and machines, at another tempo and loudness."""
    notes = made_up_notes(seed, 40.0)
    notes["velocity"] = tempo / 2
    return Piece(notes, tempi=(Tempo(0.0, 120.0),)).at_tempo(tempo)


@pytest.fixture(scope="module")
def collection() -> Collection:
    n = 40
    people = [
        (Work(f"h{i}", "Anon", f"Chorale {i}", origin="human", genre="chorale"), 80.0)
        for i in range(n)
    ]
    machine = [
        (Work(f"m{i}", origin="ai", generator="Mill", genre="chorale"), 150.0) for i in range(n)
    ]
    corpora = {
        name: Corpus.gather(
            name, ((w, chorale(first + i, tempo=t)) for i, (w, t) in enumerate(works))
        )
        for name, works, first in (("people", people, 0), ("machine", machine, 100))
    }
    return Collection.gather(corpora)


def test_the_tempo_gives_published_files_away_and_the_form_takes_it(collection) -> None:
    (record,) = giveaways(collection).values()
    assert record["n_human"] == record["n_ai"] == 40
    assert record["as_published"]["auroc"][record["as_published"]["best"]].value > 0.99
    for estimate in record["one_form"]["auroc"].values():
        assert estimate.low < 0.6
    tempo = record["as_published"]["distribution"]["tempo, quarters a minute"]
    assert tempo == {"human": [80.0] * 3, "ai": [150.0] * 3}


def test_a_layout_is_counted_by_hand() -> None:
    # At 120 a minute: quarters on 0, 1, 2 above, an eighth off the beat, one off the eighths below.
    onset, length = np.array([0, 1, 2, 2.5, 4.25]) / 2, np.array([1, 1, 1, 0.5, 2]) / 2
    notes = notes_from(onset, onset + length, [60, 60, 64, 67, 40], 80, [0, 0, 0, 0, 1])
    counted = dict(zip(LAYOUT, layout(Piece(notes, (Part("", 0), Part("", 0)))), strict=True))
    assert counted == pytest.approx(
        {
            "quarters beyond whole bars of four": 2.25,
            "unevenness of parts": 1.5 / 5,
            "repeated notes": 1 / 3,
            "onsets where a bar of four begins": 1 / 5,
            "notes of an eighth": 1 / 5,
            "onsets off the eighths": 1 / 5,
            "length of the last notes, quarters": 2.0,
        }
    )


def test_the_report_is_written_whole(collection, tmp_path) -> None:
    record = report_data(collection, tmp_path, command="evaluate")
    assert json.loads((tmp_path / "data.json").read_text("utf-8")) == record
    page = (tmp_path / "data.md").read_text("utf-8")
    assert "chorale, Mill" in page
    assert "80 (80 to 80); 150 (150 to 150)" in page
    assert sum(row["train"] for row in record["works"]) == len(collection.of("train"))


def test_only_genres_with_both_are_compared(collection) -> None:
    (pair,) = comparisons(collection)
    assert pair.name == "chorale, Mill"


def test_a_work_is_never_judged_by_a_fold_that_saw_it() -> None:
    # Two files of each work are alike; what is learned from one may not judge the other.
    rng = np.random.default_rng(0)
    works = np.repeat(np.arange(60), 2)
    numbers = np.repeat(rng.normal(size=(60, 3)), 2, axis=0)
    is_ai = np.repeat(rng.random(60) < 0.5, 2)
    for score in out_of_fold(numbers, is_ai, works, 0).values():
        assert abs(np.corrcoef(score, is_ai)[0, 1]) < 0.4


def test_one_form_is_one_form() -> None:
    notes = notes_from(
        [0.51, 0.51, 0.9, 1.4],
        [1.2, 3.0, 2.0, 1.6],
        [60, 60, 60, 40],
        [30, 90, 50, 20],
        [0, 1, 1, 0],
    )
    piece = Piece(notes, (Part("", 40), Part("", 42)), tempi=(Tempo(0.0, 60.0), Tempo(1.0, 30.0)))
    formed = one_form(piece)
    assert formed.parts == (Part("Piano"),)
    assert set(formed.notes["velocity"]) == {VELOCITY}
    steps = formed.notes["onset"] * QPM / 60 * GRID
    assert np.allclose(steps, np.round(steps))
    assert formed.notes["onset"].min() == 0
    # Two notes of one pitch at once are one; it ends where the pitch is struck again.
    sounding = formed.notes[formed.notes["pitch"] == 60]
    assert len(sounding) == 2
    assert sounding["offset"][0] == pytest.approx(sounding["onset"][1])
    assert statistics(formed)[STATISTICS.index("velocities")] == 1


def test_one_form_of_the_form_is_itself() -> None:
    formed = one_form(Piece(made_up_notes(0)))
    assert np.array_equal(one_form(formed).notes, formed.notes)


@pytest.mark.parametrize("at_end", [False, True])
def test_an_excerpt_is_as_long_as_asked_for(at_end: bool) -> None:
    formed = sheet(Piece(made_up_notes(0)))
    part = excerpt(formed, 12, at_end=at_end)
    assert length_of(part) <= 12 * GRID
    assert excerpt(formed, 1000, at_end=at_end) is None
    last = part[part[:, 2] == part[:, 2].max(), 0]
    assert (set(last) == set(formed[formed[:, 2] == formed[:, 2].max(), 0])) == at_end
