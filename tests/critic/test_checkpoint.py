"""Weights on disk: what is loaded is what was saved, or an error says why not."""

from __future__ import annotations

import json

import pytest
import torch
from tests.conftest import TINY

from musecritic.critic.checkpoint import SHIPPED, Card, load, save, shipped
from musecritic.critic.network import Network
from musecritic.errors import BadWeights


@pytest.fixture
def saved(tmp_path):
    torch.manual_seed(0)
    network = Network(TINY).eval()
    network.half().float()
    card = save(network, Card("tiny", "1", TINY, temperature=1.5, threshold=0.4), tmp_path)
    return tmp_path / "tiny.safetensors", network, card


def test_loaded_is_what_was_saved(saved) -> None:
    path, network, card = saved
    loaded, found = load(path)
    assert found == card
    rolls = (torch.rand(2, 88, 100) < 0.05).float()
    assert torch.equal(loaded(rolls).logit, network(rolls).logit)


def test_altered_weights_are_refused(saved) -> None:
    path, _, _ = saved
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(BadWeights, match="sha256"):
        load(path)


def test_a_missing_card_is_named(saved) -> None:
    path, _, _ = saved
    path.with_suffix(".json").unlink()
    with pytest.raises(BadWeights, match=r"tiny\.json"):
        load(path)


def test_weights_of_another_network_are_refused(saved) -> None:
    path, _, _ = saved
    card = path.with_suffix(".json")
    record = json.loads(card.read_text())
    record["config"]["hidden"] = 8
    card.write_text(json.dumps(record))
    with pytest.raises(BadWeights, match="does not fit"):
        load(path)


def test_an_unknown_model_names_the_shipped() -> None:
    with pytest.raises(BadWeights, match="crnn"):
        load("no-such-model")


@pytest.mark.parametrize("name", shipped())
def test_shipped_weights_are_small_and_have_their_card(name: str) -> None:
    assert (SHIPPED / f"{name}.safetensors").stat().st_size < 10_000_000
    assert (SHIPPED / f"{name}.md").is_file()
    load(name)


def test_the_crnn_ships() -> None:
    assert "crnn" in shipped()
