"""`score --blame` with the shipped weights, on the beginning of an example."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from musecritic.cli import main
from musecritic.music.read import read
from musecritic.music.write import write_midi

BACH = Path(__file__).parents[2] / "examples" / "bach_prelude.mid"


@pytest.fixture(scope="module")
def beginning(tmp_path_factory) -> Path:
    """Nine seconds: two windows."""
    piece = read(BACH)
    path = tmp_path_factory.mktemp("in") / "beginning.mid"
    write_midi(replace(piece, notes=piece.notes[piece.notes["onset"] < 9]), path)
    return path


@pytest.fixture
def run():
    def invoke(*arguments):
        return CliRunner().invoke(main, ["score", *map(str, arguments), "--device", "cpu"])

    return invoke


def scored(run, *arguments):
    result = run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    (record,) = json.loads(result.stdout)
    return record


@pytest.mark.parametrize("model", ["notes", "crnn"])
def test_occlusion_is_told_of_every_note_and_all_else_stays(run, beginning, model) -> None:
    plain = scored(run, beginning, "--model", model)
    record = scored(run, beginning, "--model", model, "--blame", "occlusion", "--blame-most", 2)
    told = record.pop("blame")
    assert record == plain
    assert told["method"] == "occlusion"
    notes = read(beginning).notes
    assert [note["pitch"] for note in told["notes"]] == notes["pitch"].tolist()
    tried = [note for note in told["notes"] if note["out"] is not None]
    assert 2 <= len(tried) <= 4  # two of each window
    assert any(note["moved"] is not None for note in tried)
    assert told["agreement"] is None  # of notes that were chosen by p_wrong it would say little


def test_of_all_notes_the_agreement_with_p_wrong_is_told(run, beginning) -> None:
    told = scored(run, beginning, "--model", "notes", "--blame", "occlusion")["blame"]
    assert all(note["out"] is not None for note in told["notes"])
    assert -1 <= told["agreement"]["spearman"] <= 1
    assert 0 <= told["agreement"]["top3"] <= 1


def test_gradient_and_attention_of_the_network_over_rolls(run, beginning, tmp_path) -> None:
    arguments = (beginning, "--model", "crnn", "--blame")
    gradient = scored(run, *arguments, "gradient", "--plot", tmp_path)["blame"]
    attention = scored(run, *arguments, "attention")["blame"]
    assert {note["blame"] > 0 for note in gradient["notes"]} == {True, False}
    assert 0 < max(note["blame"] for note in attention["notes"]) <= 1
    assert (tmp_path / "beginning.png").stat().st_size > 10_000


def test_the_table_names_the_most_blamed(run, beginning) -> None:
    result = run(beginning, "--model", "crnn", "--blame", "gradient")
    (line,) = [line for line in result.stderr.splitlines() if "most blamed by gradient" in line]
    assert line.count(" at 0:0") == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--model", "notes", "--blame", "gradient"), "p_wrong"),
        (("--blame", "guess"), "occlusion"),
        (("--blame-most", "3"), "--blame occlusion"),
    ],
)
def test_wrong_combinations_say_what_to_do(run, beginning, arguments, message) -> None:
    result = run(beginning, *arguments)
    assert result.exit_code != 0
    assert message in result.output
