"""Scoring 88 notes at once says what 88 forward passes say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.conftest import TINY

from musecritic.compose.candidates import score_candidates
from musecritic.critic.checkpoint import Card
from musecritic.critic.inference import Critic
from musecritic.critic.network import NETWORKS, Config, Network
from musecritic.errors import BadInput

CONFIGS = {
    "tiny": TINY,
    "plain": replace(TINY, separable=False),
    "wide kernels": replace(TINY, separable=False, stem=(7, 9), kernel=(5, 7)),
    "narrow kernels": replace(TINY, stem=(3, 3), kernel=(1, 1)),
    "same channels": replace(TINY, channels=(8, 8, 8, 8)),
    "no attention": replace(TINY, attention=False),
    "convolutions alone": replace(TINY, recurrent=False, attention=False),
    "no projection": replace(TINY, projection=0),
    "no harmony": replace(TINY, tonal=0),
    "notes that hear no other": replace(TINY, attend=0),
    "no notes": replace(TINY, notes=False, attend=0),
    "no joins": replace(TINY, joins=0, attend=0),
    "none of them": replace(
        TINY,
        recurrent=False,
        attention=False,
        projection=0,
        tonal=0,
        notes=False,
        joins=0,
        attend=0,
    ),
}
SPANS = [(0, 9), (46, 9), (99, 1), (3, 96)]


def random_critic(config: Config) -> Critic:
    """An untrained network whose batch norms are not the identity."""
    torch.manual_seed(0)
    network = Network(config).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 2)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.5)
    if config.attend:  # which begins with saying nothing
        network.verdict.weight.data.normal_(0, 0.5)
        for linear in (network.attend.judge, network.attend.layers[0].out):
            linear.weight.data.normal_(0, 0.2)
    return Critic(network, Card("random", "0", config), device="cpu", precision="fp32")


def random_roll() -> np.ndarray:
    return (np.random.default_rng(0).random((88, 100)) < 0.012).astype(np.uint8)


def plainly(critic: Critic, roll: np.ndarray, first: int, n_frames: int) -> np.ndarray:
    """What 88 rolls with a note each get from a forward pass."""
    rolls = np.repeat(roll[None], 88, axis=0)
    rolls[np.arange(88), np.arange(88), first : first + n_frames] = 1
    with torch.no_grad():
        return critic.reader.network(
            torch.from_numpy(rolls).to(critic.reader.network.head.weight)
        ).logit.numpy()


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_as_the_plain_forward_pass(config: Config) -> None:
    # Logits of untrained networks hardly differ, but in double precision they do.
    critic = random_critic(config)
    critic.reader.network.double()
    for first, n_frames in SPANS:
        plain = plainly(critic, random_roll(), first, n_frames)
        scored = score_candidates(critic, random_roll(), first, n_frames)
        assert plain.std() > 0
        assert np.abs(scored - plain).max() < 1e-3 * plain.std()


@pytest.mark.parametrize("name", NETWORKS)
def test_the_networks_themselves(name: str) -> None:
    critic = random_critic(NETWORKS[name])
    plain = plainly(critic, random_roll(), 45, 9)
    scored = score_candidates(critic, random_roll(), 45, 9)
    np.testing.assert_allclose(scored, plain, atol=1e-4)


def test_the_rolls_of_others_are_left_alone(tiny_critic: Critic) -> None:
    roll = random_roll()
    score_candidates(tiny_critic, roll, 10, 9)
    assert np.array_equal(roll, random_roll())


def test_a_key_that_sounds_changes_nothing() -> None:
    critic, roll = random_critic(TINY), random_roll()
    roll[40, 10:19] = 1
    plain, _ = critic.read(roll[None])
    assert score_candidates(critic, roll, 10, 9)[40] == pytest.approx(plain[0], abs=1e-4)


@pytest.mark.parametrize(("first", "n_frames"), [(-1, 5), (96, 5), (10, 0)])
def test_a_note_outside_the_roll_is_refused(tiny_critic: Critic, first: int, n_frames: int) -> None:
    with pytest.raises(BadInput, match="not within"):
        score_candidates(tiny_critic, random_roll(), first, n_frames)


def test_another_shape_is_refused(tiny_critic: Critic) -> None:
    with pytest.raises(BadInput, match="wanted is"):
        score_candidates(tiny_critic, np.zeros((88, 50), np.uint8), 0, 9)
