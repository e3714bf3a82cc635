"""MusicBrain's training: silent heads teach nothing, and something is learned."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score

from musecritic.brain.network import Config, Network
from musecritic.brain.playing import ANY, BEGINS
from musecritic.brain.spectrogram import BINS
from musecritic.brain.training.module import BrainModule, head_losses, mean_precision
from musecritic.brain.training.recipe import Recipe
from musecritic.brain.training.windows import Kept, Share

LABELS = {"origin": ("ai",), "period": ("Baroque", "Modern")}
NAN = float("nan")


def test_a_silent_head_teaches_nothing() -> None:
    logits = {
        "origin": torch.tensor([[2.0], [5.0]], requires_grad=True),
        "period": torch.zeros(2, 2, requires_grad=True),
    }
    targets = torch.tensor([[1.0, NAN, NAN], [NAN, 1.0, 0.0]])
    losses = head_losses(logits, targets)
    assert losses["origin"].item() == pytest.approx(np.log1p(np.exp(-2)))
    assert losses["period"].item() == pytest.approx(np.log(2))
    sum(losses.values()).backward()
    assert logits["origin"].grad[1] == 0
    assert not logits["period"].grad[0].any()


def test_where_nothing_is_told_the_loss_is_zero() -> None:
    logits = {"origin": torch.tensor([[7.0]], requires_grad=True)}
    loss = head_losses(logits, torch.tensor([[NAN]]))["origin"]
    loss.backward()
    assert loss == 0
    assert logits["origin"].grad == 0


def test_mean_precision_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    logits = {
        "origin": torch.from_numpy(rng.normal(size=(200, 1))),
        "period": torch.from_numpy(rng.normal(size=(200, 2))),
    }
    targets = torch.from_numpy((rng.random((200, 3)) < 0.3).astype(float))
    targets[:50, 1:] = NAN
    found = mean_precision(logits, targets)
    expected = [
        average_precision_score(targets[50:, 1 + i], logits["period"][50:, i]) for i in (0, 1)
    ]
    assert found["val_map_period"] == pytest.approx(np.mean(expected))
    assert found["val_map_origin"] == pytest.approx(
        average_precision_score(targets[:, 0], logits["origin"][:, 0])
    )


def test_labels_that_hold_nowhere_are_left_out() -> None:
    logits = {"origin": torch.zeros(3, 1)}
    assert mean_precision(logits, torch.zeros(3, 1)) == {}


@pytest.mark.filterwarnings("ignore:.*self.log.*")
def test_a_tone_is_learned(monkeypatch) -> None:
    torch.manual_seed(0)
    config = Config(LABELS, widths=(4, 4, 4), depths=(1, 1, 1), dropout=0.0)
    module = BrainModule(Network(config), Recipe(rate=5e-3))
    monkeypatch.setattr(module, "log_dict", lambda *a, **k: None)
    windows = torch.rand(24, BINS, 24) * 0.1
    high = torch.arange(24) % 2 == 0
    windows[high, 150:154] += 0.9
    windows[~high, 40:44] += 0.9
    nobody = torch.zeros(24, 2, BINS // 2, 12, dtype=torch.bool)
    targets = torch.stack([high.float(), torch.full((24,), NAN), torch.full((24,), NAN)], dim=1)
    optimizer = module.configure_optimizers()["optimizer"]
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = module.training_step((windows, targets, nobody), 0)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.3 * losses[0]


def test_who_plays_where_is_learned(monkeypatch) -> None:
    torch.manual_seed(0)
    config = Config({"instruments": ("cello", "violin")}, widths=(8, 8, 8), depths=(1, 1, 1))
    module = BrainModule(Network(config), Recipe(rate=5e-3))
    monkeypatch.setattr(module, "log_dict", lambda *a, **k: None)
    windows, where = torch.zeros(8, BINS, 24), torch.zeros(8, 4, BINS // 2, 12, dtype=torch.bool)
    for i in range(8):  # cellos are low, violins high
        for player, row in ((0, 10 + i), (1, 60 + i)):
            windows[i, 2 * row : 2 * row + 2, 4:12] = 1
            where[i, [player, ANY], row, 2:6] = True
            where[i, BEGINS, row, 2] = True
    optimizer = module.configure_optimizers()["optimizer"]
    for _ in range(80):
        optimizer.zero_grad()
        module.training_step((windows, torch.full((8, 2), NAN), where), 0).backward()
        optimizer.step()
    heard = module.network.eval()(windows).players > 0
    assert (heard == where).float().mean() > 0.99
    assert (heard & where).sum() > 0.7 * where.sum()


def test_the_rate_falls_after_two_epochs_without_a_better_loss() -> None:
    module = BrainModule(Network(Config(LABELS, widths=(4, 4, 4), depths=(1, 1, 1))), Recipe())
    configured = module.configure_optimizers()
    schedule = configured["lr_scheduler"]["scheduler"]
    rates = []
    for loss in (1.0, 0.9, 0.95, 0.95, 0.8):
        schedule.step(loss)
        rates.append(configured["optimizer"].param_groups[0]["lr"])
    assert rates == pytest.approx([1e-3, 1e-3, 1e-3, 1e-4, 1e-4])


def test_what_is_kept_is_drawn_once() -> None:
    class Drawn:
        def __init__(self) -> None:
            self.times = 0

        def __len__(self) -> int:
            return 3

        def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
            self.times += 1
            return torch.full((2, 2), 0.3), index

    drawn = Drawn()
    kept = Kept(drawn)
    for _ in range(2):
        for index in range(len(kept)):
            picture, told_of_it = kept[index]
            assert told_of_it == index
            assert picture == pytest.approx(0.3, abs=1 / 510)
    assert drawn.times == 3


def test_a_process_meets_what_it_drew_itself_again() -> None:
    draws = range(11)
    shares = [[list(Share(draws, epoch, 2, process)) for epoch in range(3)] for process in (0, 1)]
    for process, orders in enumerate(shares):
        assert all(sorted(order) == list(range(process, 10, 2)) for order in orders)
        assert orders[0] != orders[1]
    assert sorted(Share(draws, 0)) == list(draws)
