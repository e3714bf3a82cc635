"""The training step and the validation figures of the network over notes."""

from __future__ import annotations

from typing import Any

import lightning as L
import numpy as np
import torch
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from musecritic.critic.note_transformer import NoteConfig, NoteReading, NoteTransformer
from musecritic.critic.seams import Seams, rolls_of
from musecritic.critic.training.module import leave
from musecritic.critic.training.muon import Muon
from musecritic.critic.training.note_examples import NoteBatch
from musecritic.critic.training.note_recipe import NoteRecipe
from musecritic.measure.metrics import auroc, average_precision
from musecritic.measure.temperature import balanced_loss, fit_line

#: Of the losses of the part that hears seams; there are about a hundred boundaries to a clip.
_OF_SEAMS = {"follows": 0.2, "seams": 10.0, "verdict": 1.0}


class NoteModule(L.LightningModule):
    """A network in training.

    Validation batches come from several loaders, one a set of `sets`: the first two hold real clips
    on a grid and in milliseconds, the others their damaged copies.

    Parameters
    ----------
    config, recipe
        What is trained, and how.
    sets
        Names of the validation sets, in order: "grid real", "ms real", then "grid shuffle" and the
        like.
    """

    def __init__(self, config: NoteConfig, recipe: NoteRecipe, sets: tuple[str, ...]) -> None:
        super().__init__()
        self.recipe, self.sets = recipe, sets
        self.network = NoteTransformer(config)
        self._told: dict[str, list[tuple[Tensor, ...]]] = {}

    def on_train_start(self) -> None:
        # A resumed run's optimizer brings the rates of before.
        schedule = self.lr_schedulers()
        assert isinstance(schedule, torch.optim.lr_scheduler.LambdaLR)
        schedule.base_lrs = list(self._rates)
        for group, rate, factor in zip(
            schedule.optimizer.param_groups, self._rates, schedule.lr_lambdas, strict=True
        ):
            group["lr"] = rate * factor(schedule.last_epoch)

    def on_train_epoch_start(self) -> None:
        for name, part in self.network.named_children():
            if (name == "seams") != (self.recipe.part == "seams"):
                leave(part)

    def training_step(self, batch: NoteBatch, index: int) -> Tensor:
        recipe = self.recipe
        if recipe.part == "seams":
            assert self.network.seams is not None
            return self._logged(*seam_losses(self.network.seams, batch), batch)
        reading = self.network(batch.clips)
        losses = losses_of(reading, batch)
        weights = {
            "verdict": 1.0,
            "edits": recipe.edits,
            "places": recipe.places,
            "severity": recipe.severity,
            "kinds": recipe.kinds,
        }
        return self._logged(losses, weights, batch)

    def _logged(
        self, losses: dict[str, Tensor], weights: dict[str, float], batch: NoteBatch
    ) -> Tensor:
        """Return the losses' weighted sum, and log it and them."""
        loss = torch.stack([weights[name] * loss for name, loss in losses.items()]).sum()
        self.log_dict(
            {**{f"train_{name}": loss for name, loss in losses.items()}, "train_loss": loss},
            on_step=False,
            on_epoch=True,
            batch_size=len(batch.real),
        )
        return loss

    def validation_step(self, batch: NoteBatch, index: int, dataloader_idx: int = 0) -> None:
        name = self.sets[dataloader_idx]
        if self.recipe.part == "seams":
            if not name.endswith(("real", "shuffle")):
                return
            assert self.network.seams is not None
            heard = self.network.seams(rolls_of(batch.clips))
            nothing = heard.cut.new_zeros(0)
            told = (-heard.cut, nothing, nothing)
        else:
            reading = self.network(batch.clips)
            told = (reading.logit.float(), reading.wrong.float(), (batch.edit > 0).float())
        self._told.setdefault(name, []).append(told)

    def on_validation_epoch_end(self) -> None:
        told = {
            name: tuple(torch.cat(column).cpu().numpy() for column in zip(*parts, strict=True))
            for name, parts in self._told.items()
        }
        self._told.clear()
        figures: dict[str, float] = {}
        fakes: dict[str, dict[str, NDArray[np.floating[Any]]]] = {}
        for name, (logit, wrong, is_wrong) in told.items():
            form, _, kind = name.partition(" ")
            if kind == "real":
                continue
            fakes.setdefault(form, {})[kind] = logit
            ones = np.ones(len(told[f"{form} real"][0])), np.ones(len(logit))
            figures[f"val_auroc_{name}"] = float(auroc(told[f"{form} real"][0], logit, *ones))
            if is_wrong.any() and not is_wrong.all():
                right, bad = -wrong[is_wrong == 0], -wrong[is_wrong > 0]
                ones = np.ones(len(right)), np.ones(len(bad))
                figures[f"val_notes_auroc_{name}"] = float(auroc(right, bad, *ones))
                figures[f"val_notes_ap_{name}"] = float(average_precision(right, bad, *ones))
        figures["val_loss"] = float(
            np.mean([lowest_loss(told[f"{form} real"][0], kinds) for form, kinds in fakes.items()])
        )
        # Of several processes each has judged its share; the figures are the mean over them.
        self.log_dict(figures, sync_dist=self.trainer.world_size > 1)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        recipe = self.recipe
        optimizer = Muon(
            self.network,
            rate=recipe.rate,
            matrix_rate=recipe.matrix_rate,
            weight_decay=recipe.weight_decay,
            apart=("judge", "attend", "digest", "head", "seams", "at_notes", "of_clip"),
        )

        def factor(step: int) -> float:
            rise = (step + 1) / recipe.warmup if recipe.warmup else 1.0
            left = recipe.epochs - step / recipe.steps
            fall = left / recipe.decay_epochs if recipe.decay_epochs else 1.0
            return max(min(rise, fall, 1.0), 0.0)

        self._rates = [float(group["lr"]) for group in optimizer.param_groups]
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }


