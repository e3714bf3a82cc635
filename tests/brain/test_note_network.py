"""The network over notes: each excerpt by itself, whatever stands beside it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.conftest import made_up_notes

from musecritic.brain.note_network import NoteConfig, NoteNetwork, Notes, together
from musecritic.brain.one_form import GRID, passage, sheet
from musecritic.brain.training.excerpts import (
    TRANSPOSE,
    Excerpts,
    collate,
    transposed,
    with_some_moved,
)
from musecritic.brain.training.module import moved_loss
from musecritic.corpora.corpus import Work
from musecritic.music.piece import Piece
from musecritic.networks.note_layers import softmax_by

LABELS = {"origin": ("ai",), "period": ("Baroque", "Modern")}


@pytest.fixture(scope="module")
def network() -> NoteNetwork:
    """Untrained, but without the zeros that its layers begin with."""
    torch.manual_seed(0)
    network = NoteNetwork(NoteConfig(LABELS, depth=2)).eval()
    for weight in network.layers.parameters():
        if weight.ndim == 2:
            torch.nn.init.normal_(weight, std=0.05)
    return network


@pytest.fixture(scope="module")
def excerpts() -> list[np.ndarray]:
    whole = [sheet(Piece(made_up_notes(seed))) for seed in range(4)]
    return [passage(notes, 0, (4 + 6 * i) * GRID) for i, notes in enumerate(whole)]


def test_an_excerpt_is_read_by_itself(network, excerpts) -> None:
    with torch.no_grad():
        many = network(together(excerpts[::-1]))
        for i, excerpt in enumerate(excerpts):
            alone = network(together([excerpt]))
            for head in LABELS:
                torch.testing.assert_close(
                    many.logits[head][len(excerpts) - 1 - i], alone.logits[head][0]
                )
    counts = [len(excerpt) for excerpt in excerpts[::-1]]
    for weight in many.weight.split(counts):
        assert weight.sum().item() == pytest.approx(1)


def test_the_order_of_notes_says_nothing(network, excerpts) -> None:
    order = np.random.default_rng(0).permutation(len(excerpts[2]))
    with torch.no_grad():
        one = network(together([excerpts[2]]))
        other = network(together([excerpts[2][order]]))
    torch.testing.assert_close(one.logits["origin"], other.logits["origin"])
    torch.testing.assert_close(one.moved[order], other.moved)


def test_notes_hear_each_other(network, excerpts) -> None:
    notes = excerpts[3].copy()
    notes[-1, 0] += 1
    with torch.no_grad():
        one, other = (network(together([n])).moved[0] for n in (excerpts[3], notes))
    assert not torch.equal(one, other)


def test_silence_has_logits_too(network) -> None:
    reading = network(together([np.zeros((0, 3), dtype=np.int64)]))
    assert reading.logits["origin"].isfinite().all()


def test_weights_of_each_owner_sum_to_one() -> None:
    logit = torch.tensor([[1.0], [3.0], [100.0]])
    weight = softmax_by(logit, torch.tensor([0, 0, 2]), 3)
    assert weight[:, 0].tolist() == pytest.approx([1 / (1 + np.e**2), np.e**2 / (1 + np.e**2), 1])


def test_moved_notes_are_told_and_nothing_else_of_them(excerpts) -> None:
    works = [Work(str(i), origin="human", period="Modern", genre="song") for i in range(4)]
    drawn = Excerpts(works, excerpts, range(4), LABELS, 60, 0, 0, moved=0.5)
    batch: tuple[Notes, torch.Tensor, torch.Tensor] = collate([drawn[i] for i in range(60)])
    notes, told, moved = batch
    assert len(moved) == len(notes.pitch) == int(notes.counts.sum())
    for target, which in zip(told, moved.split(notes.counts.tolist()), strict=True):
        assert target.isnan().all() == (not which.isnan().any())
    share = moved[~moved.isnan()].mean()
    assert 0.02 < share < 0.2
    assert moved_loss(torch.zeros(len(moved)), moved).item() == pytest.approx(np.log(2))
    assert moved_loss(torch.zeros(2), torch.full((2,), np.nan)) is None


def test_excerpts_repeat_and_differ_by_epoch(excerpts) -> None:
    works = [Work(str(i), origin="human", genre="song") for i in range(4)]
    one, again, other = (Excerpts(works, excerpts, range(4), LABELS, 20, 0, e) for e in (0, 0, 1))
    assert all(np.array_equal(one[i].notes, again[i].notes) for i in range(20))
    assert not all(np.array_equal(one[i].notes, other[i].notes) for i in range(20))


def test_moved_notes_are_given_away_by_nothing_but_their_pitch(excerpts) -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        moved, which = with_some_moved(excerpts[3], rng)
        assert np.array_equal(moved[:, 1:], excerpts[3][:, 1:])
        assert np.array_equal(moved[:, 0] != excerpts[3][:, 0], which)
        for pitch in set(moved[:, 0]):  # no two notes of one pitch at a time
            mine = moved[moved[:, 0] == pitch]
            mine = mine[np.argsort(mine[:, 1])]
            assert (mine[1:, 1] >= mine[:-1, 2]).all()


@pytest.mark.parametrize("semitones", [-TRANSPOSE, 0, TRANSPOSE, 60])
def test_transposed_notes_keep_their_intervals_and_the_keyboard(excerpts, semitones: int) -> None:
    higher = transposed(excerpts[1], semitones)
    assert len(set(higher[:, 0] - excerpts[1][:, 0])) == 1
    assert np.array_equal(higher[:, 1:], excerpts[1][:, 1:])
    assert higher[:, 0].max() <= 108
