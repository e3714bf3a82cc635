"""Late composers are found, and what was trained on stands apart from what was not."""

from __future__ import annotations

import numpy as np
import pytest
from tests.conftest import made_up_notes

from musecritic.corpora.collection import Collection
from musecritic.corpora.corpus import Corpus, Work
from musecritic.critic.evaluation.calibration import Calibration
from musecritic.critic.evaluation.late_composers import by_style, late_works
from musecritic.critic.evaluation.music_sections import style_section
from musecritic.critic.evaluation.outcome import Outcome
from musecritic.critic.other_styles import trained_on_others
from musecritic.music.piece import Piece

SCRIABIN, WEBERN = "Alexander Scriabin", "Anton Webern"


def corpus(name: str, works: list[Work]) -> Corpus:
    return Corpus.gather(name, ((work, Piece(made_up_notes(0, 20.0))) for work in works))


@pytest.fixture
def maestro() -> Corpus:
    return corpus(
        "maestro",
        [
            Work("a", SCRIABIN, "Sonata 5", "train"),
            Work("b", SCRIABIN, "Sonata 9", "validation"),
            Work("c", SCRIABIN, "Vers la flamme", "test"),
            Work("d", SCRIABIN, "Sonata 5", "test"),  # of a song that was trained on
            Work("e", "Claude Debussy", "Images", "test"),
        ],
    )


@pytest.fixture
def collection() -> Collection:
    works = [Work(f"{i}", WEBERN, f"Lied {i}", genre="song") for i in range(20)]
    return Collection.gather(
        {
            "openscore": corpus("openscore", works),
            "musicnet": corpus("musicnet", [Work("x", WEBERN, "Bagatellen", genre="quartet")]),
        }
    )


def test_works_are_found_by_composer_and_part(maestro, collection):
    found = late_works(maestro, collection, trained_on_others=True)
    assert [(g.composer, g.corpus, g.part, g.trained) for g in found] == [
        (SCRIABIN, "maestro", "kept", False),
        (SCRIABIN, "maestro", "train", True),
        (WEBERN, "openscore", "kept", False),
        (WEBERN, "openscore", "train", True),
    ]
    assert [set(g.works) for g in found[:2]] == [{"b", "c"}, {"a"}]
    kept = {collection.works[i].path for i in range(20) if collection.part[i] != "train"}
    assert set(found[2].works) == kept
    assert set(found[3].works) == {f"{i}" for i in range(20)} - kept


def test_a_critic_of_maestro_alone_was_trained_on_no_score(maestro, collection):
    found = late_works(maestro, collection, trained_on_others=False)
    assert [g.trained for g in found] == [False, True, False, False]
    assert {g.corpus for g in late_works(maestro, None, trained_on_others=False)} == {"maestro"}


@pytest.mark.parametrize(
    ("training", "met"),
    [
        ({}, False),
        ({"recipe": {"others": 0.0}, "initial": None}, False),
        ({"recipe": {"others": 0.25}}, True),
        ({"recipe": {"others": 0.0}, "initial": {"training": {"recipe": {"others": 0.25}}}}, True),
        ({"recipe": {}, "initial": {"training": {"recipe": {"others": 0.0}}}}, False),
    ],
)
def test_the_card_tells_whether_other_music_was_trained_on(training, met):
    assert trained_on_others(training) is met


def test_false_alarms_by_composer(maestro):
    def read(clips):
        # Of each piece's two clips the second is refused.
        return np.array([2.0 if clip.start == 0 else -1.0 for clip in clips]), None

    late = late_works(maestro, None, trained_on_others=False)
    found = by_style(read, late, Calibration(1.0, 0.5), 0, None)
    row = found[SCRIABIN]["maestro, kept"]
    assert row["false_alarm"].value == pytest.approx(0.5)
    assert row["pieces"].value == 0
    assert (row["n_clips"], row["n_pieces"], row["trained"]) == (4, 2, False)
    text = style_section(Outcome({"by_style": found}).record())
    assert (
        f"| {SCRIABIN} | maestro, kept | no | 50.0 [50.0, 50.0] | 0.0 [0.0, 0.0] | 4 | 2 |" in text
    )
    assert "Nothing is here: Arnold Schoenberg, Anton Webern, Alban Berg, Béla Bartók." in text


def test_who_was_only_trained_on_is_named(maestro):
    def read(clips):
        return np.ones(len(clips)), None

    late = [g for g in late_works(maestro, None, trained_on_others=False) if g.trained]
    found = by_style(read, late, Calibration(1.0, 0.5), 0, None)
    text = style_section(Outcome({"by_style": found}).record())
    assert f"All that is here was trained on: {SCRIABIN}." in text
