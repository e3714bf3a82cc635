"""MusicBrain on the command line, with networks that are tiny and untrained."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import soundfile
import torch
from click.testing import CliRunner
from tests.conftest import made_up_notes

from musecritic.brain.checkpoint import Card, save
from musecritic.brain.network import Config, Network
from musecritic.brain.note_network import NoteConfig, NoteNetwork
from musecritic.brain.training import run as brain_run
from musecritic.cli import main
from musecritic.cli.identify import command as identify
from musecritic.corpora.collection import Collection
from musecritic.corpora.corpus import Corpus, Work
from musecritic.music.piece import Piece
from musecritic.music.write import write_midi

LABELS = {
    "origin": ("ai",),
    "published": ("ai",),
    "generator": ("Mill",),
    "period": ("Modern",),
    "instruments": ("piano",),
}
RECORD = {
    "path", "duration_s", "p_ai", "decision", "thresholds", "labels", "stages", "nearest", "windows",
    "model",
}  # fmt: skip

# Lightning's own deprecations and advice are not this project's to heed.
pytestmark = pytest.mark.filterwarnings("ignore:::lightning", "ignore:.*LeafSpec.*")


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("weights")
    for name, network in (
        ("audio", Network(Config(LABELS, widths=(4, 4, 4), depths=(1, 1, 1)))),
        ("notes", NoteNetwork(NoteConfig(LABELS, depth=1))),
    ):
        save(network, Card(name, "0", name, network.config, 1.0, 0.2, 0.8), folder)
    return [
        "--listener", str(folder / "audio.safetensors"),
        "--reader", str(folder / "notes.safetensors"),
    ]  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    here = tmp_path / "in"
    here.mkdir()
    write_midi(Piece(made_up_notes(0)), here / "a.mid")
    soundfile.write(here / "b.wav", np.random.default_rng(0).normal(0, 0.1, 320_000), 16_000)
    (here / "c.mp3").write_text("no music")
    return here


def test_every_file_of_a_folder_has_its_record(weights, folder) -> None:
    result = CliRunner().invoke(identify, [str(folder), "--format", "jsonl", *weights])
    assert result.exit_code == 1
    a, b, c = (json.loads(line) for line in result.stdout.splitlines())
    for record in (a, b):
        assert set(record) >= RECORD
        assert record["thresholds"] == {"human_below": 0.2, "ai_above": 0.8}
        assert record["decision"] in ("human", "ai", "uncertain")
    assert (a["model"]["name"], b["model"]["name"]) == ("notes", "audio")
    assert c["error"]["type"] == "UnreadableFile"


def test_tables_name_what_probably_holds(weights, folder) -> None:
    result = CliRunner().invoke(identify, [str(folder), *weights])
    assert "a.mid" in result.stdout
    assert "error:" in result.stderr
    rows = CliRunner().invoke(identify, [str(folder / "a.mid"), "--format", "csv", *weights])
    (row,) = csv.DictReader(rows.stdout.splitlines())
    assert set(row) >= {"p_ai", "decision", "composer", "instruments"}
    assert rows.exit_code == 0


def test_a_run_by_command_ends_with_weights_that_identify(tmp_path, folder, monkeypatch) -> None:
    works = [
        (Work(f"{maker}{i}", origin=maker, generator="Mill" * (maker == "ai"), genre="song"), i)
        for maker in ("human", "ai")
        for i in range(30)
    ]
    corpus = Corpus.gather("x", ((w, Piece(made_up_notes(i, 60.0))) for w, i in works))
    collection = Collection.gather({"x": corpus})
    monkeypatch.setattr(Collection, "open", lambda root, **options: collection)
    monkeypatch.setattr(brain_run, "N_VALIDATION", {"audio": 8, "notes": 8})
    for network in ("audio", "notes"):
        options = ["--epochs", "1", "--draws", "4", "--batch", "2", "--workers", "0"]
        result = CliRunner().invoke(
            main,
            ["train", "brain", "--network", network, "--root", str(tmp_path), "--device", "cpu",
             "--out", str(tmp_path / "run" / network), "--format", "json", *options],
            catch_exceptions=False,
        )  # fmt: skip
        assert result.exit_code == 0, result.stderr
        trained = json.loads(result.stdout[result.stdout.index("{") :])
        assert trained["human_below"] <= trained["ai_above"]
    found = CliRunner().invoke(
        identify,
        [str(folder / "a.mid"), "--listener", str(tmp_path / "run/audio/audio.safetensors"),
         "--reader", str(tmp_path / "run/notes/notes.safetensors"), "--format", "json"],
    )  # fmt: skip
    assert found.exit_code == 0
    again = CliRunner().invoke(
        main,
        ["train", "brain", "--root", str(tmp_path), "--out", str(tmp_path / "run" / "notes")],
    )
    assert again.exit_code == 2
    assert "holds a run already" in again.stderr


def test_a_run_without_corpora_says_what_to_name() -> None:
    result = CliRunner().invoke(main, ["train", "brain", "--out", "x"], env={"MUSECRITIC_DATA": ""})
    assert result.exit_code == 1
    assert "--root" in result.stderr
