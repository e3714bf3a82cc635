"""The curves of a training run."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from musecritic.files import replacing


def plot_history(history: list[dict[str, float]], path: Path, title: str = "") -> None:
    """Draw loss, accuracy and AUROC by epoch.

    Parameters
    ----------
    history
        As `musecritic.training.history.read_history` gives it.
    """
    figure = Figure(figsize=(12, 3.8), layout="constrained")
    loss, accuracy, auroc = figure.subplots(1, 3)
    _draw(loss, history, {"train_loss": "training", "val_loss": "validation"})
    loss.set_ylabel("loss (cross entropy)")
    _draw(accuracy, history, {"train_accuracy": "training", "val_accuracy": "validation"})
    accuracy.set_ylabel("accuracy at logit 0")
    prefix = "val_auroc_"
    kinds = sorted({k for record in history for k in record if k.startswith(prefix)})
    _draw(auroc, history, {kind: kind.removeprefix(prefix) for kind in kinds})
    auroc.set_ylabel("AUROC, validation")
    for axes in (loss, accuracy, auroc):
        axes.set_xlabel("epoch")
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
    if title:
        figure.suptitle(title)
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=110)


def _draw(axes: Axes, history: list[dict[str, float]], curves: dict[str, str]) -> None:
    for name, label in curves.items():
        points = [(record["epoch"] + 1, record[name]) for record in history if name in record]
        if points:
            axes.plot(*zip(*points, strict=True), label=label, marker="o", markersize=3)
