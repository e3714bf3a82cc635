"""What is held out is not learned from, in whatever corpus it stands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.conftest import made_up_notes

from musecritic.brain.held_out import Division, divide
from musecritic.corpora.collection import Collection
from musecritic.corpora.corpus import Corpus, Work
from musecritic.errors import BadInput
from musecritic.music.piece import Piece


@pytest.fixture(scope="module")
def collection() -> Collection:
    def corpus(name: str, works: list[Work]) -> Corpus:
        return Corpus.gather(name, ((work, Piece(made_up_notes(0, 3.0))) for work in works))

    human = [
        Work(f"h{i}", "Hugo Wolf", f"Lied {i}", origin="human", genre="song") for i in range(60)
    ]
    again = [
        Work(f"a{i}", "Hugo Wolf", f"Lied {i}", origin="human", genre="song")
        for i in range(0, 60, 3)
    ]
    made = [
        Work(f"m{i}", origin="ai", generator=("Mill", "Loom")[i % 2], genre="song")
        for i in range(40)
    ]
    return Collection.gather(
        {"one": corpus("one", human), "two": corpus("two", again), "made": corpus("made", made)},
        kept_out=[Work("x", "Hugo Wolf", "Lied 5")],
    )


def groups(collection: Collection, indices: list[int]) -> set[int]:
    return {collection.group[i] for i in indices}


def check(collection: Collection, division: Division) -> None:
    train, validation, held = (groups(collection, part) for part in division)
    assert not train & validation
    assert not train & held
    assert not validation & held
    assert not train & collection.kept_out


def test_folds_hold_every_work_out_once(collection: Collection) -> None:
    divisions = [divide(collection, f"fold:{i}/3") for i in range(3)]
    for division in divisions:
        check(collection, division)
        assert len(division.held) == pytest.approx(len(collection) / 3, abs=5)
        for maker in ("Mill", "Loom"):  # every stratum is spread over the folds
            held = [i for i in division.held if collection.works[i].generator == maker]
            assert 6 <= len(held) <= 7
    assert sorted(i for d in divisions for i in d.held) == list(range(len(collection)))
    assert divide(collection, "fold:0/3") == divisions[0]
    other = replace(collection, seed=1)
    assert divide(other, "fold:0/3") != divisions[0]


@pytest.mark.parametrize("hold_out", ["generator:Mill", "corpus:two"])
def test_what_came_from_one_place_is_held_out(collection: Collection, hold_out: str) -> None:
    division = divide(collection, hold_out)
    check(collection, division)
    if hold_out == "generator:Mill":
        assert {collection.works[i].generator for i in division.held} == {"Mill", ""}
        made = [i for i in division.held if collection.works[i].generator]
        assert len(made) == 20
        assert len(division.held) - len(made) == pytest.approx(80 / 5, abs=6)
    else:  # with it go the same works in another corpus
        assert {collection.where[i][0] for i in division.held} == {"one", "two"}


def test_the_own_parts_are_the_default(collection: Collection) -> None:
    division = divide(collection)
    check(collection, division)
    assert division.held == collection.of("test")


@pytest.mark.parametrize(
    ("hold_out", "why"),
    [
        ("fold:3/3", "names no fold"),
        ("fold:x", "names no fold"),
        ("generator:Suno", "Loom, Mill"),
        ("corpus:x", "made, one, two"),
        ("composer:Wolf", "none of"),
    ],
)
def test_a_line_that_holds_nothing_out_is_refused(
    collection: Collection, hold_out: str, why: str
) -> None:
    with pytest.raises(BadInput, match=why):
        divide(collection, hold_out)
