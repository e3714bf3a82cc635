"""Some of many, evenly."""

import pytest

from musecritic.measure.evenly import evenly, evenly_of
from musecritic.measure.metrics import log_odds, sigmoid


@pytest.mark.parametrize(("n", "limit", "kept"), [(5, 3, [0, 2, 4]), (3, 7, [0, 1, 2]), (0, 4, [])])
def test_first_and_last_are_kept(n, limit, kept) -> None:
    assert evenly(n, limit).tolist() == kept
    assert evenly_of("abcde"[:n], limit) == ["abcde"[index] for index in kept]


def test_without_a_limit_all_are_kept() -> None:
    assert evenly(4, None).tolist() == [0, 1, 2, 3]


def test_log_odds_undo_the_sigmoid_and_stay_finite() -> None:
    assert log_odds(sigmoid(2.5)) == pytest.approx(2.5)
    assert log_odds([0.0, 1.0]) == pytest.approx([-13.8155, 13.8155], abs=1e-3)
