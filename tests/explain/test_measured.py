"""Explanations measured: all figures are there, and chance is told from sense."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from tests.conftest import made_up_notes

from musecritic.brain.checkpoint import Card
from musecritic.brain.collection import Collection
from musecritic.brain.network import Config, Network
from musecritic.corpora.corpus import Corpus, Work
from musecritic.explain.measured import report_explanations
from musecritic.music.piece import Part, Piece

LABELS = {"origin": ("ai",), "instruments": ("cello", "flute")}


def card_of(network: Network, collection: Collection) -> Card:
    training = {"data_fingerprint": collection.fingerprint, "split_seed": 0, "hold_out": ""}
    return Card("tiny", "0", "audio", network.config, training=training)


@pytest.fixture(scope="module")
def collection() -> Collection:
    def duo(seed: int) -> Piece:
        notes = made_up_notes(seed, 20.0)
        notes["part"] = np.arange(len(notes)) % 2
        return Piece(notes, (Part("", 42), Part("", 73)))

    works = [Work(f"h{i}", "A", f"H{i}", origin="human", genre="chorale") for i in range(30)]
    works += [Work(f"m{i}", origin="ai", generator="Mill", genre="chorale") for i in range(30)]
    return Collection.gather(
        {"x": Corpus.gather("x", ((work, duo(i)) for i, work in enumerate(works)))}
    )


def test_every_figure_is_there_with_its_baselines(collection, tmp_path) -> None:
    torch.manual_seed(0)
    network = Network(Config(LABELS, widths=(4, 4, 4), depths=(1, 1, 1))).eval()
    card = card_of(network, collection)
    record = report_explanations(network, card, collection, tmp_path, command="x")
    assert json.loads((tmp_path / "explanation.json").read_text()) == record
    measured = record["explanation"]
    for kind in ("origin", "instruments"):
        for what in ("deletion", "insertion"):
            for order in ("heat", "random", "energy"):
                assert 0 <= measured[kind][f"{what} {order}"] <= 1
        assert measured[kind]["n"] >= 4
    assert measured["instruments"]["harmonics over area"] >= 0
    assert 0 <= measured["origin"]["onsets, loudness"] <= 1
    assert "## instruments" in (tmp_path / "explanation.md").read_text()


def test_a_network_of_chance_is_like_another_one_of_chance_only_by_chance(
    collection, tmp_path
) -> None:
    torch.manual_seed(0)
    network = Network(Config(LABELS, widths=(4, 4, 4), depths=(1, 1, 1))).eval()
    card = card_of(network, collection)
    one = report_explanations(network, card, collection, tmp_path, seed=5)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        same = Network(network.config)
    same.settle.load_state_dict(network.settle.state_dict())
    other = report_explanations(same.eval(), card, collection, tmp_path, seed=3)
    # The network that chance makes of seed 3 is this very one.
    assert other["explanation"]["origin"]["randomised"] == pytest.approx(1.0)
    assert one["explanation"]["origin"]["randomised"] < 0.99
