"""Explanations measured: all figures are there, and chance is told from sense."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from tests.conftest import made_up_notes

from musecritic.brain.checkpoint import Card
from musecritic.brain.network import Config, Network
from musecritic.corpora.collection import Collection
from musecritic.corpora.corpus import Corpus, Work
from musecritic.explain.measured import measure_explanations, report_explanations
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
    record = report_explanations(network, card, collection, tmp_path, windows=2, command="x")
    assert json.loads((tmp_path / "explanation.json").read_text()) == record
    measured = record["explanation"]
    for kind in ("origin", "instruments"):
        for what in ("deletion", "insertion"):
            for order in ("heat", "random", "energy"):
                assert 0 <= measured[kind][f"{what} {order}"] <= 1
        assert measured[kind]["n"] == (2 if kind == "origin" else 4)
    assert measured["instruments"]["harmonics over area"] >= 0
    assert 0 <= measured["origin"]["onsets, loudness"] <= 1
    assert "## instruments" in (tmp_path / "explanation.md").read_text()


def test_a_network_of_chance_is_like_itself_alone(collection) -> None:
    def randomised(network: Network, seed: int) -> float:
        found = measure_explanations(network, collection, range(40, 44), windows=1, seed=seed)
        return found["origin"]["randomised"].value

    torch.manual_seed(3)
    network = Network(Config(LABELS, widths=(4, 4, 4), depths=(1, 1, 1))).eval()
    # The network that chance makes of seed 3 is this very one.
    assert randomised(network, 3) == pytest.approx(1.0)
    assert randomised(network, 5) < 0.99
