"""Kinds of damage that were rare in training are named as readily as common ones."""

import numpy as np
import pytest
import torch
from tests.conftest import made_up_notes

from musecritic.critic.note_reader import NoteReader
from musecritic.critic.note_transformer import NoteConfig, NoteTransformer
from musecritic.critic.training.fair_kinds import bias, with_fair_kinds
from musecritic.music.clip import cut
from musecritic.music.piece import Piece


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_probabilities_become_right_on_the_mean(share: float) -> None:
    rng = np.random.default_rng(0)
    truth = rng.random(5000) < share
    logits = rng.normal(size=5000) + 2.0 * truth - 4.0
    weight = rng.random(5000)
    p = 1 / (1 + np.exp(-(logits + bias(logits, truth, weight))))
    assert weight @ p == pytest.approx(weight @ truth, rel=1e-6)


def test_what_cannot_be_told_apart_is_not_pushed_to_extremes() -> None:
    assert abs(bias(np.zeros(10), np.zeros(10, dtype=bool), np.ones(10))) <= 8.0


def test_the_rare_kind_gains_and_nothing_else_changes() -> None:
    torch.manual_seed(0)
    network = NoteTransformer(NoteConfig(("noise", "off-key"), depth=1)).eval()
    with torch.no_grad():
        network.head.bias[2:] = torch.tensor([3.0, -6.0])
    clips = cut(Piece(made_up_notes(4, 60.0)))
    device = torch.device("cpu")
    before = NoteReader(network, device, "fp32").read(clips)
    fair = with_fair_kinds(network, clips, seed=0, precision="fp32")
    after = NoteReader(fair, device, "fp32").read(clips)
    for one, other in zip(before, after, strict=True):
        assert one.logit == other.logit
        assert other.notes.kinds["off-key"] > one.notes.kinds["off-key"]
        assert other.notes.kinds["noise"] < one.notes.kinds["noise"]
    said = [np.mean([f.notes.kinds[kind] for f in after]) for kind in ("noise", "off-key")]
    assert said == pytest.approx([1 / 4, 1 / 4], abs=0.12)
