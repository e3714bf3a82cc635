"""Sources: a passage is found again in another key, and nearness is weighed against others'."""

from __future__ import annotations

import numpy as np
import pytest

from musecritic.brain.melody import LENGTH, runs, skyline
from musecritic.brain.one_form import GRID
from musecritic.brain.sources import Passages, Sources
from musecritic.errors import BadWeights

D = 60


def tune(seed: int, n: int = 80) -> np.ndarray:
    rng = np.random.default_rng(seed)
    onset = np.cumsum(rng.choice([GRID // 2, GRID], n))
    return np.stack([60 + rng.integers(-12, 13, n), onset, onset + GRID // 2], axis=1)


def work(i: int, group: int | None = None) -> Passages:
    rng = np.random.default_rng(100 + i)
    return Passages(
        f"work {i}",
        "made up",
        i if group is None else group,
        5.0 * np.arange(6),
        rng.normal(size=(6, D)).astype(np.float32),
        runs(tune(i)),
    )


@pytest.fixture(scope="module")
def works() -> list[Passages]:
    return [work(i) for i in range(40)]


@pytest.fixture(scope="module")
def sources(works) -> Sources:
    return Sources.build(works)


def test_the_melody_is_the_highest_of_every_onset() -> None:
    sheet = np.array([[48, 0, 10], [60, 0, 10], [55, 10, 20], [62, 20, 30], [50, 20, 30]])
    assert skyline(sheet)[:, 0].tolist() == [60, 55, 62]
    assert len(runs(sheet).code) == 0


def test_runs_are_the_same_in_every_key_and_at_every_time() -> None:
    one, other = tune(0), tune(0) + np.array([5, 7 * GRID, 7 * GRID])
    assert np.array_equal(runs(one).code, runs(other).code)
    assert len(runs(one).code) == 80 - LENGTH
    slower = tune(0) * np.array([1, 2, 2])
    assert not np.isin(runs(slower).code, runs(one).code).any()
    changed = tune(0)
    changed[40, 0] += 1
    differing = (runs(changed).code != runs(one).code).nonzero()[0]
    assert differing.min() == 40 - LENGTH
    assert differing.max() == 40


def test_a_passage_is_found_again(sources, works) -> None:
    found = sources.nearest(np.array([30.0]), works[7].summary[2:3] + 0.01)
    assert (found[0].work, found[0].start, found[0].at) == ("work 7", 10.0, 30.0)
    assert found[0].similarity > 0.95
    assert found[0].common == 0.0  # no work has so near a neighbour
    assert len({neighbour.work for neighbour in found}) == 3


def test_a_melody_is_found_again_in_another_key(sources) -> None:
    quoted = np.concatenate([tune(900, 30), tune(12)[20:60] + np.array([3, 5000, 5000])])
    found = [
        n
        for n in sources.nearest(np.zeros(1), np.zeros((1, D), np.float32), runs(quoted))
        if n.by == "melody"
    ]
    assert found[0].work == "work 12"
    assert found[0].similarity == pytest.approx((40 - LENGTH) / (70 - LENGTH), abs=0.05)
    assert found[0].common < 0.1


def test_a_short_melody_says_nothing(sources) -> None:
    found = sources.nearest(np.zeros(1), np.zeros((1, D), np.float32), runs(tune(3, 12)))
    assert all(neighbour.by == "summary" for neighbour in found)


def test_a_pieces_own_editions_are_passed_over(works) -> None:
    twice = Sources.build([*works, Passages(**{**vars(works[0]), "work": "again"})])
    found = twice.nearest(works[0].start, works[0].summary, works[0].melody, without=0)
    assert {"work 0", "again"}.isdisjoint(neighbour.work for neighbour in found)
    # Nor do they make so near a neighbour common.
    assert twice.near.max() < 0.95
    assert twice.shared.max() < 0.5


def test_how_common_a_nearness_is_is_a_share_of_works(sources, works) -> None:
    nearest = [
        sources.nearest(w.start, w.summary, most=1, without=w.group)[0].similarity for w in works
    ]
    middle = float(np.median(nearest))
    found = [
        sources.nearest(w.start, w.summary, most=1, without=w.group)[0].common
        for w, near in zip(works, nearest, strict=True)
        if near >= middle
    ]
    assert max(found) == pytest.approx(0.5, abs=0.03)


def test_an_index_is_read_as_it_was_written(sources, works, tmp_path) -> None:
    sources.save(tmp_path / "sources.npz")
    again = Sources.load(tmp_path / "sources.npz")
    query = (works[3].start, works[3].summary, works[3].melody)
    assert again.nearest(*query) == sources.nearest(*query)


def test_a_damaged_index_is_named(tmp_path) -> None:
    (tmp_path / "sources.npz").write_bytes(b"no index")
    with pytest.raises(BadWeights, match=r"sources\.npz.*prepare sources"):
        Sources.load(tmp_path / "sources.npz")


def test_one_work_alone_is_no_index(works) -> None:
    with pytest.raises(ValueError, match="two groups"):
        Sources.build(works[:1])
