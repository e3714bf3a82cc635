"""Suspects are rare among clean notes, however many there are, and found among wrong ones."""

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from musecritic.critic.tail import SHARES, chance, suspects, tail_of


def test_chance_is_the_share_of_clean_notes_above() -> None:
    rng = np.random.default_rng(0)
    tail = tail_of(rng.normal(size=1_000_000))
    assert len(tail) == len(SHARES)
    fresh = np.array([1.0, 2.0, 3.0])
    true = np.array([(rng.normal(size=1_000_000) >= x).mean() for x in fresh])
    assert chance(fresh, tail) == pytest.approx(true, rel=0.25)
    falling = chance(np.linspace(-5, 12, 200), tail)
    assert (np.diff(falling) <= 0).all()
    assert falling[0] == 1
    assert 0 < falling[-1] < SHARES[-1]


def test_few_notes_tell_of_common_shares_alone() -> None:
    assert len(tail_of(np.zeros(1000))) == SHARES.index(0.003) + 1
    assert tail_of(np.zeros(3)) == ()


@pytest.mark.parametrize("n_notes", [50, 5000])
def test_clean_music_has_suspects_as_often_as_the_level_says(n_notes: int) -> None:
    rng = np.random.default_rng(n_notes)
    accused = np.mean([suspects(rng.random(n_notes), 0.1).any() for _ in range(1000)])
    assert 0.06 < accused < 0.14


def test_suspects_are_those_of_the_published_procedure() -> None:
    rng = np.random.default_rng(1)
    chances = np.concatenate([rng.random(200), rng.random(20) * 1e-4])
    assert np.array_equal(suspects(chances, 0.05), false_discovery_control(chances) <= 0.05)
    assert suspects(chances, 0.05)[-20:].mean() > 0.8
    assert not suspects(np.empty(0), 0.05).any()
