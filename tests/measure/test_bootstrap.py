import json

import numpy as np
import pytest

from musecritic.measure.bootstrap import Bootstrap, Estimate, intervals, values
from musecritic.measure.metrics import mean


def test_interval_contains_the_point_and_is_a_plain_bootstraps():
    rng = np.random.default_rng(1)
    songs = np.repeat([f"song {i}" for i in range(40)], 5)
    x = np.repeat(rng.normal(0, 1, 40), 5) + rng.normal(0, 0.1, 200)
    estimate = Bootstrap.over(songs).estimate(lambda w: mean(x, w))
    assert estimate.value == pytest.approx(x.mean())
    assert estimate.low < estimate.value < estimate.high
    by_song = x.reshape(40, 5).mean(axis=1)
    plain = [by_song[rng.integers(0, 40, 40)].mean() for _ in range(4000)]
    assert (estimate.low, estimate.high) == pytest.approx(
        np.percentile(plain, [2.5, 97.5]), abs=0.04
    )


def test_songs_are_drawn_whole():
    bootstrap = Bootstrap.over(np.array(["b", "a", "a", "b", "c"]), n=50)
    weights = bootstrap.draws[:, bootstrap.song]
    assert (weights[:, 0] == weights[:, 3]).all()
    assert (weights[:, 1] == weights[:, 2]).all()
    assert (bootstrap.draws.sum(axis=1) == 3).all()


def test_the_same_seed_draws_the_same():
    songs = np.array(list("abcdef"))
    assert (Bootstrap.over(songs).draws == Bootstrap.over(songs).draws).all()


def test_a_tree_splits_into_values_and_intervals():
    tree = {"a": Estimate(0.5, 0.4, np.nan), "b": {"c": np.int64(3), "d": [np.float32(1)]}}
    assert values(tree) == {"a": 0.5, "b": {"c": 3, "d": [1.0]}}
    assert intervals(tree) == {"a": [0.4, None]}
    json.dumps(values(tree))
