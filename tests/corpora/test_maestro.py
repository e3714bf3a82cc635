"""MAESTRO itself: what its publisher says of it, and the protocol's draw."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from musecritic.corpora.corpus import Corpus
from musecritic.corpora.draw import draw
from musecritic.corpora.registry import prepare
from musecritic.critic.testset import seed_test_set

BESIDE = Path(__file__).parents[3] / "shared" / "corpora"

pytestmark = pytest.mark.corpus


@pytest.fixture(scope="module")
def maestro() -> Corpus:
    root = Path(os.environ.get("MUSECRITIC_DATA", BESIDE))
    if not any(root.glob("maestro*")):
        pytest.skip("MAESTRO is not here: name the folder that holds it in MUSECRITIC_DATA")
    return prepare("maestro", root, failed=lambda error: pytest.fail(str(error)))


def test_it_is_what_was_published(maestro: Corpus) -> None:
    parts = [work.split for work in maestro.works]
    assert {part: parts.count(part) for part in parts} == {
        "train": 962,
        "validation": 137,
        "test": 177,
    }
    hours = sum(float(notes["offset"].max()) for _, notes in maestro) / 3600
    assert hours == pytest.approx(198.7, rel=0.01)
    assert maestro.bounds[-1] == pytest.approx(7.04e6, rel=0.01)


def test_the_protocols_draw_keeps_songs_apart(maestro: Corpus) -> None:
    manifest = draw(maestro, 0)
    assert {part: len(drawn) for part, drawn in manifest.parts.items()} == {
        "train": 560,
        "validation": 70,
        "test": 70,
    }
    songs = [{drawn.song for drawn in part} for part in manifest.parts.values()]
    assert len(set.union(*songs)) == sum(map(len, songs))


def test_every_clip_meets_one_negative_of_each_kind(maestro: Corpus) -> None:
    clips = seed_test_set(maestro, draw(maestro, 0), "validation")
    assert set(clips.kinds) == {"shuffle", "off-key", "noise"}
    for negatives in clips.kinds.values():
        assert negatives.rolls.shape[1:] == (88, 100)
        differ = (negatives.rolls != clips.real[negatives.of]).any(axis=(1, 2))
        assert differ.all()
