import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression

from musecritic.critic.evaluation.calibration import (
    best_cut,
    calibrate,
    cut_passing,
    total_accuracy,
)
from musecritic.measure.metrics import cross_entropy
from musecritic.measure.temperature import (
    HOTTEST,
    Line,
    balanced,
    balanced_loss,
    fit_line,
    fit_temperature,
)


@pytest.fixture
def logits():
    rng = np.random.default_rng(0)
    return rng.normal(4, 3, 300), {"a": rng.normal(-2, 4, 300), "b": rng.normal(0, 5, 250)}


def test_temperature_has_the_lowest_balanced_loss(logits):
    real, by_kind = logits

    def loss(log_t):
        t = np.exp(log_t)
        fakes = np.mean([cross_entropy(fake / t, real=False).mean() for fake in by_kind.values()])
        return cross_entropy(real / t, real=True).mean() + fakes

    best = np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x)
    assert fit_temperature(real, by_kind) == pytest.approx(best, rel=1e-3)


def test_calibrated_logits_have_temperature_one(logits):
    real, by_kind = logits
    t = fit_temperature(real, by_kind)
    again = fit_temperature(real / t, {kind: fake / t for kind, fake in by_kind.items()})
    assert again == pytest.approx(1, rel=1e-6)


def test_a_line_is_the_logistic_regression_of_scikit_learn(logits):
    real, by_kind = logits
    everything = np.concatenate([real - 3, *by_kind.values()])
    holds = np.arange(len(everything)) < len(real)
    weight = balanced([len(real), *map(len, by_kind.values())])
    theirs = LogisticRegression(C=np.inf).fit(everything[:, None], holds, sample_weight=weight)
    line = fit_line(real - 3, by_kind)
    assert 1 / line.temperature == pytest.approx(theirs.coef_[0, 0], rel=1e-2)
    assert -line.bias / line.temperature == pytest.approx(theirs.intercept_[0], abs=1e-2)


def test_a_line_of_logits_that_say_nothing_is_flat(logits):
    real, by_kind = logits
    assert fit_line(-real, by_kind).temperature == pytest.approx(HOTTEST)


def test_threshold_has_the_highest_total_accuracy(logits):
    real, by_kind = logits
    calibration = calibrate(real, by_kind)
    refused = [1 - calibration.passes(fake).mean() for fake in by_kind.values()]
    own = (calibration.passes(real).mean() + np.mean(refused)) / 2
    everywhere = total_accuracy(real, by_kind, np.linspace(-20, 20, 2001))
    assert own >= everywhere.max() - 1e-12


def test_perfect_logits_give_one():
    real, by_kind = np.array([5.0, 6.0]), {"a": np.array([-5.0, -6.0])}
    calibration = calibrate(real, by_kind)
    assert calibration.passes(real).all()
    assert not calibration.passes(by_kind["a"]).any()
    assert best_cut(real, by_kind) == 0


def test_useless_logits_are_survived():
    calibration = calibrate(np.zeros(4), {"a": np.zeros(4)})
    assert np.isfinite(calibration).all()
    assert 0 < calibration.threshold < 1


def test_cut_passing_a_share():
    assert (np.arange(100) >= cut_passing(np.arange(100), 0.98)).mean() == pytest.approx(0.98)


def test_a_line_of_the_lowest_loss_undoes_any_other_line() -> None:
    rng = np.random.default_rng(3)
    real, by_kind = rng.normal(1, 1, 300), {"a": rng.normal(-1, 1, 200), "b": rng.normal(0, 1, 50)}
    lowest = balanced_loss(real, by_kind, fit_line(real, by_kind))
    moved = {kind: 3 * fake - 2 for kind, fake in by_kind.items()}
    again = balanced_loss(3 * real - 2, moved, fit_line(3 * real - 2, moved))
    assert again == pytest.approx(lowest, abs=1e-5)
    assert lowest < balanced_loss(real, by_kind, Line(1.0, 0.7))
    # By hand: half on the real ones, a quarter on each kind.
    of = [np.log1p(np.exp(sign * (x - 0.7))).mean() for sign, x in ((-1, real), (1, by_kind["a"]))]
    third = np.log1p(np.exp(by_kind["b"] - 0.7)).mean()
    assert balanced_loss(real, by_kind, Line(1.0, 0.7)) == pytest.approx(
        of[0] / 2 + of[1] / 4 + third / 4
    )
