"""MusicBrain's network: its block is ConvNeXt's, its shortcut changes nothing."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from musecritic.brain.cells import CELLS_PER_OCTAVE, CELLS_PER_SECOND
from musecritic.brain.convnext import Block, ResponseNorm
from musecritic.brain.network import Config, Network
from musecritic.brain.spectrogram import BINS

GOLDEN = Path(__file__).parents[1] / "golden" / "convnext.safetensors"
NAMES = {
    "dwconv": "spread",
    "layernorm": "norm",
    "pwconv1": "widen",
    "pwconv2": "narrow",
}
CONFIG = Config(
    {"origin": ("ai",), "period": ("Baroque", "Classical")}, widths=(4, 6, 8), depths=(1, 1, 1)
)


def test_the_block_gives_the_librarys_numbers() -> None:
    golden = load_file(GOLDEN)
    x, y = golden.pop("x"), golden.pop("y")
    weights = {}
    for name, value in golden.items():
        module, parameter = name.split(".")
        if module == "grn":
            parameter = {"weight": "gain"}.get(parameter, parameter)
            weights[f"respond.{parameter}"] = value.flatten()
        else:
            weights[f"{NAMES[module]}.{parameter}"] = value
    block = Block(x.shape[1])
    block.load_state_dict(weights)
    assert torch.allclose(block(x), y, atol=1e-5)


@pytest.fixture
def network() -> Network:
    torch.manual_seed(0)
    return Network(CONFIG).eval()


def test_reading_the_fused_map_is_reading_the_window(network: Network) -> None:
    windows = torch.rand(3, BINS, 40)
    with torch.inference_mode():
        plain, fused = network(windows), network.fused(windows)
        assert fused.shape == (3, 18, BINS // 2, 20)
        for one, other in zip(
            plain.logits.values(), network.read_fused(fused).logits.values(), strict=True
        ):
            assert torch.allclose(one, other, atol=1e-5)
    assert {head: logit.shape for head, logit in plain.logits.items()} == {
        "origin": (3, 1),
        "period": (3, 2),
    }


def test_what_is_said_rests_on_where_notes_begin(network: Network) -> None:
    with torch.no_grad():  # the first channel tells where
        for layer in network.players:
            layer.weight.zero_()
            layer.bias.zero_()
        network.players[0].weight[-1, 0] = 1
    fused = torch.rand(1, 18, BINS // 2, 20)
    fused[:, 0] = -30
    fused[:, 0, 40, 5] = 30
    elsewhere, there = fused.clone(), fused.clone()
    elsewhere[:, 1:, 50:, 8:] += 1
    there[:, 1:, 40, 5] += 1
    with torch.inference_mode():
        plain, same, other = (
            network.read_fused(maps).logits["origin"] for maps in (fused, elsewhere, there)
        )
    assert (plain - same).abs() < 0.3 * (plain - other).abs()


def test_a_cell_is_a_semitone_and_a_tenth_of_a_second() -> None:
    assert (CELLS_PER_OCTAVE, CELLS_PER_SECOND) == (12, 10)


def test_what_each_stage_says_is_the_mean_of_its_own_channels(network: Network) -> None:
    weights = torch.cat([torch.full((1, n), v) for n, v in ((4, 0.2), (6, 0.5), (8, 0.9))], dim=1)
    found = {name: float(value) for name, value in network.by_stage(weights).items()}
    assert found == pytest.approx({"low": 0.2, "mid": 0.5, "high": 0.9})


def test_every_label_reaches_every_stage(network: Network) -> None:
    for head in range(3):
        network.zero_grad()
        torch.cat(list(network(torch.rand(2, BINS, 40)).logits.values()), dim=1)[
            :, head
        ].sum().backward()
        for stage in network.stages:
            assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in stage.parameters())


def test_a_configuration_survives_its_record() -> None:
    assert Config.from_record(CONFIG.record()) == CONFIG


def test_the_gradient_of_the_response_is_right() -> None:
    torch.manual_seed(0)
    norm = ResponseNorm(5).double()
    torch.nn.init.normal_(norm.gain)
    x = torch.randn(2, 3, 4, 5, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(norm, (x,))
    for parameter in norm.parameters():
        way = torch.randn_like(parameter)
        (slope,) = torch.autograd.grad(norm(x).square().sum(), parameter)
        with torch.no_grad():
            ahead, behind = (
                _moved(norm, parameter, sign * 1e-6 * way)(x).square().sum() for sign in (1, -1)
            )
        assert (slope * way).sum().item() == pytest.approx((ahead - behind).item() / 2e-6, rel=1e-4)


def _moved(norm: ResponseNorm, parameter: torch.Tensor, by: torch.Tensor) -> ResponseNorm:
    moved = deepcopy(norm)
    for own, other in zip(moved.parameters(), norm.parameters(), strict=True):
        if other is parameter:
            own.add_(by)
    return moved
