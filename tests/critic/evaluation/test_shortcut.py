import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from musecritic.critic.evaluation.shortcut import LinearModel, features, matched_weights, note_count
from musecritic.music.roll import runs

counts = st.lists(st.integers(0, 12), min_size=1, max_size=40).map(np.array)


@given(counts, counts)
def test_matched_counts_are_spread_alike(real, fake):
    w_real, w_fake, pairs = matched_weights(real, fake)
    assert np.bincount(real, w_real, 13) == pytest.approx(np.bincount(fake, w_fake, 13))
    assert w_real.sum() == pytest.approx(pairs)
    assert pairs <= min(len(real), len(fake))


def test_features_by_way_of_the_notes():
    rng = np.random.default_rng(0)
    rolls = (rng.random((20, 88, 100)) < rng.uniform(0.001, 0.1, (20, 1, 1))).astype(np.uint8)
    for roll, own in zip(rolls, features(rolls), strict=True):
        notes = runs(roll)
        assert own == pytest.approx(
            [
                len(notes),
                roll.mean(),
                int(notes["pitch"].max()) - int(notes["pitch"].min()),
                (notes["offset"] - notes["onset"]).mean(),
            ]
        )


def test_silence_has_features():
    silence = np.zeros((1, 88, 100), np.uint8)
    assert note_count(silence)[0] == 0
    assert (features(silence) == 0).all()


def test_linear_model_is_scikit_learns():
    rng = np.random.default_rng(0)
    x = rng.normal(3, 5, (500, 4))
    is_real = rng.random(500) < 1 / (1 + np.exp(-(x[:, 0] - 3) / 3))
    weights = rng.uniform(0.5, 2, 500)
    model = LinearModel.fit(x, is_real, weights)
    scaled = StandardScaler().fit_transform(x)
    theirs = LogisticRegression(C=1e9, tol=1e-10).fit(scaled, is_real, sample_weight=weights)
    assert model.logits(x) == pytest.approx(theirs.decision_function(scaled), abs=1e-2)
