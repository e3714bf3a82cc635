"""Windows: what sounds in ten seconds, who plays, and what is told of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from tests.conftest import made_up_notes

from musecritic.brain.cells import ROWS
from musecritic.brain.judged import rendered
from musecritic.brain.playing import ANY, BEGINS, COLUMNS, playing
from musecritic.brain.rendition import Rendition
from musecritic.brain.spectrogram import BINS, bin_of_hz
from musecritic.brain.training.lots import pools
from musecritic.brain.training.windows import Windows, formed
from musecritic.brain.window import FRAMES, starts, target, window
from musecritic.corpora.collection import Collection
from musecritic.corpora.corpus import Corpus, Work
from musecritic.music.notes import notes_from
from musecritic.music.piece import Part, Piece

PLAIN = Rendition()
LABELS = {"origin": ("ai",), "period": ("Baroque", "Modern"), "instruments": ("cello", "violin")}


def test_a_window_hears_its_own_ten_seconds() -> None:
    notes = notes_from([3.0, 14.0], [4.0, 15.0], [81, 60], 90)
    piece = Piece(notes, (Part("", 73),))
    first, _ = window(piece, PLAIN, 0.0)
    second, _ = window(piece, PLAIN, 10.0)
    assert first.shape == second.shape == (BINS, FRAMES)
    high, low = (round(float(bin_of_hz(hz))) for hz in (880.0, 261.63))
    assert first[high, 62:78].mean() > 0.8 > 0.5 > first[low, 62:78].mean()
    assert second[low, 82:98].mean() > 0.6
    assert second[high].max() < 0.6


def test_what_rings_on_from_before_is_heard_but_not_its_attack() -> None:
    piece = Piece(notes_from([9.0], [15.0], [69], 90), (Part("", 19),))
    picture, instruments = window(piece, PLAIN, 10.0)
    assert picture[round(float(bin_of_hz(440.0))), 2:50].mean() > 0.5
    assert instruments == ("organ",)


def test_instruments_are_those_that_play_in_the_window() -> None:
    notes = notes_from([0.0, 12.0], [1.0, 13.0], [60, 48], part=[0, 1])
    piece = Piece(notes, (Part("", 40), Part("", 42)))
    assert window(piece, PLAIN, 0.0)[1] == ("violin",)
    assert window(piece, PLAIN, 10.0)[1] == ("cello",)


def test_a_piece_rendered_at_once_is_heard_as_window_by_window() -> None:
    piece = Piece(made_up_notes(0, 100.0), (Part("", 19),))
    heard = dict(rendered(piece, PLAIN))
    assert list(heard) == starts(piece.duration)
    for start in (0.0, 35.0, 80.0):  # the last is of the second stretch
        alone, _ = window(PLAIN.arrange(piece), PLAIN, start)
        assert (heard[start] - alone).abs().mean() < 0.02


def test_who_plays_where_is_known_by_the_cell() -> None:
    notes = notes_from([0.0, 10.5, 12.0], [1.0, 11.0, 30.0], [60, 57, 21], part=[0, 1, 2])
    piece = Piece(notes, (Part("", 40), Part("", 40), Part("", 42)))
    names = ("flute", "violin")
    where = playing(piece, 10.0, names)
    assert where[1].nonzero().tolist() == [[57 - 21, column] for column in range(5, 10)]
    assert not where[0].any()
    assert where[ANY].sum() == 5 + 80  # the cello has no name here, but is heard
    assert where[ANY, 0, 20:].all()
    begun = where[BEGINS].nonzero().tolist()
    assert begun == [[0, 20], [57 - 21, 5]]  # not what was held from before


def test_a_short_note_has_a_cell_and_drums_have_none() -> None:
    notes = notes_from([0.05, 0.5], [0.06, 1.0], [60, 36], part=[0, 1])
    piece = Piece(notes, (Part("", 40), Part("", 0, is_drum=True)))
    assert playing(piece, 0.0, ("violin",)).nonzero().tolist() == [
        [0, 39, 0],
        [1, 39, 0],
        [2, 39, 0],
    ]


def test_silence_is_a_window_too() -> None:
    picture, instruments = window(Piece(notes_from([], [], [])), PLAIN, 0.0)
    assert not picture.any()
    assert instruments == ()


@pytest.mark.parametrize(("duration", "n"), [(0.0, 1), (9.0, 1), (10.0, 1), (15.0, 2), (61.0, 11)])
def test_windows_begin_every_five_seconds(duration: float, n: int) -> None:
    found = starts(duration)
    assert len(found) == n
    assert np.allclose(np.diff(found), 5.0)
    assert found[-1] + 10 <= max(duration, 10.0)


def test_a_silent_head_is_told_nothing() -> None:
    told = target(LABELS, {"origin": ("ai",), "instruments": ("violin",)})
    assert told[0] == 1
    assert all(math.isnan(value) for value in told[1:3])
    assert told[3:].tolist() == [0, 1]


@pytest.fixture(scope="module")
def collection() -> Collection:
    works = [
        Work(f"h{i}", "A", f"H{i}", origin="human", period="Modern", genre="song")
        for i in range(90)
    ]
    works += [Work(f"m{i}", origin="ai", generator="Mill", genre="song") for i in range(30)]
    works += [Work(f"f{i}", origin="ai", generator="Few", genre="song") for i in range(3)]
    notes = made_up_notes(0, 60.0)
    corpus = Corpus.gather("x", ((w, Piece(notes, (Part("", 40),))) for w in works))
    return Collection.gather({"x": corpus})


def test_a_machine_with_few_works_does_not_weigh_as_much_as_people(collection) -> None:
    found = pools(collection.works, range(len(collection)))
    assert {maker: len(works) for maker, works in found["song"].items()} == {"": 93, "Mill": 30}


def test_windows_repeat_and_tell_origin_in_one_form_alone(collection) -> None:
    def draw(epoch: int) -> list[tuple[torch.Tensor, ...]]:
        windows = Windows(collection, list(range(len(collection))), LABELS, 40, 0, epoch)
        assert len(windows) == 40
        return [windows[i] for i in range(len(windows))]

    one, again, other = draw(0), draw(0), draw(1)
    assert all(torch.equal(a, b) for (a, *_), (b, *_) in zip(one, again, strict=True))
    assert not all(torch.equal(a, b) for (a, *_), (b, *_) in zip(one, other, strict=True))
    origin = torch.stack([told[0] for _, told, _ in one])
    assert 10 < int(origin.isnan().sum()) < 25  # as the files are published
    machines = origin[~origin.isnan()].mean()
    assert 0.25 < float(machines) < 0.75
    for picture, told, where in one:
        assert picture.max() == 1
        assert where.shape == (4, ROWS, COLUMNS)
        assert where[ANY].any()
        if told[0] == 1:  # a machine has no period
            assert told[1:3].isnan().all()


def test_a_piece_in_form_is_an_excerpt(collection) -> None:
    rng = np.random.default_rng(0)
    assert formed(collection.piece(0), "chorale", rng).duration == pytest.approx(16.0, abs=0.5)
