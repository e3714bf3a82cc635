"""The curves of a training run."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from musecritic.files import replacing

#: Figures by label, with the words before their own names.
_BY_LABEL = {"val_auroc_": "AUROC, validation", "val_map_": "average precision, validation"}


def plot_history(history: list[dict[str, float]], path: Path, title: str = "") -> None:
    """Draw the loss by epoch, and what else the run tells: accuracy, AUROC, average precision.

    Parameters
    ----------
    history
        As `musecritic.training.history.read_history` gives it.
    """
    names = sorted({name for record in history for name in record})
    panels = {"loss (cross entropy)": {"train_loss": "training", "val_loss": "validation"}}
    if "val_accuracy" in names:
        panels["accuracy at logit 0"] = {
            "train_accuracy": "training",
            "val_accuracy": "validation",
        }
    for prefix, what in _BY_LABEL.items():
        labels = {name: name.removeprefix(prefix) for name in names if name.startswith(prefix)}
        if labels:
            panels[what] = labels
    figure = Figure(figsize=(4 * len(panels), 3.8), layout="constrained")
    for axes, (what, curves) in zip(
        figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
    ):
        _draw(axes, history, curves)
        axes.set_ylabel(what)
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
