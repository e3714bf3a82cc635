"""Muon: even steps for matrices, AdamW for the rest."""

from __future__ import annotations

import copy

import pytest
import torch
from tests.conftest import TINY

from musecritic.critic.network import Network
from musecritic.critic.training.muon import Muon, matrix_shape, orthogonalised


@pytest.mark.parametrize("shape", [(1, 32, 80), (1, 80, 32), (4, 32, 40)])
def test_orthogonalised_keeps_directions_and_evens_their_lengths(shape) -> None:
    torch.manual_seed(0)
    matrices = torch.randn(shape)
    values = torch.linalg.svdvals(orthogonalised(matrices))
    assert values.min() > 0.5
    assert values.max() < 1.3
    left, _, right = torch.linalg.svd(matrices, full_matrices=False)
    assert (orthogonalised(matrices) * (left @ right)).sum() > 0.9 * values.sum()


def test_what_counts_as_a_matrix() -> None:
    assert matrix_shape("lstm.weight_ih_l0", torch.empty(512, 272)) == (4, 128, 272)
    assert matrix_shape("stages.0.body.1.weight", torch.empty(64, 48, 3, 3)) == (1, 64, 432)
    assert matrix_shape("stages.0.body.0.weight", torch.empty(48, 1, 5, 3)) is None  # depthwise
    assert matrix_shape("head.weight", torch.empty(1, 256)) is None
    assert matrix_shape("head.bias", torch.empty(256)) is None


def test_a_step_on_a_matrix_has_the_rate_s_length_whatever_the_gradient() -> None:
    torch.manual_seed(0)
    layer = torch.nn.Linear(64, 32)
    before = copy.deepcopy(layer)
    for scale in (1e-3, 1e3):
        layer.load_state_dict(before.state_dict())
        optimizer = Muon(layer, rate=1e-3, matrix_rate=0.1)
        (scale * layer(torch.randn(100, 64)).pow(2).sum()).backward()
        optimizer.step()
        optimizer.zero_grad()
        lengths = torch.linalg.svdvals((layer.weight - before.weight).detach())
        assert 0.05 < lengths.min() <= lengths.max() < 0.13
        assert (layer.bias - before.bias).abs().max().item() == pytest.approx(
            1e-3, rel=0.01
        )  # Adam's


def test_it_trains_and_goes_on_from_its_state() -> None:
    torch.manual_seed(0)
    network = Network(TINY)
    rolls = (torch.rand(8, 88, 100) < 0.05).float()
    real = torch.tensor([1.0, 0.0]).repeat(4)

    def steps(network: Network, optimizer: Muon, n: int) -> float:
        for _ in range(n):
            optimizer.zero_grad()
            logit = network(rolls).logit
            loss = torch.nn.functional.binary_cross_entropy_with_logits(logit, real)
            loss.backward()
            optimizer.step()
        return loss.item()

    optimizer = Muon(network, rate=1e-2, matrix_rate=0.02)
    first = steps(network, optimizer, 1)
    assert steps(network, optimizer, 30) < 0.5 * first
    twin = copy.deepcopy(network)
    resumed = Muon(twin, rate=1e-2, matrix_rate=0.02)
    resumed.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    assert steps(twin, resumed, 3) == pytest.approx(steps(network, optimizer, 3), rel=1e-4)
