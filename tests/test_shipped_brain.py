"""MusicBrain's shipped weights on the shipped examples."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from musecritic import MusicBrain, read
from musecritic.cli import main
from musecritic.music.render import render, write_wav
from musecritic.music.tempo import Tempo

ROOT = Path(__file__).parents[1]
GOLDEN = json.loads((ROOT / "tests/golden/examples.json").read_text())
EXAMPLES = sorted((ROOT / "examples").glob("*.mid"))


@pytest.fixture(scope="module")
def brain() -> MusicBrain:
    return MusicBrain.load(device="cpu")


def test_the_golden_values_are_of_these_weights(brain: MusicBrain) -> None:
    assert brain.reader_card.sha256 == GOLDEN["brain_sha256"], "run tests/golden/write_examples.py"


@pytest.mark.parametrize("name", GOLDEN["piano"])
def test_a_piano_is_heard_in_the_examples(brain: MusicBrain, name: str) -> None:
    by_name = {
        label.name: label.p for label in brain(ROOT / "examples" / name).labels["instruments"]
    }
    assert by_name["piano"] == pytest.approx(GOLDEN["piano"][name], abs=2e-3)


@pytest.mark.parametrize("name", GOLDEN["p_ai"])
def test_examples_are_judged_as_they_were(brain: MusicBrain, name: str) -> None:
    assert brain(ROOT / "examples" / name).p_ai == pytest.approx(GOLDEN["p_ai"][name], abs=2e-4)


def test_no_example_is_called_a_machines(brain: MusicBrain) -> None:
    assert {found.decision for found in brain(EXAMPLES)} <= {"human", "uncertain"}


def test_a_transposition_changes_neither_label_nor_verdict(brain: MusicBrain) -> None:
    piece = read(ROOT / "examples" / "beethoven_fur_elise.mid")
    notes = piece.notes.copy()
    notes["pitch"] += 1
    one, other = brain([piece, replace(piece, notes=notes)])
    assert other.p_ai == pytest.approx(one.p_ai, abs=1e-4)
    assert [label.name for label in one.labels["composer"]] == [
        label.name for label in other.labels["composer"]
    ]


def test_tempo_velocity_and_instrument_change_no_verdict(brain: MusicBrain) -> None:
    piece = read(ROOT / "examples" / "petzold_minuet.mid")
    notes = piece.notes.copy()
    notes["velocity"] = 99
    for edge in ("onset", "offset"):
        notes[edge] *= 2
    tempi = tuple(Tempo(2 * tempo.start, tempo.qpm / 2) for tempo in piece.tempi)
    parts = tuple(replace(part, program=40) for part in piece.parts)
    one, other = brain([piece, replace(piece, notes=notes, parts=parts, tempi=tempi)])
    assert other.duration == pytest.approx(2 * one.duration)
    assert other.p_ai == pytest.approx(one.p_ai, abs=1e-4)


def test_near_works_are_named_with_how_common_that_is(brain: MusicBrain) -> None:
    nearest = brain(ROOT / "examples" / "beethoven_fur_elise.mid").nearest
    assert "summary" in {neighbour.by for neighbour in nearest}
    for neighbour in nearest:
        assert neighbour.work
        assert 0 <= neighbour.common <= 1
        assert neighbour.similarity <= 1


def test_a_recording_has_near_works_too(brain: MusicBrain, tmp_path: Path) -> None:
    nearest = brain(sounding("petzold_minuet.mid", 0, tmp_path)).nearest
    assert nearest
    assert {neighbour.by for neighbour in nearest} == {"summary"}
    assert all(0 <= neighbour.common <= 1 for neighbour in nearest)


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0])
def test_noise_is_nobodys(brain: MusicBrain, tmp_path: Path, slope: float) -> None:
    white = np.fft.rfft(np.random.default_rng(0).normal(0, 1, 20 * 16_000))
    noise = np.fft.irfft(white / np.maximum(np.arange(len(white)), 20) ** slope)
    soundfile.write(tmp_path / "noise.wav", 0.3 * noise / np.abs(noise).max(), 16_000)
    found = brain(tmp_path / "noise.wav")
    assert found.decision == "uncertain"
    assert found.caveat


def sounding(example: str, program: int, folder: Path) -> Path:
    """Return the place of an example's beginning as it sounds on another instrument."""
    piece = read(ROOT / "examples" / example)
    part = replace(piece.parts[0], program=program)
    notes = piece.notes[piece.notes["onset"] < 20].copy()
    notes["part"] = 0
    sound = folder / f"{program}.wav"
    write_wav(render(replace(piece, notes=notes, parts=(part,))), sound)
    return sound


@pytest.mark.parametrize(("program", "name"), [(0, "piano"), (71, "clarinet"), (56, "trumpet")])
def test_who_plays_is_heard(brain: MusicBrain, tmp_path: Path, program: int, name: str) -> None:
    found = brain(sounding("petzold_minuet.mid", program, tmp_path))
    assert found.labels["instruments"][0].name == name
    assert found.likely("instruments")


def test_a_recordings_gain_changes_nothing(brain: MusicBrain, tmp_path: Path) -> None:
    loud = sounding("petzold_minuet.mid", 0, tmp_path)
    sound, rate = soundfile.read(loud)
    quiet = tmp_path / "quiet.flac"
    soundfile.write(quiet, sound / 8, rate, subtype="PCM_24")
    one, other = brain([loud, quiet])
    assert other.p_ai == pytest.approx(one.p_ai, abs=1e-3)
    assert other.labels["instruments"][0].p == pytest.approx(
        one.labels["instruments"][0].p, abs=0.01
    )


def test_a_page_explains_a_recording(tmp_path: Path) -> None:
    sound, out = sounding("petzold_minuet.mid", 0, tmp_path), tmp_path / "page.html"
    result = CliRunner().invoke(main, ["explain", str(sound), "-o", str(out), "--seconds", "10"])
    assert result.exit_code == 0, result.stderr
    page = out.read_text()
    assert "piano" in page
    assert "data:image/png" in page


def test_without_a_listener_recordings_are_refused_and_the_rest_goes_on(tmp_path: Path) -> None:
    sound = tmp_path / "a.wav"
    soundfile.write(sound, np.random.default_rng(0).normal(0, 0.1, 16_000), 16_000)
    result = CliRunner().invoke(
        main,
        ["identify", str(sound), str(EXAMPLES[0]), "--format", "jsonl", "--listener", "none"],
    )
    assert result.exit_code == 1
    refused, judged = (json.loads(line) for line in result.stdout.splitlines())
    assert "no network that hears" in refused["error"]["message"]
    assert judged["labels"]["instruments"] == []
