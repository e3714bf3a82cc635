"""A small collection, and small networks that were never trained."""

from __future__ import annotations

import pytest
import torch
from tests.conftest import made_up_notes

from musecritic.brain.checkpoint import Card, save
from musecritic.brain.inference import MusicBrain
from musecritic.brain.network import Config, Network
from musecritic.brain.note_network import NoteConfig, NoteNetwork
from musecritic.corpora.collection import Collection
from musecritic.corpora.corpus import Corpus, Work
from musecritic.music.piece import Piece

LABELS = {
    "origin": ("ai",),
    "generator": ("Mill",),
    "period": ("Baroque", "Modern"),
    "instruments": ("piano", "violin"),
}
SMALL = Config(LABELS, widths=(4, 4, 4), depths=(1, 1, 1))


@pytest.fixture(scope="module")
def collection() -> Collection:
    n = 30
    people = [
        (Work(f"h{i}", "A", f"H{i}", origin="human", period="Modern", genre="chorale"), i)
        for i in range(n)
    ]
    machine = [
        (Work(f"m{i}", origin="ai", generator="Mill", genre="chorale"), n + i) for i in range(n)
    ]
    corpus = Corpus.gather("x", ((w, Piece(made_up_notes(i, 40.0))) for w, i in people + machine))
    return Collection.gather({"x": corpus})


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("weights")
    for name, network in (
        ("audio", Network(SMALL)),
        ("notes", NoteNetwork(NoteConfig(LABELS, depth=1))),
    ):
        save(network, Card(name, "0", name, network.config, 2.0, 0.4, 0.6), folder)
    return folder / "audio.safetensors", folder / "notes.safetensors"


@pytest.fixture(scope="module")
def brain(saved) -> MusicBrain:
    return MusicBrain.load(*saved)
