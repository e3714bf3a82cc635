"""The page that explains: whole in itself, of the stretch asked for, and true to the file."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch
from click.testing import CliRunner
from tests.conftest import made_up_notes

from musecritic.brain.attribution import Attribution, Label, WindowAttribution
from musecritic.brain.checkpoint import Card, save
from musecritic.brain.inference import MusicBrain
from musecritic.brain.network import Config, Network
from musecritic.brain.note_network import NoteConfig, NoteNetwork
from musecritic.brain.spectrogram import BINS
from musecritic.brain.window import FRAMES
from musecritic.cli.explain import command
from musecritic.errors import BadInput
from musecritic.explain.cam import Target
from musecritic.explain.evidence import evidence, passages, targets_of
from musecritic.explain.explain import explain
from musecritic.explain.page import page, pitch_name
from musecritic.music.piece import Part, Piece
from musecritic.music.write import write_midi

LABELS = {"origin": ("ai",), "period": ("Baroque", "Modern"), "instruments": ("piano", "violin")}


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("weights")
    audio = Network(Config(LABELS, widths=(4, 4, 4), depths=(1, 1, 1)))
    audio.head.bias.data[:] = 3.0  # every label holds
    notes = NoteNetwork(NoteConfig(LABELS, depth=1))
    for name, network in (("audio", audio), ("notes", notes)):
        save(network, Card(name, "0", name, network.config, 1.0, 0.4, 0.6), folder)
    return folder / "audio.safetensors", folder / "notes.safetensors"


@pytest.fixture(scope="module")
def brain(weights) -> MusicBrain:
    return MusicBrain.load(*weights)


@pytest.fixture
def midi(tmp_path):
    path = tmp_path / "a <b> & c.mid"
    write_midi(Piece(made_up_notes(0, 35.0), (Part("", 40),)), path)
    return path


def test_a_page_needs_nothing_else(brain, midi) -> None:
    attribution, found, text = explain(brain, midi)
    assert "a &lt;b&gt; &amp; c.mid" in text
    assert "<b>" not in text
    assert not re.findall(r'(?:src|href)="(?!data:)', text)
    assert text.count("<audio") == 1 + sum(map(len, found.passages))
    assert f"{attribution.p_ai:.3f}" in text
    assert "violin" in text


def test_the_stretch_is_the_one_asked_for(brain, midi) -> None:
    _, found, text = explain(brain, midi, start=12.0, seconds=5.0)
    assert found.start == 10.0
    assert found.heat.shape[1:] == (BINS // 2, FRAMES // 2)
    assert "0:10 to 0:20" in text
    for of_label in found.passages:
        assert all(10 <= p.start < p.end <= 20 for p in of_label)


@pytest.mark.parametrize(
    ("options", "why"), [({"seconds": 999.0}, "more than a page"), ({"start": 99.0}, "ends at")]
)
def test_a_stretch_that_cannot_be_shown_is_refused(brain, midi, options, why) -> None:
    with pytest.raises(BadInput, match=why):
        explain(brain, midi, **options)


def test_a_recording_is_explained_too(brain, tmp_path) -> None:
    t = np.arange(12 * 16_000) / 16_000
    soundfile.write(tmp_path / "a.flac", 0.2 * np.sin(2 * np.pi * 440 * t), 16_000)
    _, found, text = explain(brain, tmp_path / "a.flac")
    assert found.heat.shape[2] == 200  # the second ten seconds end in silence
    assert "around" in text


def test_passages_are_where_the_heat_is() -> None:
    heat = np.zeros((96, 100), dtype=np.float32)
    heat[40, 30:40] = 1.0  # 3 to 4 s
    heat[52, 32:36] = 1.5
    heat[10, 70:75] = 0.4
    strongest, other = passages(heat, 20.0)
    assert strongest.start <= 23.0 < 24.0 <= strongest.end
    assert strongest.share == pytest.approx(16 / 18)
    assert strongest.pitches == (61, 73)
    assert other.start <= 27.0 < 27.5 <= other.end
    assert other.share == pytest.approx(2 / 18)
    assert passages(np.zeros((96, 100), dtype=np.float32), 0.0) == ()


def test_parts_of_a_stretch_are_compared_on_one_scale(brain) -> None:
    sound = np.zeros(20 * 16_000, dtype=np.float32)
    sound[:80_000] = 0.2 * np.sin(2 * np.pi * 440 * np.arange(80_000) / 16_000)
    found = evidence(brain.listener, sound, [Target("period", "Modern"), Target("x", "y")])
    assert found.targets == (Target("period", "Modern"),)
    assert found.picture.shape == (BINS, 2 * FRAMES)
    assert found.heat[..., 105:].sum() < 0.01 * found.heat.sum()  # the second window is silent
    assert 0 < found.p[0] < 1


def test_how_far_explaining_is_is_told(brain, midi) -> None:
    told = []
    explain(brain, midi, progress=lambda *how_far: told.append(how_far))
    assert told == [(0, 4), (2, 4)]


@pytest.mark.parametrize(
    ("start", "seconds", "shown"), [(32.0, 60.0, "0:30 to 0:40"), (3.0, 8.0, "0:00 to 0:20")]
)
def test_the_end_of_a_piece_can_be_shown(brain, midi, start, seconds, shown) -> None:
    _, _, text = explain(brain, midi, start=start, seconds=seconds)
    assert shown in text


def test_what_holds_is_explained(brain) -> None:
    def of(p_ai: float) -> Attribution:
        labels = {
            "composer": (Label("A", 0.6), Label("B", 0.55)),
            "genre": (Label("song", 0.2),),
            "instruments": (Label("piano", 0.9), Label("violin", 0.8)),
            "generator": (Label("Mill", 0.9),),
        }
        return Attribution(None, 1.0, p_ai, 0.4, 0.6, labels, {}, (), (), None, {}, {})

    assert targets_of(of(0.9)) == (
        Target("origin", "ai"),
        Target("composer", "A"),
        Target("instruments", "piano"),
        Target("instruments", "violin"),
        Target("generator", "Mill"),
    )
    by_a_person = targets_of(of(0.1))
    assert by_a_person[0] == Target("origin", "ai", holds=False)
    assert "generator" not in {target.head for target in by_a_person}


def test_of_a_score_the_passages_at_both_ends_are_shown(brain, midi) -> None:
    attribution, found, text = explain(brain, midi, seconds=10.0)
    assert "passage by passage" not in text  # so few are hardly more than the whole
    windows = tuple(WindowAttribution(6.0 * i, 6.0 * i + 12, i / 10) for i in range(9))
    sound = np.zeros(16_000, dtype=np.float32)
    text = page(
        replace(attribution, windows=windows),
        found,
        sound,
        title="x",
        piece=Piece(made_up_notes(0)),
    )
    shown = re.findall(r"<tr><td>(0:\d\d) to", text.split("passage by passage")[1].split("<h2>")[0])
    assert shown == ["0:48", "0:42", "0:36", "0:12", "0:06", "0:00"]
    many = replace(attribution, windows=windows)
    assert "passage by passage" not in page(many, found, sound, title="x")  # a recording's


def test_pitches_have_names() -> None:
    assert [pitch_name(pitch) for pitch in (21, 60, 70, 108)] == ["A0", "C4", "B♭4", "C8"]


def test_the_command_writes_the_page(weights, midi, tmp_path) -> None:
    out = tmp_path / "report.html"
    networks = ["--listener", str(weights[0]), "--reader", str(weights[1])]
    result = CliRunner().invoke(
        command, [str(midi), "-o", str(out), *networks], catch_exceptions=False
    )
    assert result.exit_code == 0
    assert "p_ai" in result.output
    assert out.read_text("utf-8").startswith("<!doctype html>")
    wrong = CliRunner().invoke(command, [str(midi), "-o", str(tmp_path / "report.pdf"), *networks])
    assert wrong.exit_code == 2
    assert ".html" in wrong.output
