"""The severity said is fitted to damage of every kind and grade."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from tests.conftest import made_up_notes

from musecritic.critic.note_reader import NoteReader
from musecritic.critic.note_transformer import NoteConfig, NoteTransformer
from musecritic.critic.training.graded_severity import (
    clips_to_grade,
    fit_order,
    fit_shares,
    with_graded_severity,
)
from musecritic.music.clip import cut
from musecritic.music.piece import Piece


def test_shares_are_found_again() -> None:
    rng = np.random.default_rng(0)
    seen = rng.normal(size=(4000, 3)) * [1.0, 5.0, 0.2] + [0.0, 3.0, 1.0]
    shares = 1 / (1 + np.exp(-(seen @ [0.8, -0.2, 2.0] - 1.5)))
    weight, bias = fit_shares(seen, shares)
    assert weight == pytest.approx([0.8, -0.2, 2.0], abs=0.1)
    assert bias == pytest.approx(-1.5, abs=0.1)


def test_light_damage_is_ordered_where_heavy_damage_would_drown_it() -> None:
    rng = np.random.default_rng(0)
    light, heavy = rng.normal(size=(2, 4000))
    shares = np.where(heavy > 1.5, 0.5 + 0.1 * heavy, 0.01 + 0.01 / (1 + np.exp(-3 * light)))
    seen = np.stack([light, heavy], axis=1)

    def order(fit: Callable[..., tuple[np.ndarray, float]]) -> float:
        weight, bias = fit(seen, shares)
        said = 1 / (1 + np.exp(-(seen @ weight + bias)))
        assert said.mean() == pytest.approx(shares.mean(), rel=0.1)
        return float(spearmanr(said, shares).statistic)

    assert order(fit_order) > order(fit_shares) + 0.1


def test_fitted_on_performances_and_on_some_of_all_else() -> None:
    performed, sung, played = (cut(Piece(made_up_notes(seed, 9000.0))) for seed in range(3))
    graded = clips_to_grade({"sung": sung, "maestro": performed, "played": played}, "maestro")
    taken = {id(clip) for clip in graded}
    counts = [sum(id(clip) in taken for clip in own) for own in (performed, sung, played)]
    assert counts[0] > 5 * counts[1] == 5 * counts[2] > 0


def test_a_feature_that_never_changes_is_borne() -> None:
    seen = np.stack([np.ones(50), np.linspace(-1, 1, 50)], axis=1)
    weight, bias = fit_shares(seen, np.linspace(0, 1, 50))
    assert np.isfinite([*weight, bias]).all()
    assert weight[1] > 0


def test_severity_is_right_on_the_mean_and_nothing_else_changes() -> None:
    torch.manual_seed(0)
    network = NoteTransformer(NoteConfig(("noise", "off-key"), depth=1)).eval()
    clips = cut(Piece(made_up_notes(4, 90.0)))
    device = torch.device("cpu")
    before = NoteReader(network, device, "fp32").read(clips)
    fitted = with_graded_severity(network, clips, seed=0, precision="fp32")
    after = NoteReader(fitted, device, "fp32").read(clips)
    for one, other in zip(before, after, strict=True):
        assert one.logit == other.logit
        assert one.notes.kinds == other.notes.kinds
    # Of sixteen clips fifteen are damaged, by a fifth on the mean; these are the sixteenth.
    assert np.mean([f.notes.severity for f in after]) < 0.25
    assert np.mean([f.notes.severity for f in before]) > 0.4
