"""A training run: data, Lightning's trainer, checkpoints, curves."""

from __future__ import annotations

from pathlib import Path

import lightning as L
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from musecritic.corpora.corpus import Corpus
from musecritic.corpora.draw import Manifest
from musecritic.corrupt import KINDS
from musecritic.critic.network import Config, Network
from musecritic.critic.testset import TestSet, seed_test_set
from musecritic.critic.training.module import CriticModule
from musecritic.critic.training.pairs import DrawnClips, Pair, Pairs, StreamedClips, collate
from musecritic.critic.training.recipe import Recipe
from musecritic.errors import BadInput, BadWeights
from musecritic.training.fit import LAST, claim, fit, is_first_process


class CriticData(L.LightningDataModule):
    """New pairs every epoch, the same validation clips throughout."""

    def __init__(
        self, corpus: Corpus, manifest: Manifest, recipe: Recipe, seed: int, workers: int
    ) -> None:
        super().__init__()
        self._recipe, self._seed, self._workers = recipe, seed, workers
        self._clips = (
            StreamedClips(corpus, recipe.pairs)
            if recipe.clips == "stream"
            else DrawnClips(corpus, manifest)
        )
        self._validation = seed_test_set(corpus, manifest, "validation")

    def train_dataloader(self) -> DataLoader[Pair]:
        epoch = self.trainer.current_epoch if self.trainer else 0
        return DataLoader(
            Pairs(self._clips, self._recipe, self._seed, epoch),
            batch_size=self._recipe.batch,
            shuffle=self._recipe.clips == "drawn",
            collate_fn=collate,
            num_workers=self._workers,
            drop_last=True,
        )

    def val_dataloader(self) -> DataLoader[tuple[Tensor, ...]]:
        return DataLoader(labelled(self._validation), batch_size=128)


def labelled(test_set: TestSet) -> TensorDataset:
    """Return rolls and kinds, 0 for real, as `CriticModule` validates on them."""
    rolls = [test_set.real, *(negatives.rolls for negatives in test_set.kinds.values())]
    kind = np.repeat(np.arange(len(rolls)), [len(r) for r in rolls])
    return TensorDataset(torch.from_numpy(np.concatenate(rolls)), torch.from_numpy(kind))


def train(
    corpus: Corpus,
    manifest: Manifest,
    config: Config,
    recipe: Recipe,
    out: Path,
    *,
    seed: int = 0,
    device: str = "auto",
    devices: int | str = "auto",
    precision: str = "auto",
    workers: int = 1,
    resume: bool = False,
    initial: Network | None = None,
    minutes: float | None = None,
    tensorboard: bool = False,
    progress: bool = True,
) -> Path:
    """Train a network; return the checkpoint with the lowest validation loss.

    Parameters
    ----------
    corpus, manifest
        MAESTRO and the draw of it that validates (and, for ``clips="drawn"``, trains).
    config, recipe
        What is trained, and how.
    out
        Folder for checkpoints, ``metrics.csv`` and the manifest.
    device, devices
        Lightning's accelerator and number of devices.
    precision
        "auto" takes bf16 where the hardware has it, else fp32; or any name of Lightning's.
    workers
        Processes that make pairs.
    resume
        Go on from ``out/last.ckpt``; begin where it is missing.
    initial
        Trained weights to begin with, instead of random ones.
    minutes
        Stop after so long; the run can be resumed.

    Raises
    ------
    BadInput
        The recipe is of another network, or has nothing to begin with.
    BadWeights
        `initial` does not fit the network.
    """
    refuse_misfit(config, recipe, begun=initial is not None or (resume and (out / LAST).is_file()))
    if is_first_process():
        claim(
            out,
            {
                "network": config.record(),
                "seed": seed,
                "data_fingerprint": manifest.fingerprint,
            },
            resume=resume,
        )
    L.seed_everything(seed, workers=True, verbose=False)
    out.mkdir(parents=True, exist_ok=True)
    manifest.save(out / "manifest.json")
    module = CriticModule(config, recipe, tuple(KINDS))
    if initial is not None:
        begin_with(initial, module.network)
    # torch takes this argument though its stubs do not know it.
    module.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return fit(
        module,
        CriticData(corpus, manifest, recipe, seed, workers),
        out,
        epochs=recipe.epochs,
        average=recipe.average,
        clip_gradient=recipe.clip_gradient,
        device=device,
        devices=devices,
        precision=precision,
        resume=resume,
        minutes=minutes,
        tensorboard=tensorboard,
        progress=progress,
    )


def refuse_misfit(config: Config, recipe: Recipe, *, begun: bool) -> None:
    """Raise `BadInput` where a recipe would train parts that the network lacks, or on nothing."""
    if recipe.learns == "attention" and not config.attend:
        raise BadInput("this recipe trains the attention over notes; the network has none.")
    if recipe.learns == "attention" and not begun:
        raise BadInput(
            "this recipe trains the attention alone and leaves all else as it is: name the weights "
            "of its trunk with --initial."
        )
    if recipe.joins_first and not config.joins:
        raise BadInput("this recipe begins with the joins; the network has none.")
    if config.joins and not (recipe.joins or recipe.joins_first or begun):
        raise BadInput(
            "the network has joins, which learn from --joins or --joins-first alone; this recipe "
            "has neither, and they would stay as chance made them."
        )


def begin_with(initial: Network, network: Network) -> None:
    """Copy trained weights into a network that may have more parts, or joins of another size.

    Raises
    ------
    BadWeights
        The weights are of another network.
    """
    own = network.state_dict()
    fitting = {
        name: weight
        for name, weight in initial.state_dict().items()
        if name in own and own[name].shape == weight.shape
    }
    others = sorted(initial.state_dict().keys() - fitting.keys())
    others = [name for name in others if not name.startswith("joins.")]
    if others:
        raise BadWeights(
            f"the initial weights are of another network: they have {', '.join(others[:3])}, which "
            "this one lacks or has in another size. Choose the --network that they are of, or one "
            "that contains it."
        )
    network.load_state_dict({**own, **fitting})