def lowest_loss(
    real: NDArray[np.floating[Any]], fakes: dict[str, NDArray[np.floating[Any]]]
) -> float:
    """Return the balanced cross entropy at the odds and the temperature that suit it best.

    Both are fitted on export; a network is not the worse for having seen few real clips.
    """
    return balanced_loss(real, fakes, fit_line(real, fakes))


def seam_losses(seams: Seams, batch: NoteBatch) -> tuple[dict[str, Tensor], dict[str, float]]:
    """Return how badly the seams of a batch were heard, and what each of it weighs."""
    heard = seams(rolls_of(batch.clips))
    real = batch.real > 0
    losses = {
        "follows": -heard.follows[real][:, :2].mean() if real.any() else heard.follows.sum() * 0.0,
        "seams": F.binary_cross_entropy_with_logits(heard.seam, batch.cut),
        "verdict": F.binary_cross_entropy_with_logits(heard.cut, 1 - batch.real),
    }
    return losses, _OF_SEAMS


def losses_of(reading: NoteReading, batch: NoteBatch) -> dict[str, Tensor]:
    """Return how badly a batch was read, each by itself."""
    placed = batch.placed.float()
    n_placed = placed.sum().clamp(min=1)
    edits = F.cross_entropy(reading.edits, batch.edit, reduction="none")
    places = F.binary_cross_entropy_with_logits(
        torch.stack([reading.seam, reading.missing]),
        torch.stack([batch.seam, batch.missing]),
        weight=placed.expand(2, -1),
        reduction="sum",
    )
    return {
        "verdict": F.binary_cross_entropy_with_logits(reading.logit, batch.real),
        "edits": (edits * placed).sum() / n_placed,
        "places": places / n_placed,
        "severity": F.binary_cross_entropy_with_logits(reading.severity, batch.severity),
        "kinds": F.binary_cross_entropy_with_logits(reading.kinds, batch.kinds),
    }
