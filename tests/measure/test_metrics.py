"""Golden figures, computed another way (scikit-learn, SciPy, or by hand), and properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.metrics import average_precision_score, roc_auc_score

from musecritic.measure.metrics import (
    auroc,
    average_precision,
    calibration_error,
    correlation,
    cross_entropy,
    mean,
    ranks,
    sigmoid,
)


def one(n):
    return np.ones(n)


@st.composite
def two_classes(draw):
    # Few distinct scores, so that ties are common.
    scores = st.lists(st.integers(-3, 3), min_size=1, max_size=30)
    return np.array(draw(scores), float), np.array(draw(scores), float)


@given(two_classes(), st.integers(0, 1000))
def test_auroc_and_ap_are_scikit_learns(classes, seed):
    real, fake = classes
    rng = np.random.default_rng(seed)
    w_real, w_fake = rng.integers(0, 3, len(real)) + 0.5, rng.integers(0, 3, len(fake)) + 0.5
    label = np.r_[np.ones(len(real)), np.zeros(len(fake))]
    score, weight = np.r_[real, fake], np.r_[w_real, w_fake]
    assert auroc(real, fake, w_real, w_fake) == pytest.approx(
        roc_auc_score(label, score, sample_weight=weight)
    )
    assert average_precision(real, fake, w_real, w_fake) == pytest.approx(
        average_precision_score(1 - label, -score, sample_weight=weight)
    )


def test_perfect_scores_give_one():
    real, fake = np.array([2.0, 3.0]), np.array([-1.0, 0.0, 1.0])
    assert auroc(real, fake, one(2), one(3)) == 1
    assert average_precision(real, fake, one(2), one(3)) == 1
    assert calibration_error(np.array([1.0, 0.0]), np.array([True, False]), one(2)) == 0


def test_rows_of_weights_are_figures_of_their_own():
    rng = np.random.default_rng(0)
    real, fake = rng.normal(1, 1, 8), rng.normal(0, 1, 8)
    weights = rng.integers(0, 3, (5, 8)).astype(float) + 0.1
    for metric in (auroc, average_precision):
        together = metric(real, fake, weights, weights)
        alone = [metric(real, fake, row, row) for row in weights]
        assert together == pytest.approx(np.array(alone))


def test_a_weight_of_two_is_a_clip_twice():
    real, fake = np.array([0.1, 0.5, 0.9]), np.array([0.2, 0.4])
    twice = auroc(np.r_[real, 0.5], fake, one(4), one(2))
    assert auroc(real, fake, np.array([1.0, 2.0, 1.0]), one(2)) == pytest.approx(twice)


def test_no_weight_left_is_not_a_number():
    assert np.isnan(auroc(np.zeros(2), np.zeros(2), np.zeros(2), one(2)))
    assert np.isnan(mean(np.ones(3), np.zeros(3)))


def test_calibration_error_by_hand():
    # Two bins: p 0.9 comes true in 2 of 4, p 0.1 in 1 of 2.
    p = np.array([0.9] * 4 + [0.1] * 2)
    is_real = np.array([1, 1, 0, 0, 1, 0], bool)
    assert calibration_error(p, is_real, one(6)) == pytest.approx((4 * 0.4 + 2 * 0.4) / 6)


@given(st.lists(st.integers(0, 6), min_size=3, max_size=40), st.integers(0, 1000))
def test_spearman_is_scipys(x, seed):
    x = np.array(x, float)
    y = np.random.default_rng(seed).integers(0, 6, len(x)).astype(float)
    own = correlation(ranks(x), ranks(y), one(len(x)))
    if np.ptp(x) and np.ptp(y):
        assert own == pytest.approx(spearmanr(x, y).statistic, abs=1e-9)
    else:
        assert np.isnan(own)


def test_loss_and_sigmoid_do_not_overflow():
    logits = np.array([-2000.0, 0.0, 2000.0])
    assert sigmoid(logits) == pytest.approx([0, 0.5, 1])
    assert cross_entropy(logits, real=True) == pytest.approx([2000, np.log(2), 0])
    assert cross_entropy(logits, real=False) == pytest.approx([0, np.log(2), 2000])
