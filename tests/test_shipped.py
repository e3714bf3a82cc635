"""The shipped weights on the shipped examples."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from musecritic import Critic, corrupt_piece, read
from musecritic.critic.degenerate import DEGENERATE

ROOT = Path(__file__).parents[1]
GOLDEN = json.loads((ROOT / "tests/golden/examples.json").read_text())
EXAMPLES = sorted((ROOT / "examples").glob("*.mid"))


@pytest.fixture(scope="module")
def critic() -> Critic:
    return Critic.load("crnn", device="cpu", precision="fp32")


def test_the_golden_values_are_of_these_weights(critic: Critic) -> None:
    assert critic.card.sha256 == GOLDEN["sha256"], "run tests/golden/write_examples.py"


@pytest.mark.parametrize("name", GOLDEN["p_real"])
def test_examples_score_as_they_did(critic: Critic, name: str) -> None:
    assert critic(ROOT / "examples" / name).p_real == pytest.approx(
        GOLDEN["p_real"][name], abs=2e-4
    )


def test_most_examples_count_as_real(critic: Critic) -> None:
    verdicts = critic(EXAMPLES)
    assert sum(verdict.is_real for verdict in verdicts) >= len(verdicts) - 1


@pytest.mark.parametrize("kind", ["shuffle", "off-key", "noise"])
def test_damage_lowers_the_verdict(critic: Critic, kind: str) -> None:
    pieces = [read(path) for path in EXAMPLES]
    whole = [verdict.p_real for verdict in critic(pieces)]
    damaged = [
        corrupt_piece(piece, kind, 0.3, seed).piece for seed in range(6) for piece in pieces
    ]  # one draw of a shuffle may hit nothing that matters
    harmed = [verdict.p_real for verdict in critic(damaged)]
    assert np.mean(harmed) < np.mean(whole) - 0.02


@pytest.mark.parametrize("name", DEGENERATE)
def test_nothing_that_is_no_music_pleases_more_than_the_examples(critic: Critic, name: str) -> None:
    examples = np.median([c.p_real for v in critic(EXAMPLES) for c in v.clips])
    rng = np.random.default_rng(7)
    logits, _ = critic.read(np.stack([DEGENERATE[name](rng) for _ in range(8)]))
    p_real = 1 / (1 + np.exp(-logits / critic.card.temperature))
    assert p_real.mean() < examples


def test_transposing_a_piece_changes_little(critic: Critic) -> None:
    piece = read(ROOT / "examples" / "bach_prelude.mid")
    p_real = []
    for shift in (-3, 0, 4):
        notes = piece.notes.copy()
        notes["pitch"] = notes["pitch"].astype(int) + shift
        p_real.append(critic(replace(piece, notes=notes)).p_real)
    assert np.ptp(p_real) < 0.15
