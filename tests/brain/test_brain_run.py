"""MusicBrain's training run from beginning to weights that load, tiny."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from tests.brain.conftest import LABELS, SMALL

from musecritic.brain.checkpoint import Card, load, save
from musecritic.brain.network import Config, Network
from musecritic.brain.note_network import NoteConfig, NoteNetwork
from musecritic.brain.training import run as brain_run
from musecritic.brain.training.export import export
from musecritic.brain.training.initial import begin_with
from musecritic.brain.training.recipe import Recipe
from musecritic.brain.training.run import labels_for, train
from musecritic.errors import (
    BadInput,
    BadWeights,
)
from musecritic.training.fit import LAST, write_curves

# Lightning's own deprecations and advice are not this project's to heed.
pytestmark = pytest.mark.filterwarnings("ignore:::lightning", "ignore:.*LeafSpec.*")


@pytest.fixture
def small(monkeypatch):
    """Few to validate on, and networks that are soon trained."""
    monkeypatch.setattr(brain_run, "N_VALIDATION", {"audio": 24, "notes": 24})
    monkeypatch.setattr(
        brain_run,
        "untrained",
        lambda network, labels: (
            Network(Config(labels, widths=(4, 4, 4), depths=(1, 1, 1)))
            if network == "audio"
            else NoteNetwork(NoteConfig(labels, depth=1))
        ),
    )


@pytest.mark.parametrize("network", ["audio", "notes", "figures"])
def test_a_run_leaves_weights_that_load(collection, small, tmp_path, network: str) -> None:
    recipe = Recipe(epochs=2, draws=8, batch=4, average=0.5, moved=0.3)
    options = {"device": "cpu", "workers": 0, "progress": False}
    trained = train(collection, network, recipe, tmp_path, **options)
    if network != "figures":  # fitted to its optimum, it has no curve
        assert (tmp_path / LAST).is_file()
        write_curves(tmp_path, "tiny")
        assert "val_map_origin" in (tmp_path / "metrics.csv").read_text()
        assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(BadInput, match="hold_out differ"):
        train(collection, network, recipe, tmp_path, hold_out="fold:0/2", resume=True, **options)
    card = export(trained, network, recipe, collection, tmp_path)
    loaded, found = load(tmp_path / f"{network}.safetensors")
    assert found == card
    assert card.human_below <= card.ai_above
    for one, other in zip(trained.network.parameters(), loaded.parameters(), strict=True):
        assert torch.equal(one, other)
    again = {"initial": tmp_path / f"{network}.safetensors", **options}
    if network == "figures":
        with pytest.raises(BadInput, match="begins with nothing"):
            train(collection, network, recipe, tmp_path / "again", **again)
        return
    further = train(collection, network, recipe, tmp_path / "again", **again)
    assert further.length["initial"]["sha256"] == card.sha256
    with pytest.raises(BadInput, match="initial differ"):
        train(collection, network, recipe, tmp_path / "again", resume=True, **options)


def trained_on(collection, folder, labels=LABELS, **training):
    """Save weights that say where they come from; return their path."""
    torch.manual_seed(1)
    network = Network(Config(labels, widths=(4, 4, 4), depths=(1, 1, 1)))
    told = {
        "data_fingerprint": collection.fingerprint,
        "split_seed": collection.seed,
        "hold_out": "",
        **training,
    }
    save(network, Card("audio", "0", "audio", network.config, training=told), folder)
    return folder / "audio.safetensors"


def test_a_run_begins_with_weights_there_are(collection, tmp_path) -> None:
    path = trained_on(collection, tmp_path)
    begun, card = load(path)
    same, other = Network(SMALL), Network(replace(SMALL, labels={"period": ("Modern",)}))
    begun_with = begin_with(path, same, collection, "")
    assert begun_with == {"sha256": card.sha256, "training": card.training}
    for one, two in zip(same.parameters(), begun.parameters(), strict=True):
        assert torch.equal(one, two)
    renamed = Network(replace(SMALL, labels={**LABELS, "period": ("Classical", "Modern")}))
    for network in (other, renamed):
        fresh = network.head.weight.clone()
        begin_with(path, network, collection, "")
        assert torch.equal(network.height, begun.height)
        assert torch.equal(network.head.weight, fresh)  # of other labels it is another layer


def test_weights_that_have_seen_what_is_held_out_begin_nothing(collection, tmp_path) -> None:
    path = trained_on(collection, tmp_path)
    with pytest.raises(BadWeights, match="this run holds out"):
        begin_with(path, Network(SMALL), collection, "fold:0/2")
    reread = trained_on(collection, tmp_path / "y", data_fingerprint="x:0123")
    chain = {"initial": {"sha256": "0", "training": {"data_fingerprint": "x:0"}}}
    through = trained_on(collection, tmp_path / "z", data_fingerprint="other:123", **chain)
    for seen in (reread, through):
        with pytest.raises(BadWeights, match="this run holds out"):
            begin_with(seen, Network(SMALL), collection, "")
    elsewhere = trained_on(collection, tmp_path / "x", data_fingerprint="other:123")
    begin_with(elsewhere, Network(SMALL), collection, "fold:0/2")
    with pytest.raises(BadInput, match="another kind"):
        begin_with(path, NoteNetwork(NoteConfig(LABELS, depth=1)), collection, "")


def test_a_score_in_one_form_cannot_tell_who_plays(collection) -> None:
    assert "instruments" in labels_for(collection, "audio")
    notes = set(labels_for(collection, "notes"))
    assert notes == {"origin", "generator", "composer", "period", "genre"}


def test_an_unknown_network_is_refused() -> None:
    with pytest.raises(BadInput, match="audio, notes and figures"):
        brain_run.untrained("both", LABELS)
