"""MusicBrain's training step and validation figures, as Lightning wants them."""

from __future__ import annotations

from typing import cast

import lightning as L
import numpy as np
import torch
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor
from torch.nn import functional as F

from musecritic.brain.network import Network
from musecritic.brain.note_network import NoteNetwork, Notes
from musecritic.brain.training.recipe import Recipe
from musecritic.measure.metrics import average_precision

MOVED = 2.0  # weight of the loss on moved notes beside each head's

PLAYERS = 40.0  # weight of the loss on who plays where; in most cells nobody does

#: What the network takes, (B, 192, 200) windows or `Notes`; (B, n) of 0, 1 and NaN, see
#: `musecritic.brain.window.target`; and to learn from, for windows who plays where, see
#: `musecritic.brain.playing`, for notes which of them were moved, (N,), NaN if not told.
Batch = tuple[Tensor | Notes, Tensor, Tensor]


class BrainModule(L.LightningModule):
    """A network in training, the one that hears or the one over notes."""

    def __init__(self, network: Network | NoteNetwork, recipe: Recipe) -> None:
        super().__init__()
        self.recipe = recipe
        self.network = network
        self._validation: list[tuple[Tensor, Tensor]] = []

    def training_step(self, batch: Batch, index: int) -> Tensor:
        given, told, beside = batch
        extra: Tensor | None
        if isinstance(self.network, Network):
            reading = self.network(cast("Tensor", given))
            losses = head_losses(reading.logits, told)
            name, weight = "players", PLAYERS
            extra = F.binary_cross_entropy_with_logits(reading.players, beside.float())
        else:
            read = self.network(cast("Notes", given))
            losses = head_losses(read.logits, told)
            name, weight = "moved", MOVED / len(losses)
            extra = moved_loss(read.moved, beside)
        loss = torch.stack(list(losses.values())).mean()
        if extra is not None:
            loss = loss + weight * extra
            losses[name] = extra
        self.log_dict(
            {"train_loss": loss, **{f"train_{head}": value for head, value in losses.items()}},
            on_step=False,
            on_epoch=True,
            prog_bar=True,
            batch_size=len(batch[1]),
        )
        return loss

    def validation_step(self, batch: Batch, index: int) -> None:
        logits = torch.cat(list(self.network(batch[0]).logits.values()), dim=1)
        self._validation.append((logits.float(), batch[1]))

    def on_validation_epoch_end(self) -> None:
        logits, targets = (torch.cat(column) for column in zip(*self._validation, strict=True))
        self._validation.clear()
        if self.trainer.world_size > 1:  # each process has judged its share
            logits, targets = (
                torch.as_tensor(self.all_gather(share)).flatten(0, 1) for share in (logits, targets)
            )
        sizes = {head: len(names) for head, names in self.network.config.labels.items()}
        logits, targets = logits.cpu(), targets.cpu()
        by_head = dict(zip(sizes, torch.split(logits, list(sizes.values()), dim=1), strict=True))
        losses = head_losses(by_head, targets)
        self.log("val_loss", torch.stack(list(losses.values())).mean(), prog_bar=True)
        self.log_dict(mean_precision(by_head, targets), prog_bar=True)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        optimizer = torch.optim.AdamW(
            self.parameters(), lr=self.recipe.rate, weight_decay=self.recipe.weight_decay
        )
        # torch counts the epochs that are let pass, not the one at whose end it acts.
        schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(
            optimizer, factor=0.1, patience=self.recipe.patience - 1
        )
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "monitor": "val_loss"},
        }


def head_losses(logits: dict[str, Tensor], targets: Tensor) -> dict[str, Tensor]:
    """Return the cross entropy of every head over what is told of it; 0 where nothing is.

    Parameters
    ----------
    logits
        Of each head, (B, L).
    targets
        (B, n), the heads' labels side by side; NaN where a head is silent.
    """
    losses = {}
    at = 0
    for head, logit in logits.items():
        target = targets[:, at : at + logit.shape[1]]
        at += logit.shape[1]
        told = ~target.isnan()
        loss = F.binary_cross_entropy_with_logits(
            logit, torch.where(told, target, 0.0), reduction="none"
        )
        losses[head] = torch.where(told, loss, 0.0).sum() / told.sum().clamp(min=1)
    return losses


def moved_loss(logit: Tensor, moved: Tensor) -> Tensor | None:
    """Return the cross entropy over the notes of which it is told; None where there are none."""
    told = ~moved.isnan()
    if not told.any():
        return None
    return F.binary_cross_entropy_with_logits(logit[told], moved[told])


def mean_precision(logits: dict[str, Tensor], targets: Tensor) -> dict[str, float]:
    """Return, for every head, the mean over its labels of the average precision.

    Labels that hold nowhere, or everywhere, among what is told are left out.
    """
    figures = {}
    at = 0
    for head, logit in logits.items():
        found = []
        for label in range(logit.shape[1]):
            target, score = targets[:, at + label].numpy(), logit[:, label].numpy()
            holds, fails = score[target == 1], score[target == 0]
            if len(holds) and len(fails):
                # The metric finds low scores among high ones.
                weights = np.ones(len(fails)), np.ones(len(holds))
                found.append(float(average_precision(-fails, -holds, *weights)))
        at += logit.shape[1]
        if found:
            figures[f"val_map_{head}"] = float(np.mean(found))
    return figures
