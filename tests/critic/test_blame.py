"""Blame lies with the note that is wrong, and is told of the notes in their order."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.conftest import made_up_notes
from tests.repair.oracle import oracle
from torch import nn

from musecritic.critic.blame import (
    METHODS,
    Agreement,
    agreement,
    attention_blame,
    blame,
    blame_of_clips,
    gradient_blame,
)
from musecritic.critic.finding import Finding
from musecritic.critic.network import Reading
from musecritic.errors import BadInput, UnknownName
from musecritic.music.clip import Clip
from musecritic.music.notes import in_order, notes_from
from musecritic.music.piece import Part, Piece


class Linear(nn.Module):
    """A network over rolls that adds up weighted cells, and so has the gradient `weight`."""

    def __init__(self, weight: np.ndarray) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.from_numpy(weight.astype(np.float32)))

    def forward(self, rolls: torch.Tensor) -> Reading:
        logit = (self.weight * rolls).sum((1, 2))
        even = torch.full((len(rolls), 25), 1 / 25)
        return Reading(logit, even, rolls, even, None)


@pytest.fixture
def linear(tiny_critic):
    """A critic over rolls that holds keys 61 (row 40) in the second second against music."""
    weight = np.full((88, 100), 0.125)
    weight[40, 10:20] = -0.5
    tiny_critic.reader.network = Linear(weight)
    return tiny_critic


CHROMATIC = notes_from([0, 1, 1, 3], [1, 2, 2, 4], [60, 61, 67, 61])


def spoilt(truth, pitch: int, onset: float):
    return in_order(np.concatenate([truth, notes_from([onset], [onset + 0.15], [pitch])]))


def test_occlusion_blames_the_notes_that_are_wrong_wherever_they_are() -> None:
    truth = made_up_notes(0, 30.0)
    notes = spoilt(spoilt(truth, 100, 8.03), 22, 21.03)
    found = blame(oracle(truth), Piece(notes), "occlusion")
    assert np.array_equal(found.notes, notes)
    wrong = np.isin(notes["pitch"], [22, 100])
    assert set(found.first()) == set(np.flatnonzero(wrong))
    assert found.gains.out[wrong].tolist() == pytest.approx([3, 3])
    assert found.gains.out[~wrong].max() <= 0
    assert found.p_out[wrong].min() > found.p_real[wrong].max()
    assert found.agreement.top3 >= 2 / 3


def test_moving_mends_what_leaving_out_does_too() -> None:
    truth = made_up_notes(0, 12.0)
    notes = truth.copy()
    notes["pitch"][30] += 1
    found = blame(oracle(truth), Piece(notes), "occlusion")
    assert found.gains.moved[30] == pytest.approx(3)
    assert found.first(1).tolist() == [30]
    assert found.p_moved[30] > found.p_real[30]


def test_the_most_suspicious_are_tried_first() -> None:
    truth = made_up_notes(0, 30.0)
    notes = spoilt(truth, 100, 12.03)
    found = blame(oracle(truth), Piece(notes), "occlusion", most=2)
    assert found.first(1) == np.flatnonzero(notes["pitch"] == 100)
    assert 2 < np.isfinite(found.value).sum() <= 2 * 6  # of each window two


def test_drums_and_what_no_piano_has_get_no_blame(tiny_critic) -> None:
    notes = notes_from([0, 1, 2], [1, 2, 3], [60, 38, 120], part=[0, 1, 0])
    found = blame(tiny_critic, Piece(notes, (Part(), Part(is_drum=True))), "attention")
    assert found.notes["pitch"].tolist() == [60]
    nothing = blame(tiny_critic, Piece(notes[1:2], (Part(), Part(is_drum=True))), "occlusion")
    assert nothing.record() == {"method": "occlusion", "notes": [], "agreement": None}


def test_gradient_blame_is_minus_the_weights_under_the_note(linear) -> None:
    (found,) = gradient_blame(linear, [Clip(CHROMATIC)])
    assert found.tolist() == pytest.approx([-1.25, 5, -1.25, -1.25])
    linear.card = replace(linear.card, temperature=2.0)
    assert blame(linear, Piece(CHROMATIC), "gradient").value[1] == pytest.approx(2.5)


def test_gradient_and_occlusion_agree_of_a_linear_network(linear) -> None:
    """Leaving a note out of a sum takes just its part."""
    said = blame_of_clips(linear, [Clip(CHROMATIC)])
    assert set(said) == {"occlusion", "gradient", "attention"}
    gains = blame(linear, Piece(CHROMATIC), "occlusion").gains
    assert gains.out.tolist() == pytest.approx(said["gradient"][0].tolist(), abs=1e-5)
    assert gains.moved[1] == pytest.approx(10 * 0.625)


def test_the_gradient_is_that_of_the_verdict(tiny_critic) -> None:
    """By the logit's own differences; and the verdict stays what it was."""
    rolls = Clip(made_up_notes(1, 10.0)).roll()[None]
    before = tiny_critic.read(rolls)[0]
    gradient = tiny_critic.reader.gradient(rolls)
    assert np.array_equal(tiny_critic.read(rolls)[0], before)
    assert all(p.grad is None for p in tiny_critic.reader.network.parameters())
    direction = np.random.default_rng(0).normal(size=rolls.shape) * (rolls > 0)
    step = 1e-3
    with torch.no_grad():
        ends = [
            tiny_critic.reader.network(
                torch.from_numpy(rolls + sign * step * direction).float()
            ).logit.item()
            for sign in (1, -1)
        ]
    slope = (ends[0] - ends[1]) / (2 * step)
    assert float((gradient * direction).sum()) == pytest.approx(slope, rel=0.05, abs=1e-3)


def test_attention_blame_is_the_mean_over_the_notes_frames() -> None:
    attention = np.zeros(100, np.float32)
    attention[10:20] = 0.1
    (found,) = attention_blame([Clip(CHROMATIC)], [Finding(0.0, attention)])
    assert found.tolist() == pytest.approx([0, 0.1, 0.1, 0])
    longer = notes_from([0], [4], [60])
    assert attention_blame([Clip(longer)], [Finding(0.0, attention)])[0] == pytest.approx(0.025)


def test_a_network_over_notes_has_no_gradient() -> None:
    critic = oracle(CHROMATIC)
    with pytest.raises(BadInput, match=r"oracle reads notes.*p_wrong.*--blame occlusion"):
        blame(critic, Piece(CHROMATIC), "gradient")
    with pytest.raises(UnknownName, match="occlusion"):
        blame(critic, Piece(CHROMATIC), "guess")


@pytest.mark.parametrize("method", METHODS)
def test_a_record_is_json_with_all_notes_in_order(tiny_critic, piece, method) -> None:
    found = blame(tiny_critic, piece, method, most=1).record()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert [n["pitch"] for n in found["notes"]] == piece.notes["pitch"].tolist()
    own = {"out", "moved"} if method == "occlusion" else {"blame"}
    assert all(set(note) == {"onset_s", "pitch"} | own for note in found["notes"])
    assert found["agreement"] is None


def test_agreement() -> None:
    rising = np.arange(10.0)
    assert agreement(rising, rising**3) == Agreement(pytest.approx(1), 1)
    assert agreement(rising, -rising) == Agreement(pytest.approx(-1), 0)
    assert agreement(rising, np.array([*range(7), 9, 10, 0])).top3 == pytest.approx(2 / 3)
    assert math.isnan(agreement(rising, np.zeros(10)).spearman)
    assert agreement(rising[:2], rising[:2]).top3 == 1
