"""Lightning's trainer as every run here has it: checkpoints, logs, resumption."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import ModelCheckpoint, WeightAveraging
from lightning.pytorch.loggers import CSVLogger, Logger
from torch import Tensor

from musecritic.errors import BadInput
from musecritic.files import replacing
from musecritic.hardware import best_precision
from musecritic.show.training_plot import plot_history
from musecritic.training.history import read_history, write_history

LAST = "last.ckpt"


def fit(
    module: L.LightningModule,
    data: L.LightningDataModule,
    out: Path,
    *,
    epochs: int,
    average: float = 0.0,
    clip_gradient: float = 0.0,
    device: str = "auto",
    devices: int | str = "auto",
    precision: str = "auto",
    resume: bool = False,
    minutes: float | None = None,
    tensorboard: bool = False,
    progress: bool = True,
) -> Path:
    """Train a module; return the checkpoint with the lowest validation loss.

    Parameters
    ----------
    module, data
        What is trained, logging "val_loss", and on what; its loaders are asked for every epoch.
    out
        Folder for checkpoints and logs.
    epochs
        Most epochs.
    average
        Decay of the exponential moving average of the weights; 0 trains without.
    clip_gradient
        Largest gradient norm; 0 leaves gradients alone.
    device, devices
        Lightning's accelerator and number of devices.
    precision
        "auto" takes bf16 where the hardware has it, else fp32; or any name of Lightning's.
    resume
        Go on from ``out/last.ckpt``; begin where it is missing.
    minutes
        Stop after so long; the run can be resumed.
    """
    # A resumed run logs into a new file: Lightning's logger would empty the old one.
    log = f"log-{len(list(out.glob('log-*')))}"
    loggers: list[Logger] = [CSVLogger(str(out), name="", version=log)]
    if tensorboard:
        from lightning.pytorch.loggers import TensorBoardLogger

        loggers.append(TensorBoardLogger(str(out), name="", version=f"tensorboard-{log}"))
    best = ModelCheckpoint(out, "best", monitor="val_loss", enable_version_counter=False)
    # Beside the best one the latest, better or not, to go on from.
    latest = ModelCheckpoint(out, "last", enable_version_counter=False)
    callbacks: list[L.Callback] = [best, latest]
    if average:
        callbacks.append(WeightAveraging(avg_fn=moving_average(average)))
    with warnings.catch_warnings():
        # With one core to spare for loading there is nothing to heed in this advice.
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        warnings.filterwarnings("ignore", message=".*Checkpoint directory .* exists.*")
        trainer = L.Trainer(
            accelerator={"cuda": "gpu"}.get(device, device),
            devices=devices,
            strategy=strategy_for(devices),
            # Lightning itself refuses a name that it does not know.
            precision=best_precision(device) if precision == "auto" else precision,  # type: ignore[arg-type]
            max_epochs=epochs,
            max_time=None if minutes is None else timedelta(minutes=minutes),
            callbacks=callbacks,
            logger=loggers,
            gradient_clip_val=clip_gradient or None,
            reload_dataloaders_every_n_epochs=1,
            num_sanity_val_steps=0,
            enable_progress_bar=progress,
            enable_model_summary=False,
            log_every_n_steps=50,
        )
        last = out / LAST
        trainer.fit(module, data, ckpt_path=last if resume and last.is_file() else None)
    return Path(best.best_model_path or last)


def claim(out: Path, run: dict[str, Any], *, resume: bool) -> None:
    """Take a folder for a run, and write down which run it is.

    Parameters
    ----------
    run
        What a run keeps when it is resumed, whatever else of it changes.
    resume
        The folder may hold this very run already.

    Raises
    ------
    BadInput
        It holds another run, or this one and is not to be resumed: curves would be mixed, and what
        is held out of one run may have been learned from in the other.
    """
    path = out / "run.json"
    run = json.loads(json.dumps(run))  # as it is read back
    begun = path.is_file() or any(out.glob("log-*"))
    if begun and not resume:
        raise BadInput(f"{out} holds a run already; name another --out, or add --resume.")
    if begun and path.is_file():
        before = json.loads(path.read_text("utf-8"))
        differing = sorted(key for key in run if before.get(key) != run[key])
        if differing:
            raise BadInput(
                f"{out} holds another run: {', '.join(differing)} differ. Name another --out."
            )
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(run, indent=1, ensure_ascii=False) + "\n", "utf-8")


def strategy_for(devices: int | str) -> str:
    """Return how Lightning shares a run out."""
    if devices == 1 or (devices == "auto" and torch.cuda.device_count() < 2):
        return "auto"
    return "ddp_find_unused_parameters_true"  # not every weight is trained in every epoch


def is_first_process() -> bool:
    """Say whether this is the one process, of those training together, that writes files."""
    return all(os.environ.get(rank, "0") == "0" for rank in ("LOCAL_RANK", "NODE_RANK"))


def moving_average(decay: float) -> Callable[[Tensor, Tensor, Tensor | int], Tensor]:
    """Return an exponential moving average that forgets the first, untrained weights soon."""

    def average(old: Tensor, new: Tensor, n_averaged: Tensor | int) -> Tensor:
        n = int(n_averaged)
        return old.lerp(new, 1 - min(decay, (1 + n) / (10 + n))) if old.is_floating_point() else new

    return average


def write_curves(run: Path, title: str) -> None:
    """Write ``metrics.csv`` and ``curves.png`` of a run into its folder."""
    history = read_history(run)
    write_history(history, run / "metrics.csv")
    plot_history(history, run / "curves.png", title)


def trained_state(checkpoint: Path) -> tuple[dict[str, Tensor], dict[str, int]]:
    """Return the weights of the module's ``network``, and how long they were trained.

    Parameters
    ----------
    checkpoint
        A file of one's own training; Lightning's checkpoints are unpickled, so never one from
        elsewhere.

    Returns
    -------
    dict
        The network's state.
    dict
        "epochs" and "steps".
    """
    state = torch.load(checkpoint, map_location="cpu", weights_only=False)
    prefix = "network."
    network = {
        key.removeprefix(prefix): value
        for key, value in state["state_dict"].items()
        if key.startswith(prefix)
    }
    return network, {"epochs": int(state["epoch"]) + 1, "steps": int(state["global_step"])}
