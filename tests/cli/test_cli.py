"""The command line: records, formats, exit codes, quick start."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from musecritic.cli import COMMANDS, main
from musecritic.corrupt import CORRUPTIONS
from musecritic.music.notes import in_order, notes_from
from musecritic.music.piece import Piece
from musecritic.music.read import read
from musecritic.music.write import write_midi

RECORD = {
    "path", "kind", "duration_s", "p_real", "clips", "notes", "severity", "faults", "model",
}  # fmt: skip


@pytest.fixture
def run():
    runner = CliRunner()

    def invoke(*arguments):
        return runner.invoke(main, [str(a) for a in arguments], catch_exceptions=False)

    return invoke


@pytest.fixture
def folder(piece, tmp_path):
    (tmp_path / "in").mkdir()
    write_midi(piece, tmp_path / "in" / "a.mid")
    write_midi(piece, tmp_path / "in" / "b.mid")
    return tmp_path / "in"


@pytest.fixture
def one_note(piece, tmp_path):
    path = tmp_path / "one.mid"
    write_midi(replace(piece, notes=piece.notes[:1]), path)
    return path


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(run, name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.stdout


def test_importing_and_help_load_no_torch() -> None:
    for code in ("import musecritic", "from musecritic.cli import main; main(['--help'])"):
        probe = (
            f"import sys\ntry:\n    {code.replace('; ', chr(10) + '    ')}\n"
            "except SystemExit: pass\n"
            "assert not {'torch', 'matplotlib', 'partitura'} & set(sys.modules)"
        )
        subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True)


def test_a_folder_as_jsonl(run, folder) -> None:
    result = run("score", folder, "--format", "jsonl")
    assert result.exit_code == 0
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [r["path"] for r in records] == [str(folder / "a.mid"), str(folder / "b.mid")]
    assert all(set(r) >= RECORD for r in records)
    assert records[0]["p_real"] == records[1]["p_real"]


def test_a_bad_file_is_reported_and_the_others_scored(run, folder) -> None:
    (folder / "aa.mid").write_text("not music")
    result = run("score", folder, folder / "gone.mid", "--format", "jsonl")
    assert result.exit_code == 1
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert ["error" in r for r in records] == [False, True, False, True]
    assert "aa.mid" in records[1]["error"]["message"]


def test_a_folder_without_music_is_an_error_of_its_own(run, folder, tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    result = run("score", folder / "a.mid", tmp_path / "empty", folder, "--format", "json")
    assert result.exit_code == 1
    assert ["error" in r for r in json.loads(result.stdout)] == [False, True, False]


def test_csv_has_one_row_a_file(run, folder) -> None:
    (folder / "c.mid").write_bytes(b"")
    result = run("score", folder, "--format", "csv")
    rows = list(csv.DictReader(result.stdout.splitlines()))
    assert [bool(r["error"]) for r in rows] == [False, False, True]
    assert 0 <= float(rows[0]["p_real"]) <= 1


def test_the_table_names_files_and_errors(run, folder) -> None:
    (folder / "c.mid").write_bytes(b"")
    result = run("score", folder)
    assert result.exit_code == 1
    assert "a.mid" in result.stdout.replace("\n", "")
    assert "c.mid" in result.stderr


def test_pictures_of_files_of_one_name_do_not_collide(run, folder, tmp_path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "a.mid").write_bytes((folder / "a.mid").read_bytes())
    run("score", folder, "--plot", tmp_path / "plots", "--format", "json")
    assert {p.name for p in (tmp_path / "plots").iterdir()} == {"a.png", "a-mid.png", "b.png"}


@pytest.mark.parametrize(
    "arguments", [["score"], ["score", "x.mid", "--format", "xml"], ["nothing"], ["corrupt", "x"]]
)
def test_wrong_usage_ends_with_2(run, arguments) -> None:
    assert run(*arguments).exit_code == 2


def test_limits_are_options(run, folder) -> None:
    result = run("score", folder / "a.mid", "--max-notes", 10)
    assert result.exit_code == 1
    assert "--max-notes" in result.stderr


@pytest.mark.parametrize("kind", ["shuffle", "off-key", "noise"])
def test_corrupt_writes_a_damaged_file(run, folder, tmp_path, kind: str) -> None:
    arguments = ("corrupt", folder / "a.mid", "--kind", kind, "--severity", "0.1", "--seed", "3")
    assert run(*arguments, "-o", tmp_path / "out.mid").exit_code == 0
    assert run(*arguments, "-o", tmp_path / "again.mid").exit_code == 0
    before, after = read(folder / "a.mid").notes, read(tmp_path / "out.mid").notes
    assert not np.array_equal(before[["onset", "pitch"]], after[["onset", "pitch"]])
    assert (tmp_path / "out.mid").read_bytes() == (tmp_path / "again.mid").read_bytes()


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_corrupt_tells_what_it_touched_and_what_is_gone(run, folder, tmp_path, kind: str) -> None:
    path = folder / "a.mid"
    notes = read(path).notes
    notes["offset"][::2] += 0.17  # some overlap, and some follow at once
    again = notes_from(np.arange(9) / 2, np.arange(9) / 2 + 0.47, 24)
    write_midi(Piece(in_order(np.concatenate([notes, again]))), path)
    n_before = len(read(path).notes)

    out = tmp_path / "out.mid"
    result = run("corrupt", path, "--kind", kind, "-o", out, "--format", "jsonl")
    assert result.exit_code == 0
    record = json.loads(result.stdout)
    assert set(record) == {
        "path", "out", "kind", "severity", "seed", "n_touched", "touched", "removed",
    }  # fmt: skip
    touched, removed = record["touched"], record["removed"]
    assert record["n_touched"] == len(touched) + len(removed) > 0
    assert all(set(note) == {"onset_s", "pitch"} for note in touched + removed)
    assert bool(removed) == (kind in ("removed", "joined", "repeated"))
    if kind in ("removed", "joined"):
        assert len(read(out).notes) == n_before - len(removed)

    line = run("corrupt", path, "--kind", kind, "-o", out)
    assert line.exit_code == 0
    assert f"{record['n_touched']} notes touched by {kind}" in line.stdout
    assert "at 0:0" in line.stdout


def test_corrupt_names_every_kind(run) -> None:
    words = run("corrupt", "--help").stdout.split()
    for kind in CORRUPTIONS:
        assert {kind, f"{kind},", f"{kind}."} & set(words)


def test_corrupt_says_what_is_wrong(run, folder, tmp_path) -> None:
    out = tmp_path / "out.mid"
    for arguments, words in (
        (["--kind", "jazz"], "shuffle"),
        (["--kind", "noise", "--severity", "2"], "severity"),
    ):
        result = run("corrupt", folder / "a.mid", *arguments, "-o", out)
        assert result.exit_code == 2
        assert words in result.stderr
        assert not out.exists()


def test_names_that_are_no_utf8_are_printed(folder) -> None:
    odd = os.fsdecode(os.fsencode(folder) + b"/caf\xe9.mid")
    Path(odd).write_bytes(b"")
    for form in ("table", "json", "jsonl", "csv"):
        done = subprocess.run(
            [sys.executable, "-m", "musecritic", "score", str(folder), "--format", form],
            check=False,
            capture_output=True,
        )
        assert done.returncode == 1, done.stderr
        assert b"Traceback" not in done.stderr
        assert b"a.mid" in done.stdout


def test_a_file_named_twice_is_scored_once(run, folder) -> None:
    result = run("score", folder / "b.mid", folder, "--format", "jsonl")
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [Path(r["path"]).name for r in records] == ["b.mid", "a.mid"]


def test_other_wants_a_name_and_a_folder(run, tmp_path) -> None:
    result = run("evaluate", "critic", "--out", tmp_path, "--protocol", "full", "--other", "jazz")
    assert result.exit_code == 2
    assert "NAME=DIR" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("brain", "--protocol", "seed"), "brain has no protocol seed"),
        (("critic", "--protocol", "data"), "critic has no protocol data"),
        (("brain", "--protocol", "data", "--limit", 3), "has no --model, --other or --limit"),
        (("brain", "--limit", 3), "heads has no --other or --limit"),
        (("brain", "--model", "a", "--model", "b", "--model", "c"), "wants one --model"),
        (("brain", "--protocol", "held-out"), "of every run"),
    ],
)
def test_protocols_are_of_a_system(run, tmp_path, arguments, why) -> None:
    result = run("evaluate", *arguments, "--out", tmp_path, "--root", tmp_path)
    assert result.exit_code == 2
    assert why in " ".join(result.stderr.split())


def test_the_brains_collection_is_looked_for_where_it_is_said_to_be(run, tmp_path) -> None:
    result = run("evaluate", "brain", "--out", tmp_path / "out", "--root", tmp_path)
    assert result.exit_code == 1
    assert "none of musicnet, bach-chorales, openscore, notagen, js-fakes" in result.stderr
    assert not (tmp_path / "out").exists()


def test_sources_want_a_network_and_nothing_else_does(run, tmp_path) -> None:
    for arguments in (("sources",), ("folder", "--model", "notes")):
        result = run("prepare", *arguments, "--root", tmp_path)
        assert result.exit_code == 2
        assert "--model goes with sources" in result.stderr


def test_prepare_a_folder_and_name_what_is_left_out(run, folder, tmp_path) -> None:
    (folder / "broken.mid").write_bytes(b"MThd")
    out = tmp_path / "cache.npz"
    result = run("prepare", "folder", "--root", folder, "--out", out)
    assert result.exit_code == 1
    assert "broken.mid" in result.stderr
    assert "2 works" in result.stdout
    from musecritic.corpora.corpus import Corpus

    assert len(Corpus.open(out)) == 2


def test_maestro_that_is_not_there_says_what_to_fetch(run, tmp_path) -> None:
    result = run("prepare", "maestro", "--root", tmp_path)
    assert result.exit_code == 1
    assert "maestro-v3.0.0-midi.zip" in result.stderr
    assert "--root" in result.stderr


def test_corrupt_keeps_a_folder_s_shape_and_names_what_failed(run, folder, tmp_path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "a.mid").write_bytes((folder / "a.mid").read_bytes())
    (folder / "bad.mid").write_bytes(b"MThd")
    out = tmp_path / "out"
    result = run("corrupt", folder, "--kind", "noise", "-o", out, "--format", "jsonl")
    assert result.exit_code == 1
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [Path(r["path"]).name for r in records if "error" in r] == ["bad.mid"]
    assert {str(p.relative_to(out)) for p in out.rglob("*.mid")} == {"a.mid", "b.mid", "sub/a.mid"}
    done = records[0]
    assert done["n_touched"] == len(done["touched"]) > 0
    assert done["severity"] == pytest.approx(0.1, abs=0.05)


def test_corrupt_never_writes_two_files_into_one(run, folder, tmp_path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "a.mid").write_bytes((folder / "b.mid").read_bytes())
    arguments = (folder / "a.mid", folder / "sub" / "a.mid", "--kind", "noise")
    result = run("corrupt", *arguments, "-o", tmp_path / "out")
    assert result.exit_code == 1
    assert "already another file's" in result.stderr


@pytest.mark.parametrize("named_one_by_one", [False, True])
def test_corrupt_tells_a_score_from_the_midi_file_of_its_name(
    run, folder, tmp_path, named_one_by_one
) -> None:
    (folder / "a.abc").write_text("X:1\nL:1/4\nK:C\nCDEF GABc cBAG FEDC\n")
    paths = sorted(folder.iterdir()) if named_one_by_one else [folder]
    out = tmp_path / "out"
    result = run("corrupt", *paths, "--kind", "off-key", "-o", out)
    assert result.exit_code == 0
    assert {path.name for path in out.iterdir()} == {"a.mid", "a-abc.mid", "b.mid"}


def test_corrupt_takes_a_file_named_twice_once(run, folder, tmp_path) -> None:
    arguments = (folder, folder / "a.mid", "--kind", "noise", "-o", tmp_path / "out")
    result = run("corrupt", *arguments, "--format", "jsonl")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 2


def test_corrupt_never_writes_over_an_original(run, folder) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    for out in (folder, folder / "a.mid"):
        source = folder if out == folder else out
        result = run("corrupt", source, "--kind", "noise", "-o", out)
        assert result.exit_code == (2 if out == folder else 1)
        assert "original" in result.stderr
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_corrupt_wants_a_folder_for_several_files(run, folder, tmp_path) -> None:
    result = run("corrupt", folder, "--kind", "noise", "-o", tmp_path / "out.mid")
    assert result.exit_code == 2
    assert "name a folder" in result.stderr
    assert not (tmp_path / "out.mid").exists()


def test_a_place_where_nothing_can_be_written_is_named(run, folder, tmp_path) -> None:
    target = folder / "b.mid" / "out.mid"  # below a file
    result = run("corrupt", folder / "a.mid", "--kind", "noise", "-o", target)
    assert result.exit_code == 1
    assert f"{target}: it cannot be written" in result.stderr


def test_corrupt_of_a_file_that_cannot_be_damaged_names_it(run, tmp_path, one_note) -> None:
    result = run("corrupt", one_note, "--kind", "shuffle", "-o", tmp_path / "out.mid")
    assert result.exit_code == 1
    assert str(one_note) in result.stderr
    assert not (tmp_path / "out.mid").exists()


@pytest.mark.parametrize("command", ["compose", "prepare"])
@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
def test_commands_of_one_result_print_one_record(run, folder, tmp_path, command, form) -> None:
    arguments = {
        "compose": ("--seconds", 2, "--voices", 1, "-o", tmp_path / "out.mid"),
        "prepare": ("folder", "--root", folder, "--out", tmp_path / "cache.npz"),
    }[command]
    result = run(command, *arguments, "--format", form)
    assert result.exit_code == 0
    if form == "csv":
        (record,) = csv.DictReader(result.stdout.splitlines())
    else:
        record = json.loads(result.stdout)
    assert float(record["n_notes"]) > 0


@pytest.mark.parametrize(
    ("option", "name"), [("-o", "out.txt"), ("--plot", "out.xyz"), ("--wav", "out.mp3")]
)
def test_compose_refuses_a_format_before_it_begins(run, tmp_path, option, name) -> None:
    result = run("compose", "--seconds", 900, "-o", tmp_path / "o.mid", option, tmp_path / name)
    assert result.exit_code == 2
    assert name in result.stderr


def test_compose_and_score_notice_at_once_that_nothing_can_be_written(
    run, folder, tmp_path
) -> None:
    below_a_file = folder / "a.mid" / "out"
    for arguments in (
        ("compose", "--seconds", 900, "-o", below_a_file / "o.mid"),
        ("score", folder, "--plot", below_a_file),
    ):
        result = run(*arguments)
        assert result.exit_code == 1
        assert "cannot be written" in result.stderr
        assert not result.stdout


def test_what_is_not_there_is_said_to_be_missing(run, tmp_path) -> None:
    result = run("score", tmp_path / "nofolder")
    assert result.exit_code == 1
    assert "there is no such file" in result.stderr


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--keep=0.5"], 2, "--initial"),
        (["--initial=nosuch", "--keep=0.5"], 1, "there is no model 'nosuch'"),
    ],
)
def test_what_a_run_is_to_begin_with_is_looked_at_before_the_corpus(
    run, tmp_path, options, code, said
) -> None:
    found = run("train", "critic", "--root", tmp_path / "none", "--out", tmp_path / "out", *options)
    assert found.exit_code == code
    assert said in found.stderr
    assert not (tmp_path / "out").exists()


def test_train_s_help_says_what_each_option_means(run) -> None:
    told = " ".join(run("train", "critic", "--help").stdout.split())
    heaviest = "[seed 1, trunk 1, attention 0.4, seams 0, notes 1, styles 0.4]"
    assert f"How heavy the curriculum begins, 0 .. 1. {heaviest}" in told
    assert "Step size of Muon." in told
