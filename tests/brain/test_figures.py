"""Figures of music, and the network that weighs them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression
from tests.conftest import made_up_notes

from musecritic.brain.figure_network import FigureConfig, FigureNetwork, bags
from musecritic.brain.figures import BUCKETS, figures
from musecritic.brain.labels import AI
from musecritic.brain.one_form import GRID, excerpt, sheet
from musecritic.brain.training.fit_figures import (
    _calibration,
    _held_back,
    _regression,
    _Rows,
    classes_of,
    fit_figures,
)
from musecritic.brain.training.recipe import Recipe
from musecritic.corpora.corpus import Work
from musecritic.errors import BadInput
from musecritic.music.piece import Piece

sheets = st.lists(
    st.tuples(st.integers(30, 90), st.integers(0, 300), st.integers(1, 60)), max_size=40
).map(lambda rows: np.array([(p, t, t + d) for p, t, d in sorted(rows)]).reshape(-1, 3))


@given(sheets)
def test_a_transposed_piece_has_the_same_figures(notes) -> None:
    higher = notes + np.array([5, 0, 0])
    one, other = figures(notes), figures(higher)
    assert np.array_equal(one.bucket, other.bucket)
    assert np.array_equal(one.step, other.step)
    assert (np.diff(one.step) >= 0).all()
    assert ((one.bucket >= 0) & (one.bucket < BUCKETS)).all()


@given(sheets)
def test_what_comes_later_changes_nothing_before(notes) -> None:
    whole, early = figures(notes), figures(notes[notes[:, 2] <= 144])
    late = notes[notes[:, 2] > 144]
    until = min(144, int(late[:, 1].min(initial=144)) // GRID * GRID)
    for found in (whole, early):
        assert found.step.min(initial=0) >= 0
    before = [np.sort(f.bucket[f.step < until]) for f in (whole, early)]
    assert np.array_equal(*before)


def test_another_chord_is_another_figure() -> None:
    major = np.array([(60, 0, 96), (64, 0, 96), (67, 0, 96)])
    minor = major + np.array([(0, 0, 0), (-1, 0, 0), (0, 0, 0)])
    one, other = (set(figures(notes).bucket.tolist()) for notes in (major, minor))
    assert one & other  # rhythm
    assert one - other
    assert other - one


def test_figures_are_the_same_on_every_machine() -> None:
    found = figures(np.array([(60, 0, 24), (64, 12, 36)]))
    assert (len(found.bucket), int(found.bucket.sum())) == (23, 841_643)  # weights rest on them


def _network(seed: int = 0) -> FigureNetwork:
    config = FigureConfig(
        {
            "origin": {"chorale, people": "", "song, Mill": AI, "song, people": ""},
            "period": {"Baroque": "Baroque", "Modern": "Modern", "other": ""},
        }
    )
    network = FigureNetwork(config).eval()
    torch.manual_seed(seed)
    torch.nn.init.normal_(network.weigh.weight, std=0.1)
    return network


def test_logits_are_the_odds_of_the_classes() -> None:
    network = _network()
    reading = network(bags([figures(sheet(Piece(made_up_notes(i)))).bucket for i in range(3)]))
    weights = network.weigh.weight.detach().numpy()
    for row, i in enumerate(range(3)):
        bucket, count = np.unique(
            figures(sheet(Piece(made_up_notes(i)))).bucket, return_counts=True
        )
        score = (np.sqrt(count / count.sum())[:, None] * weights[bucket]).sum(0)
        p = np.exp(score[:3]) / np.exp(score[:3]).sum()
        assert torch.sigmoid(reading.logits["origin"][row, 0]).item() == pytest.approx(
            p[1], abs=1e-4
        )
        q = np.exp(score[3:]) / np.exp(score[3:]).sum()
        assert torch.sigmoid(reading.logits["period"][row]).tolist() == pytest.approx(
            q[:2], abs=1e-4
        )


def test_a_passage_alone_is_the_passage_among_others() -> None:
    network, notes = _network(), sheet(Piece(made_up_notes(0, 40.0)))
    together = network.read(notes, [0, 96, 240], 96)[0].logits["origin"]
    alone = [network.read(notes, [at], 96)[0].logits["origin"] for at in (0, 96, 240)]
    assert torch.allclose(together, torch.cat(alone), atol=1e-5)


def test_the_regression_is_scikit_learns() -> None:
    from scipy.sparse import csr_matrix

    rng = np.random.default_rng(0)
    counts = rng.poisson(0.5, (60, 8)).astype(np.float32)
    which = (counts[:, 0] + counts[:, 1] * rng.random(60) > 1).astype(int) + (counts[:, 2] > 1)
    rows = _Rows(csr_matrix(counts), np.arange(60), np.ones(60), which)
    weights, bias = _regression(rows, 3, Recipe(weight_decay=0.1, epochs=200))
    theirs = LogisticRegression(C=1 / 0.1, tol=1e-8, max_iter=1000)
    theirs.fit(counts, which, sample_weight=1 / (3 * np.bincount(which)[which]))
    assert pytest.approx(theirs.coef_, abs=2e-3) == weights.T
    assert bias - bias.mean() == pytest.approx(theirs.intercept_, abs=5e-3)


def _rows(counts: np.ndarray, which: np.ndarray) -> _Rows:
    from scipy.sparse import csr_matrix

    n = len(which)
    return _Rows(csr_matrix(counts.astype(np.float32)), np.arange(n), np.ones(n), which)


def test_what_a_fit_overstates_is_taken_back_by_half() -> None:
    rng = np.random.default_rng(0)
    which = np.arange(80) % 2
    counts = rng.poisson(1.0, (80, 200)) + 2.0 * np.eye(200)[which] * (rng.random((80, 1)) < 0.7)
    recipe = Recipe(weight_decay=1e-3, epochs=50)
    rows = _rows(counts, which)
    scale, offset = _calibration(rows, 2, range(80), recipe, 0)
    # The same four parts left out in turn; then both classes' scales and offsets by grid descent.
    score = np.zeros((80, 2))
    for part in np.array_split(np.random.default_rng([0, 3]).permutation(80), 4):
        held = np.isin(np.arange(80), part)
        weights, bias = _regression(rows.those(~held), 2, recipe)
        score[held] = counts[held] @ weights + bias

    def loss(line: np.ndarray) -> float:
        log_p = log_softmax(score * np.exp(line[:2]) + line[2:], axis=1)
        return -log_p[np.arange(80), which].mean() + 1e-3 / 2 * float(line @ line)

    full = minimize(loss, np.zeros(4), method="Nelder-Mead", options={"maxiter": 4000}).x
    assert full[0] < -0.5  # it had overstated
    assert scale == pytest.approx(np.exp(full[:2] / 2), abs=0.03)
    assert offset == pytest.approx(full[2:] / 2, abs=0.05)


def test_a_class_of_one_work_is_left_as_it_is() -> None:
    rng = np.random.default_rng(0)
    which = np.array([0] * 20 + [1] * 20 + [2])
    counts = rng.poisson(1.0, (41, 50)) + 3.0 * np.eye(50)[which]
    rows = _rows(counts, which)
    scale, offset = _calibration(rows, 3, range(41), Recipe(weight_decay=0.01, epochs=50), 0)
    assert (scale[2], offset[2]) == (1, 0)
    assert (scale[:2] != 1).all()


def test_no_genre_is_held_back_whole() -> None:
    kinds = ["song"] * 30 + ["chorale"] * 12 + ["keyboard"]
    works = [Work(f"{i}", origin="human", genre=kind) for i, kind in enumerate(kinds)]
    works.append(Work("m", origin="ai", genre="song"))
    pieces = [np.array([(60, 0, 12), (62, 12, 24)])] * len(works)
    learned, beside = _held_back(works, pieces, range(len(works)), range(len(works)), 0)
    assert sorted(learned + beside) == list(range(len(works)))
    back = [works[i].genre for i in beside if works[i].origin == "human"]
    assert sorted(back) == ["chorale", "song", "song", "song"]


def test_classes_keep_makers_of_a_genre_apart() -> None:
    works = [
        *(Work(f"a{i}", "A", origin="human", genre="chorale") for i in range(25)),
        *(Work(f"b{i}", origin="ai", generator="Mill", genre="chorale") for i in range(25)),
        Work("c", origin="ai", generator="Mill", genre="opera"),
        Work("d", "A", genre="chorale"),
    ]
    labels = {"origin": (AI,), "composer": ("A",)}
    config, of = classes_of(works, range(len(works)), labels)
    assert config.classes == {
        "origin": {"chorale, Mill": AI, "chorale, people": "", "other, Mill": AI}
    }  # one composer is nothing to tell apart
    assert of["origin"][50] == "other, Mill"
    assert 51 not in of["origin"]


def test_a_fit_tells_steps_from_leaps() -> None:
    rng = np.random.default_rng(0)

    def line(intervals: list[int]) -> np.ndarray:
        pitch = 60 + np.cumsum(rng.choice(intervals, 60)) % 24
        at = 12 * np.arange(60)
        return np.stack([pitch, at, at + 12], axis=1)

    works = [
        Work(f"{i}", "A", origin="ai" if i % 2 else "human", generator="Mill" if i % 2 else "")
        for i in range(60)
    ]
    pieces = [line([-7, 5, 9] if i % 2 else [-2, -1, 1, 2]) for i in range(60)]
    network = fit_figures(
        works,
        pieces,
        range(40),
        range(40),
        {"origin": (AI,)},
        Recipe(draws=8, batch=4, weight_decay=0.01),
    )
    torch.nn.init.zeros_(network.suspicion)  # all have the same rhythm
    for i in range(40, 60):
        (logit,) = network.read(pieces[i], [0], 24 * GRID)[1].logits["origin"][0].tolist()
        assert (logit > 0) == bool(i % 2)


def test_without_machines_there_is_nothing_to_tell_apart() -> None:
    works = [Work(f"{i}", "A", origin="human", genre="song") for i in range(3)]
    pieces = [sheet(Piece(made_up_notes(i))) for i in range(3)]
    with pytest.raises(BadInput, match="two sides"):
        fit_figures(works, pieces, range(3), range(3), {"origin": (AI,)}, Recipe())


def test_an_excerpt_begins_on_the_beat() -> None:
    notes = np.array([(60, 12 * i, 12 * i + 12) for i in range(81)] + [(48, 972, 979)])
    part = excerpt(notes, 24, at_end=True)
    assert part is not None
    assert (part[:, 1] % 12 == 0).all()
    assert part[:, 1].min() == 0
