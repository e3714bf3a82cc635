"""`musecritic repair`, with a network that chance made: what is written, not how good it is."""

import json
from dataclasses import replace

import pytest
import torch
from click.testing import CliRunner
from tests.conftest import made_up_notes

from musecritic.cli import main
from musecritic.cli.repair import command
from musecritic.critic.checkpoint import Card, load, save
from musecritic.critic.note_transformer import NoteConfig, NoteTransformer
from musecritic.music.piece import Piece
from musecritic.music.read import read
from musecritic.music.write import write_midi
from musecritic.repair.propose import LEVEL, MOST_EDITS, propose
from musecritic.web.tasks import RepairOptions

CONFIG = NoteConfig(("off-key", "noise"), depth=1)
CALM = tuple(float(x) for x in range(90, 100))  # clean notes often looked worse
EVERYTHING = tuple(float(x) for x in range(-100, -90))  # no clean note ever looked as bad


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    """A network for which every note of these pieces is suspicious."""
    torch.manual_seed(1)
    network = NoteTransformer(CONFIG)
    for weight in network.parameters():
        if not weight.any():
            torch.nn.init.normal_(weight, std=0.3)
    folder = tmp_path_factory.mktemp("model")
    save(network, Card("tiny", "0", CONFIG, tail=EVERYTHING, clip_tail=EVERYTHING), folder)
    return str(folder / "tiny.safetensors")


@pytest.fixture
def piece(tmp_path):
    write_midi(Piece(made_up_notes(2, 12.0)), tmp_path / "piece.mid")
    return tmp_path / "piece.mid"


def run(*told: object):
    return CliRunner().invoke(main, ["repair", *map(str, told)])


def heard(notes):
    return sorted(zip(notes["onset"].round(2).tolist(), notes["pitch"].tolist(), strict=True))


def test_the_file_is_what_the_records_say(model, piece, tmp_path) -> None:
    out = tmp_path / "mended.mid"
    found = run(piece, "-o", out, "--model", model, "--max-edits", 4, "--format", "json")
    assert found.exit_code == 0, found.output
    (record,) = json.loads(found.stdout)
    assert set(record) == {
        "path", "out", "p_real_before", "p_real_after", "n_edits", "edits", "refused", "doubted",
        "model",
    }  # fmt: skip
    assert 1 <= record["n_edits"] <= 4
    notes = heard(read(piece).notes)
    for edit in record["edits"]:
        assert edit["p_real_after"] >= edit["p_real_before"]
        for note in edit["before"]:
            notes.remove((round(note["onset_s"], 2), note["pitch"]))
        notes += [(round(note["onset_s"], 2), note["pitch"]) for note in edit["after"]]
    mended = heard(read(out).notes)
    assert [pitch for _, pitch in mended] == [pitch for _, pitch in sorted(notes)]


def test_only_notes_leaves_times_alone(model, piece) -> None:
    found = run(piece, "--dry-run", "--only-notes", "--model", model, "--format", "json")
    (record,) = json.loads(found.stdout)
    assert {edit["action"] for edit in record["edits"]} <= {"move", "delete"}


def test_a_dry_run_writes_nothing(model, piece, tmp_path) -> None:
    before = sorted(tmp_path.iterdir())
    found = run(piece, "--dry-run", "--model", model)
    assert found.exit_code == 0
    assert sorted(tmp_path.iterdir()) == before
    assert "p_real before" in found.stdout


def test_without_a_place_to_write_it_is_wrong_usage(model, piece) -> None:
    assert run(piece, "--model", model).exit_code == 2


def test_a_folder_keeps_its_shape_and_a_bad_file_does_not_stop_it(model, piece, tmp_path) -> None:
    (tmp_path / "in/below").mkdir(parents=True)
    piece.rename(tmp_path / "in/below/one.mid")
    (tmp_path / "in/bad.mid").write_text("no music")
    found = run(
        tmp_path / "in", "-o", tmp_path / "out", "--model", model, "--max-edits", 1,
        "--format", "jsonl",
    )  # fmt: skip
    records = [json.loads(line) for line in found.stdout.splitlines()]
    assert found.exit_code == 1
    assert sorted("error" in record for record in records) == [False, True]
    assert (tmp_path / "out/below/one.mid").is_file()
    assert not (tmp_path / "out/bad.mid").exists()


def test_an_original_is_not_written_over(model, piece) -> None:
    before = piece.read_bytes()
    found = run(piece, "-o", piece, "--model", model, "--format", "json")
    assert found.exit_code == 1
    assert "is an original" in found.output
    assert piece.read_bytes() == before


def test_abc_can_only_be_looked_at(model, tmp_path) -> None:
    (tmp_path / "tune.abc").write_text("X:1\nL:1/8\nQ:1/4=100\nK:C\n" + "CDEF GABc|" * 8 + "\n")
    out = tmp_path / "out.abc"
    found = run(tmp_path / "tune.abc", "-o", out, "--model", model, "--format", "json")
    assert found.exit_code != 0
    assert not out.exists()
    looked = run(tmp_path / "tune.abc", "--dry-run", "--model", model, "--format", "json")
    assert looked.exit_code == 0


def test_a_network_over_rolls_is_refused(piece) -> None:
    found = run(piece, "--dry-run", "--model", "crnn", "--format", "json")
    assert "does not judge single notes" in found.output
    assert found.exit_code == 1


def test_where_nothing_is_done_the_doubts_are_told(model, piece, tmp_path) -> None:
    """Notes look wrong to this network, but then so do those of clean music."""
    network, card = load(model)
    calm = replace(card, name="calm", tail=CALM, clip_tail=CALM)
    save(network, calm, tmp_path)
    found = run(piece, "--dry-run", "--model", tmp_path / "calm.safetensors", "--format", "json")
    (record,) = json.loads(found.stdout)
    assert record["n_edits"] == 0
    doubts = [note["p_wrong"] for note in record["doubted"]]
    assert doubts
    assert doubts == sorted(doubts, reverse=True)
    assert min(doubts) >= 0.5
    told = run(piece, "--dry-run", "--model", tmp_path / "calm.safetensors")
    assert "a higher --level tries more" in " ".join(told.stderr.split())


def test_a_fault_nobody_foresaw_is_told_of_its_file_alone(model, piece, monkeypatch) -> None:
    other = piece.with_name("other.mid")
    other.write_bytes(piece.read_bytes())

    def fails(critic, piece, **asked):
        if piece.source.name == "other.mid":
            raise ZeroDivisionError("by 0")
        return propose(critic, piece, **asked)

    monkeypatch.setattr("musecritic.repair.propose.propose", fails)
    found = run(other, piece, "--dry-run", "--model", model, "--format", "json")
    assert found.exit_code == 1
    failed, judged = json.loads(found.stdout)
    assert failed["error"]["type"] == "Unexpected"
    assert "other.mid" in failed["error"]["message"]
    assert judged["n_edits"] >= 1


def test_command_service_and_library_doubt_alike() -> None:
    options = {option.name: option.default for option in command.params}
    assert options["level"] == RepairOptions().level == LEVEL
    assert options["max_edits"] == RepairOptions().max_edits == MOST_EDITS
