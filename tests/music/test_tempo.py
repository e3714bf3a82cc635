"""Tempo: what a piece keeps of it, and the same music at another one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import made_up_notes

from musecritic.music.abc_notation import parse_abc
from musecritic.music.limits import Limits
from musecritic.music.piece import Piece
from musecritic.music.tempo import Tempo, tempi_of, to_quarters, to_seconds

TUNE = b"X:1\nL:1/4\nQ:1/4=60\nM:4/4\nK:C\nCDEF|[Q:1/4=120]GABc|\n"


def test_a_score_keeps_its_tempi(tmp_path) -> None:
    piece = parse_abc(TUNE, tmp_path / "a.abc", limits=Limits())
    assert piece.tempi == (Tempo(0.0, 60.0), Tempo(4.0, 120.0))
    assert piece.duration == pytest.approx(6.0)


def test_at_one_tempo_every_quarter_is_as_long(tmp_path) -> None:
    piece = parse_abc(TUNE, tmp_path / "a.abc", limits=Limits()).at_tempo(90)
    assert np.allclose(np.diff(piece.notes["onset"]), 60 / 90)
    assert piece.tempi == (Tempo(0.0, 90),)


def test_without_tempi_it_goes_at_120() -> None:
    piece = Piece(made_up_notes(0, 10.0))
    assert np.allclose(piece.at_tempo(60).notes["onset"], 2 * piece.notes["onset"])


def test_a_tempo_that_is_never_heard_is_no_tempo() -> None:
    # Two at one place, and one that changes nothing.
    assert tempi_of([0, 0, 4], [2.0, 0.5, 0.5], 0.5) == (Tempo(0.0, 120.0),)


@given(
    st.lists(st.tuples(st.integers(0, 50), st.floats(0.1, 3.0)), max_size=6),
    st.lists(st.floats(0, 100), min_size=1, max_size=20),
)
def test_seconds_go_back_to_the_quarters_they_came_from(marks, quarters) -> None:
    where, pace = [at for at, _ in marks], [p for _, p in marks]
    seconds = to_seconds(quarters, where, pace, 0.5)
    assert np.allclose(to_quarters(seconds, tempi_of(where, pace, 0.5)), quarters)
