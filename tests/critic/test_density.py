"""Music far from all that the network learned from is told from music that is near."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from musecritic.critic.density import FAR_SHARE, Density, far_from


def cloud(at: float, n: int = 4000, seed: int = 0, width: int = 8) -> np.ndarray:
    """Points around a place on every axis, wide along the first axis and narrow along the rest."""
    spread = np.r_[5.0, np.ones(width - 1)]
    return at + np.random.default_rng(seed).standard_normal((n, width)) * spread


def distances(density: Density, points: np.ndarray) -> np.ndarray:
    return density(torch.from_numpy(points).float()).numpy()


def test_distance_is_mahalanobis_to_the_nearest_corpus() -> None:
    known = {"one": cloud(0), "other": cloud(40, seed=1)}
    density = Density.fit(known)
    points = np.concatenate([cloud(0, 5, seed=2), cloud(40, 5, seed=3)])
    nearest = np.repeat([known["one"].mean(0), known["other"].mean(0)], 5, axis=0)
    spread = (np.cov(known["one"].T, bias=True) + np.cov(known["other"].T, bias=True)) / 2
    spread = 0.9 * spread + 0.1 * np.trace(spread) / 8 * np.eye(8)
    away = points - nearest
    expected = np.sqrt(np.einsum("ni,ij,nj->n", away, np.linalg.inv(spread), away) / 8)
    np.testing.assert_allclose(distances(density, points), expected, rtol=1e-3)


def test_a_step_along_the_narrow_way_is_farther_than_along_the_wide_one() -> None:
    density = Density.fit({"one": cloud(0)})
    wide, narrow = np.zeros((2, 8))
    wide[0], narrow[1] = 6.0, 6.0
    near, far = distances(density, np.stack([wide, narrow]))
    assert far > 2 * near


def test_few_clips_of_a_left_out_corpus_are_far() -> None:
    known = {name: cloud(at, seed=i) for i, (name, at) in enumerate([("a", 0), ("b", 3), ("c", 6)])}
    kept = {name: cloud(own.mean(), 1000, seed=9) for name, own in known.items()}
    far = far_from(known, kept)
    beyond = [
        distances(Density.fit({k: v for k, v in known.items() if k != name}), own) > far
        for name, own in kept.items()
    ]
    assert np.mean(beyond) == pytest.approx(FAR_SHARE, abs=0.002)


def test_one_corpus_alone_is_not_left_out() -> None:
    far = far_from({"one": cloud(0)}, {"one": cloud(0, seed=1)})
    assert np.mean(distances(Density.fit({"one": cloud(0)}), cloud(0, seed=2)) > far) < 0.05


def test_without_known_music_there_is_no_distance() -> None:
    assert np.isnan(distances(Density(0, 8), cloud(0, 3))).all()
    assert not Density(0, 8).state_dict()
