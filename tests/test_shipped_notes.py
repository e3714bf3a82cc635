"""The shipped network over notes on the shipped examples."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from musecritic import Critic, corrupt_piece, propose, read
from musecritic.critic.degenerate import DEGENERATE

ROOT = Path(__file__).parents[1]
GOLDEN = json.loads((ROOT / "tests/golden/examples.json").read_text())
EXAMPLES = sorted((ROOT / "examples").glob("*.mid"))


@pytest.fixture(scope="module")
def critic() -> Critic:
    return Critic.load("notes", device="cpu", precision="fp32")


def test_the_golden_values_are_of_these_weights(critic: Critic) -> None:
    assert critic.card.sha256 == GOLDEN["notes_sha256"], "run tests/golden/write_examples.py"


@pytest.mark.parametrize("name", GOLDEN["notes_p_real"])
def test_examples_are_judged_as_they_were(critic: Critic, name: str) -> None:
    verdict = critic(ROOT / "examples" / name)
    assert verdict.p_real == pytest.approx(GOLDEN["notes_p_real"][name], abs=5e-4)
    assert verdict.notes.p_wrong.mean() == pytest.approx(GOLDEN["notes_p_wrong"][name], abs=5e-4)


@pytest.mark.parametrize("kind", ["off-key", "noise"])
def test_wrong_notes_stand_out(critic: Critic, kind: str) -> None:
    ranks = []
    for seed, path in enumerate(EXAMPLES):
        damaged = corrupt_piece(read(path), kind, 0.03, seed)
        judged = critic(damaged.piece).notes
        wrong = np.isin(judged.notes, damaged.touched)
        below = (judged.p_wrong[wrong][:, None] > judged.p_wrong[~wrong]).mean()
        ranks.append(below)
    assert np.mean(ranks) > 0.8  # one half by chance


def test_severity_rises_with_damage(critic: Critic) -> None:
    pieces = [read(path) for path in EXAMPLES]

    def said(severity: float) -> float:
        damaged = [corrupt_piece(p, "off-key", severity, 1).piece for p in pieces]
        return float(np.mean([verdict.severity for verdict in critic(damaged)]))

    clean = float(np.mean([verdict.severity for verdict in critic(pieces)]))
    assert clean < said(0.1) < said(0.4)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("off-key", {"off-key"}),
        ("pitch", {"pitch"}),
        ("split", {"split"}),
        ("noise", {"noise", "pitch"}),  # either way a note stands where none belongs
    ],
)
def test_the_kind_of_damage_is_named(critic: Critic, kind: str, names: set[str]) -> None:
    damaged = [corrupt_piece(read(path), kind, 0.2, 2).piece for path in EXAMPLES]
    first = [verdict.faults[0]["kind"] for verdict in critic(damaged)]
    assert sum(name in names for name in first) >= len(first) - 1


def test_clean_music_passes_without_faults_but_for_one_false_alarm(critic: Critic) -> None:
    # The minuet is played by a rule that bends its time; its score, with the same notes, passes.
    verdicts = {path.name: critic(read(path)) for path in EXAMPLES}
    alarms = {name for name, verdict in verdicts.items() if not verdict.is_real or verdict.faults}
    assert alarms <= {"petzold_minuet.mid"}
    assert critic(read(ROOT / "examples" / "petzold_minuet.musicxml")).is_real


def test_what_is_no_music_is_far_and_music_is_not(critic: Critic) -> None:
    assert not any(verdict.is_far for verdict in critic([read(path) for path in EXAMPLES]))
    rng = np.random.default_rng(0)
    strange = [DEGENERATE[name](rng) for name in ("all keys", "random notes", "held note")]
    assert all(verdict.is_far for verdict in critic(strange))


def test_repair_brings_notes_back(critic: Critic) -> None:
    piece = read(ROOT / "examples" / "bach_prelude.mid")
    damaged = corrupt_piece(piece, "noise", 0.05, 4)
    repair = propose(critic, damaged.piece)
    strays = {note.tobytes() for note in damaged.touched}
    taken = [edit for edit in repair.edits if edit.before[0].tobytes() in strays]
    assert len(taken) >= len(repair.edits) / 2
    assert len(taken) >= 3
    assert repair.p_after > repair.p_before


def test_a_record_is_of_plain_values(critic: Critic) -> None:
    def walk(value) -> None:
        assert type(value) in (dict, list, str, int, float, bool, type(None)), type(value)
        parts = value.values() if isinstance(value, dict) else value
        for part in parts if isinstance(value, (dict, list)) else ():
            walk(part)

    walk(critic(corrupt_piece(read(EXAMPLES[0]), "shuffle", 0.5, 0).piece).record())


def test_the_picture_says_what_its_lines_are(critic: Critic, tmp_path, monkeypatch) -> None:
    verdict = critic(corrupt_piece(read(EXAMPLES[0]), "shuffle", 0.5, 0).piece)
    drawn = []

    def save(figure: Figure, path: Path, **_) -> None:
        drawn.append(figure)
        path.touch()

    monkeypatch.setattr(Figure, "savefig", save)
    verdict.plot(tmp_path / "a.png")
    told = {text.get_text() for text in drawn[0].axes[0].get_legend().get_texts()}
    assert told == {gap.what for gap in verdict.notes.gaps()} == {"cut"}
