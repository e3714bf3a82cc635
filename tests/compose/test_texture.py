"""Texture counts what a musician would count."""

from __future__ import annotations

import numpy as np
import pytest

from musecritic.compose.texture import chance, reduced, texture


def roll_of(*notes: tuple[int, int, int]) -> np.ndarray:
    roll = np.zeros((88, 100), np.uint8)
    for pitch, first, end in notes:
        roll[pitch - 21, first:end] = 1
    return roll


def test_a_major_scale_is_in_its_key() -> None:
    scale = [60, 62, 64, 65, 67, 69, 71, 72]
    measured = texture(roll_of(*((p, 10 * i, 10 * i + 9) for i, p in enumerate(scale))))
    assert measured["in_key"] == 1
    assert measured["notes"] == measured["distinct"] == 8
    assert measured["span"] == 12
    assert measured["repeated"] == 0
    assert np.isnan(measured["clashes"])  # nothing sounds together


def test_a_chromatic_scale_is_in_no_key() -> None:
    measured = texture(roll_of(*((60 + i, 8 * i, 8 * i + 8) for i in range(12))))
    assert measured["in_key"] == pytest.approx(7 / 12)


@pytest.mark.parametrize(("pitches", "share"), [((60, 61), 1), ((60, 71), 1), ((60, 67), 0)])
def test_clashes(pitches: tuple[int, int], share: float) -> None:
    assert texture(roll_of(*((p, 0, 9) for p in pitches)))["clashes"] == share


def test_of_three_pairs_one_clashes() -> None:
    assert texture(roll_of((60, 0, 9), (64, 0, 9), (65, 0, 9)))["clashes"] == pytest.approx(1 / 3)


def test_repeated_notes() -> None:
    assert texture(roll_of((60, 0, 9), (60, 10, 19), (62, 20, 29)))["repeated"] == pytest.approx(
        1 / 3
    )
    assert texture(roll_of((60, 0, 9), (60, 30, 39)))["repeated"] == 0


def test_silence() -> None:
    measured = texture(roll_of())
    assert measured["notes"] == 0
    assert np.isnan(measured["in_key"])


def test_the_rhythm_is_the_compositions() -> None:
    rng = np.random.default_rng(0)
    lot = chance(rng, 3, 9, 10)
    assert (lot.sum(axis=0) == np.tile([3] * 9 + [0], 10)).all()
    music = roll_of((60, 0, 100), (64, 5, 7), (67, 50, 52), (70, 51, 60), (72, 55, 58))
    thin = reduced(rng, music, 3, 9, 10)
    assert thin.sum(axis=0)[[0, 9, 15, 55]].tolist() == [2, 0, 1, 3]
    assert not thin[~music.any(axis=1)].any()
