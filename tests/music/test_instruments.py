"""Instruments by their programs."""

from __future__ import annotations

import pytest

from musecritic.music.instruments import DRUMS, instrument, sounding
from musecritic.music.piece import Part


@pytest.mark.parametrize(
    ("program", "name"),
    [(0, "piano"), (6, "harpsichord"), (19, "organ"), (40, "violin"), (42, "cello"),
     (60, "horn"), (68, "oboe"), (73, "flute"), (52, "voice"), (127, "effects")],
)  # fmt: skip
def test_programs(program: int, name: str) -> None:
    assert instrument(Part("", program)) == name


def test_drums_have_no_program() -> None:
    assert instrument(Part("", 40, is_drum=True)) == DRUMS


def test_two_violins_are_one_instrument() -> None:
    parts = (Part("", 40), Part("", 40), Part("", 41), Part("", 42))
    assert sounding(parts, {0, 1, 2}) == ("viola", "violin")
