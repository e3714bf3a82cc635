"""The collection: no work stands on two sides, whichever corpora it comes from."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from tests.conftest import made_up_notes

from musecritic.corpora.collection import Collection
from musecritic.corpora.corpus import Corpus, Work
from musecritic.errors import MissingCorpus
from musecritic.music.notes import notes_from
from musecritic.music.piece import Part, Piece

BEETHOVEN = "Ludwig van Beethoven"


def corpus(name: str, works: list[Work]) -> Corpus:
    notes = made_up_notes(0, 3.0)
    return Corpus.gather(name, ((work, Piece(notes)) for work in works))


@pytest.fixture(scope="module")
def collection() -> Collection:
    quartets = [
        Work(f"{i}-{j}", BEETHOVEN, f"Quartet, Op. {i}", genre="quartet")
        for i in range(40)
        for j in range(3)
    ]
    scores = [
        Work(f"s{i}", BEETHOVEN, f"String Quartet op {i}", genre="quartet") for i in range(60)
    ]
    songs = [Work(f"l{i}", "Hugo Wolf", f"Lied {i}", genre="song") for i in range(100)]
    made = [Work(f"m{i}", genre="song", origin="ai") for i in range(50)]
    return Collection.gather(
        {
            "one": corpus("one", quartets),
            "other": corpus("other", scores + songs),
            "machine": corpus("machine", made),
        },
        kept_out=[Work("x", BEETHOVEN, "Quartet, Op. 7"), Work("y", "Hugo Wolf", "Lied 3")],
    )


def test_no_work_stands_on_two_sides(collection: Collection) -> None:
    for group in set(collection.group):
        parts = {p for p, g in zip(collection.part, collection.group, strict=True) if g == group}
        assert len(parts) == 1
    assert len(set(collection.group)) == 60 + 100 + 50


@pytest.mark.parametrize(("genre", "least"), [("quartet", 60), ("song", 150)])
def test_every_genre_is_split_80_10_10(collection: Collection, genre: str, least: int) -> None:
    seen = {
        group: part
        for group, part, work in zip(
            collection.group, collection.part, collection.works, strict=True
        )
        if work.genre == genre
    }
    count = Counter(seen.values())
    assert sum(count.values()) == least
    assert count["train"] == pytest.approx(0.8 * least, abs=3)
    assert count["test"] == pytest.approx(0.1 * least, abs=3)


def test_what_is_kept_out_is_never_trained_on(collection: Collection) -> None:
    for index, work in enumerate(collection.works):
        if work.title in ("Quartet, Op. 7", "String Quartet op 7", "Lied 3"):
            assert collection.part[index] == "test"


def test_the_split_repeats_and_follows_its_seed(collection: Collection) -> None:
    again = Collection.gather(collection.corpora)
    assert again.part == Collection.gather(collection.corpora).part
    assert again.part != Collection.gather(collection.corpora, seed=1).part


def test_pieces_and_instruments_are_the_works_own() -> None:
    parts = (Part("", 40), Part("", 42), Part("", 73))
    notes = notes_from([0, 1], [1, 2], [60, 48], part=[0, 1])
    one = Corpus.gather("one", [(Work("a"), Piece(made_up_notes(0)))])
    two = Corpus.gather("two", [(Work("b"), Piece(notes, parts))])
    found = Collection.gather({"one": one, "two": two})
    assert found.instruments(1) == ("cello", "violin")  # the flute has no note
    assert np.array_equal(found.piece(1).notes["pitch"], notes["pitch"])


def test_where_no_corpus_is_the_names_are_said(tmp_path) -> None:
    with pytest.raises(MissingCorpus, match="musicnet"):
        Collection.open(
            tmp_path, failed=lambda e: None, uncached=lambda e: None, progress=lambda *a: None
        )
