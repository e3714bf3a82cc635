"""The training step and the validation figures, as Lightning wants them."""

from __future__ import annotations

import lightning as L
import numpy as np
import torch
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor, nn
from torch.nn import functional as F

from musecritic.corrupt.shuffle import BESIDE_SEAM_S
from musecritic.critic.joins import follows_loss
from musecritic.critic.network import Config, Network
from musecritic.critic.note_attention import Heard
from musecritic.critic.training.muon import Muon
from musecritic.critic.training.pairs import Batch
from musecritic.critic.training.recipe import Recipe
from musecritic.measure.metrics import auroc
from musecritic.music.roll import RATE

BESIDE_SEAM = round(BESIDE_SEAM_S * RATE)  # frames either side that the damage of a seam covers


class CriticModule(L.LightningModule):
    """A network in training.

    Validation batches are ``(rolls, kind)``, kind 0 for real clips and 1, 2, 3… for the
    corruptions in the order of `kinds`; the loss weighs them as the protocol does, real clips as
    much as all kinds together.
    """

    def __init__(self, config: Config, recipe: Recipe, kinds: tuple[str, ...]) -> None:
        super().__init__()
        self.recipe, self.kinds = recipe, kinds
        self.network = Network(config)
        self._validation: list[tuple[Tensor, Tensor]] = []

    def on_train_epoch_start(self) -> None:
        if self.recipe.learns == "all":
            return
        learns = {"attend", "verdict"}
        if self.current_epoch < self.recipe.joins_first:
            learns.add("joins")
        for name, part in self.network.named_children():
            if name not in learns:
                leave(part)

    def training_step(self, batch: Batch, index: int) -> Tensor:
        batch = batch._replace(
            rolls=batch.rolls.float(), wrong=batch.wrong.float(), seam=batch.seam.float()
        )
        if self.network.joins is not None and self.current_epoch < self.recipe.joins_first:
            loss = follows_loss(self.network.joins(batch.rolls[batch.real > 0]))
            self.log("train_joins", loss, on_step=False, on_epoch=True)
            return loss
        reading = self.network(batch.rolls)
        loss = F.binary_cross_entropy_with_logits(reading.logit, batch.real)
        right = ((reading.logit > 0) == batch.real.bool()).float().mean()
        self.log_dict(
            {"train_loss": loss, "train_accuracy": right},
            on_step=False,
            on_epoch=True,
            prog_bar=True,
            batch_size=len(batch.real),
        )
        if reading.heard is None:
            where = local_loss(reading.wrong, reading.seam, batch)
        else:
            where = note_loss(reading.heard, batch)
        self.log("train_local", where, on_step=False, on_epoch=True, batch_size=len(batch.real))
        loss = loss + self.recipe.local * where
        if reading.joins is not None and self.recipe.joins:
            follows = follows_loss(reading.joins[batch.real > 0])
            self.log("train_joins", follows, on_step=False, on_epoch=True)
            loss = loss + self.recipe.joins * follows
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], index: int) -> None:
        rolls, kind = batch
        self._validation.append((self.network(rolls.float()).logit.float(), kind))

    def on_validation_epoch_end(self) -> None:
        logit, kind = (torch.cat(column) for column in zip(*self._validation, strict=True))
        self._validation.clear()
        if self.trainer.world_size > 1:  # each process has judged its share
            logit, kind = (
                torch.as_tensor(self.all_gather(shares)).flatten() for shares in (logit, kind)
            )
        figures = validation_figures(logit.cpu(), kind.cpu(), self.kinds)
        self.log_dict(figures, prog_bar=True)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        recipe = self.recipe
        optimizer: torch.optim.Optimizer
        if recipe.optimizer == "muon":
            optimizer = Muon(
                self.network,
                rate=recipe.rate,
                matrix_rate=recipe.matrix_rate,
                weight_decay=recipe.weight_decay,
            )
        else:
            optimizer = torch.optim.AdamW(
                self.parameters(), lr=recipe.rate, weight_decay=recipe.weight_decay
            )
        per_epoch = max(int(self.trainer.estimated_stepping_batches) // recipe.epochs, 1)

        def factor(step: int) -> float:
            epoch, last = step / per_epoch, float(recipe.epochs)
            decay = float(recipe.decay_epochs)
            if epoch < recipe.joins_first:
                last, decay = float(recipe.joins_first), recipe.joins_first / 3
            else:
                step -= recipe.joins_first * per_epoch
            rise = (step + 1) / recipe.warmup if recipe.warmup else 1.0
            fall = (last - epoch) / decay if decay else 1.0
            return max(min(rise, fall, 1.0), 0.0)

        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }


def leave(part: nn.Module) -> None:
    """Keep a part of the network as it is: its weights, and its batch norms' statistics."""
    part.requires_grad_(False)
    part.eval()


def local_loss(wrong: Tensor, seam: Tensor, batch: Batch) -> Tensor:
    """Say how badly the network places the damage.

    Notes are asked for only where something sounds; a silent cell teaches nothing. Negatives
    without a place of damage, those that are no music at all, are left out.

    Parameters
    ----------
    wrong, seam
        Logits (B, W, 88) and (B, S).
    """
    per_note = batch.rolls.shape[-1] // wrong.shape[1]
    per_step = batch.rolls.shape[-1] // seam.shape[1]
    sounds = F.max_pool1d(batch.rolls, per_note).transpose(1, 2)  # (B, W, 88)
    damaged = F.max_pool1d(batch.wrong, per_note).transpose(1, 2)
    seams = F.max_pool1d(batch.seam.unsqueeze(1), per_step).squeeze(1)  # (B, S)
    placed = has_place(batch)
    sounds = sounds * placed[:, None, None]
    of_notes = F.binary_cross_entropy_with_logits(wrong, damaged, weight=sounds, reduction="sum")
    of_seams = F.binary_cross_entropy_with_logits(
        seam, seams, weight=placed[:, None].float().expand_as(seam), reduction="sum"
    )
    n_steps = placed.sum().clamp(min=1) * seam.shape[1]
    return of_notes / sounds.sum().clamp(min=1) + of_seams / n_steps


def note_loss(heard: Heard, batch: Batch) -> Tensor:
    """Say how badly the network tells damaged notes and those that follow a seam."""
    roll, key, onset, _ = heard.runs
    damaged = batch.wrong[roll, key, onset]
    begins = batch.seam * (1 - F.pad(batch.seam, (1, 0))[:, :-1])
    seams = F.pad(begins, (BESIDE_SEAM, 0))[:, :-BESIDE_SEAM].cumsum(1)  # up to and with a frame
    onsets = torch.zeros_like(batch.seam)
    onsets[roll, onset] = 1
    frame = torch.arange(onsets.shape[1], device=onsets.device)
    latest = torch.where(onsets > 0, frame, 0).cummax(1).values
    before = seams.gather(1, F.pad(latest, (1, 0))[:, :-1])  # up to the onset before a frame
    follows = (seams > before).float()[roll, onset]
    weight = has_place(batch)[roll].float()
    losses = F.binary_cross_entropy_with_logits(
        torch.stack([heard.wrong, heard.seam]),
        torch.stack([damaged, follows]),
        weight=weight.expand(2, -1),
        reduction="sum",
    )
    return losses / weight.sum().clamp(min=1)


def has_place(batch: Batch) -> Tensor:
    """Say of which rolls it is known where they are damaged, if anywhere, (B,)."""
    return (batch.real > 0) | (batch.wrong.amax((1, 2)) > 0) | (batch.seam.amax(1) > 0)


def validation_figures(logit: Tensor, kind: Tensor, kinds: tuple[str, ...]) -> dict[str, float]:
    """Return the protocol's loss and accuracy at threshold 0, and each kind's AUROC."""
    loss = nn.functional.binary_cross_entropy_with_logits(
        logit, (kind == 0).float(), reduction="none"
    ).numpy()
    score, label = logit.numpy(), kind.numpy()
    right = (score > 0) == (label == 0)
    fakes = [label == 1 + i for i in range(len(kinds))]
    figures = {
        "val_loss": (loss[label == 0].mean() + np.mean([loss[m].mean() for m in fakes])) / 2,
        "val_accuracy": (right[label == 0].mean() + np.mean([right[m].mean() for m in fakes])) / 2,
    }
    for name, mask in zip(kinds, fakes, strict=True):
        real, fake = score[label == 0], score[mask]
        area = auroc(real, fake, np.ones(len(real)), np.ones(len(fake)))
        figures[f"val_auroc_{name}"] = float(area)
    return {key: float(value) for key, value in figures.items()}
