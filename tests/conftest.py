"""What several tests share: made-up music, a made-up corpus, a tiny untrained critic."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import settings

from musecritic.corpora.corpus import Corpus, Work
from musecritic.corpora.draw import Manifest, draw
from musecritic.critic.checkpoint import Card
from musecritic.critic.inference import Critic
from musecritic.critic.network import Config, Network
from musecritic.music.notes import Notes, notes_from
from musecritic.music.piece import Piece

# Timings vary on a busy machine, and a check that fails must fail again.
settings.register_profile("musecritic", deadline=None, derandomize=True)
settings.load_profile("musecritic")

TINY = Config(
    channels=(4, 6, 8, 8),
    stem=(5, 3),
    separable=True,
    projection=6,
    hidden=4,
    tonal=4,
    notes=True,
    joins=8,
    attend=128,
    depth=1,
)


def made_up_notes(seed: int, seconds: float = 30.0) -> Notes:
    """A walk over a major scale in two voices, five notes a second."""
    rng = np.random.default_rng(seed)
    scale = np.array([0, 2, 4, 5, 7, 9, 11])
    onset = np.arange(0.05, seconds - 0.5, 0.2)
    walk = np.cumsum(rng.integers(-2, 3, (2, len(onset))), axis=1)
    steps = np.clip(walk + np.array([[7], [18]]), 0, 34)
    pitch = 40 + scale[steps % 7] + 12 * (steps // 7)
    voice = [notes_from(onset, onset + 0.15, p, rng.integers(40, 90, len(p))) for p in pitch]
    notes = np.unique(np.concatenate(voice))
    return notes[np.lexsort((notes["pitch"], notes["onset"]))]


@pytest.fixture
def piece() -> Piece:
    return Piece(made_up_notes(0))


@pytest.fixture(scope="session")
def toy_corpus() -> Corpus:
    parts = ["train"] * 6 + ["validation"] * 4 + ["test"] * 4
    works = [
        Work(f"{i}.mid", f"Composer {i % 3}", f"Piece {i}", part) for i, part in enumerate(parts)
    ]
    return Corpus.gather("toy", ((w, Piece(made_up_notes(i, 60.0))) for i, w in enumerate(works)))


@pytest.fixture(scope="session")
def toy_manifest(toy_corpus: Corpus) -> Manifest:
    return draw(toy_corpus, 0, {"train": 5, "validation": 3, "test": 3})


@pytest.fixture
def tiny_critic() -> Critic:
    torch.manual_seed(0)
    return Critic(Network(TINY).eval(), Card("tiny", "0", TINY), device="cpu")
