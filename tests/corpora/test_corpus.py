"""Corpora: the cache tells what was read, draws repeat, songs never stand on two sides."""

from __future__ import annotations

import numpy as np
import pytest
from tests.conftest import made_up_notes

from musecritic.corpora import draw as drawing
from musecritic.corpora.corpus import Corpus, Work
from musecritic.corpora.draw import Manifest, draw, drawn_rolls, indices_by_part
from musecritic.errors import BadInput, MissingCorpus
from musecritic.music.piece import Piece
from musecritic.music.roll import piano_roll


def test_saved_and_opened_again_it_is_the_same(toy_corpus: Corpus, tmp_path) -> None:
    toy_corpus.save(tmp_path / "toy.npz")
    opened = Corpus.open(tmp_path / "toy.npz")
    assert opened.works == toy_corpus.works
    assert opened.fingerprint == toy_corpus.fingerprint
    for (_, one), (_, two) in zip(opened, toy_corpus, strict=True):
        assert np.array_equal(one, two)


def test_notes_are_kept_to_a_tenth_of_a_millisecond(toy_corpus: Corpus) -> None:
    original = made_up_notes(3, 60.0)
    assert np.allclose(toy_corpus[3]["onset"], original["onset"], atol=5e-5)
    assert np.allclose(toy_corpus[3]["offset"], original["offset"], atol=1e-4)
    for name in ("pitch", "velocity"):
        assert np.array_equal(toy_corpus[3][name], original[name])


def test_a_damaged_cache_is_named(tmp_path) -> None:
    bad = tmp_path / "bad.npz"
    bad.write_bytes(b"PK\x03\x04 no more")
    with pytest.raises(MissingCorpus, match=r"bad\.npz.*prepare"):
        Corpus.open(bad)


def test_a_song_in_two_parts_is_dropped_from_the_later() -> None:
    works = [
        Work("a", "Bach", "Fugue", "train"),
        Work("b", "Bach", "Fugue", "validation"),
        Work("c", "Bach", "Prelude", "validation"),
        Work("d", "Bach", "Prelude", "test"),
        Work("e", "Liszt", "Fugue", "test"),
    ]
    corpus = Corpus.gather("x", ((w, Piece(made_up_notes(0))) for w in works))
    assert indices_by_part(corpus) == {"train": [0], "validation": [2], "test": [4]}


def test_a_draw_repeats_and_holds_ten_different_clips(toy_corpus, toy_manifest) -> None:
    again = draw(toy_corpus, 0, {"train": 5, "validation": 3, "test": 3})
    assert again == toy_manifest
    assert draw(toy_corpus, 1, {"train": 5, "validation": 3, "test": 3}) != toy_manifest
    songs = [{d.song for d in drawn} for drawn in toy_manifest.parts.values()]
    assert len(set.union(*songs)) == sum(map(len, songs))
    for drawn in toy_manifest.parts["train"]:
        assert len(set(drawn.starts)) == len(drawn.starts) == 6  # a minute has no more than six


def test_drawn_rolls_are_the_pieces_own(toy_corpus, toy_manifest) -> None:
    drawn, rolls = next(drawn_rolls(toy_corpus, toy_manifest, "test"))
    index = [w.path for w in toy_corpus.works].index(drawn.path)
    whole = piano_roll(toy_corpus[index], 60.0)
    first = round(drawn.starts[1] * 10)
    assert np.array_equal(rolls[1], whole[:, first : first + 100])


def test_a_manifest_survives_its_file(toy_manifest: Manifest, tmp_path) -> None:
    toy_manifest.save(tmp_path / "m.json")
    assert Manifest.open(tmp_path / "m.json") == toy_manifest


def test_a_manifest_of_another_corpus_is_refused(toy_manifest: Manifest) -> None:
    other = Corpus.gather("o", [(Work("0.mid"), Piece(made_up_notes(9)))])
    with pytest.raises(BadInput, match="fingerprint"):
        next(drawn_rolls(other, toy_manifest, "test"))


def test_the_protocol_needs_maestro_whole(toy_corpus: Corpus) -> None:
    with pytest.raises(BadInput, match="560"):
        draw(toy_corpus)
    assert sum(drawing.PERFORMANCES.values()) == 700
