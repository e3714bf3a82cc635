"""Attention over notes reads the notes of a roll, and each roll by itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.conftest import TINY

from musecritic.critic.network import Network
from musecritic.critic.note_attention import (
    log_sum_exp,
    painted,
    runs_of,
)
from musecritic.music.roll import runs
from musecritic.networks.note_layers import mean_by


@pytest.fixture
def network() -> Network:
    """Untrained, but without the zeros that its layers begin with."""
    torch.manual_seed(0)
    network = Network(TINY).eval()
    for weight in [*network.attend.parameters(), network.verdict.weight]:
        if weight.ndim == 2:
            weight.data.normal_(0, 0.2)
    return network


def rolls_of_all_sizes() -> torch.Tensor:
    torch.manual_seed(0)
    shares = torch.tensor([0.0, 0.15, 0.01, 0.05, 0.02, 0.05, 0.1, 0.001, 0.03, 0.04])
    return (torch.rand(10, 88, 100) < shares[:, None, None]).float()


def test_the_notes_are_the_runs_of_the_roll() -> None:
    rolls = rolls_of_all_sizes()
    found = runs_of(rolls)
    for index, roll in enumerate(rolls):
        expected = np.sort(runs(roll.numpy().astype(np.uint8), 10), order=["pitch", "onset"])
        mine = found.roll == index
        for name, values in (
            ("pitch", found.key + 21),
            ("onset", found.onset / 10),
            ("offset", found.offset / 10),
        ):
            np.testing.assert_allclose(values[mine], expected[name], atol=1e-6)


def test_what_is_said_of_a_note_is_painted_where_it_sounds() -> None:
    rolls = rolls_of_all_sizes()
    found = runs_of(rolls)
    laid = painted(torch.arange(1.0, 1 + len(found.key)), rolls, 0.0)
    assert torch.equal(laid > 0, rolls > 0)
    assert torch.equal(
        laid[found.roll, found.key, found.onset], laid[found.roll, found.key, found.offset - 1]
    )
    assert torch.equal(painted(torch.empty(0), rolls[:1], -1.0), torch.full((1, 88, 100), -1.0))


def test_rolls_do_not_hear_each_other(network: Network) -> None:
    rolls = rolls_of_all_sizes()
    together = network(rolls)
    alone = [network(roll[None]) for roll in rolls]
    close = {"rtol": 1e-4, "atol": 1e-4}
    torch.testing.assert_close(together.logit, torch.cat([one.logit for one in alone]), **close)
    torch.testing.assert_close(together.wrong, torch.cat([one.wrong for one in alone]), **close)
    assert together.logit.std() > 0


def test_every_note_hears_every_other(network: Network) -> None:
    network.double()
    roll = rolls_of_all_sizes()[4:5].double()
    far = roll.clone()
    far[0, 0, 99] = 1 - far[0, 0, 99]
    # The convolutions alone hear less than half a second through the first maps.
    first = roll[0].any(0).nonzero()[0]
    before, after = (network(r).wrong[0, first] for r in (roll, far))
    assert not torch.equal(before, after)


def test_sums_and_means_over_the_notes_of_a_roll() -> None:
    roll = torch.tensor([0, 0, 2])
    value, weight = torch.tensor([1.0, 3.0, -4.0]), torch.tensor([0.0, 2.0, 1.0])
    silent = np.exp(-5.0)
    assert log_sum_exp(value, roll, 3).tolist() == pytest.approx(
        [np.log(silent + np.e + np.e**3), -5.0, np.log(silent + np.exp(-4.0))]
    )
    # Beside the notes stands one of value 0 and weight 0: silence has a mean too.
    assert mean_by(value, weight, roll, 3).tolist() == pytest.approx(
        [(1 + 3 * np.e**2) / (2 + np.e**2), 0.0, -4 * np.e / (1 + np.e)]
    )
