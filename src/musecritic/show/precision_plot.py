"""How precise each label is, the more of its pieces it is to find."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from musecritic.files import replacing


def plot_precision(per_label: Mapping[str, Mapping[str, Any]], title: str, path: Path) -> None:
    """Draw each label's precision over its recall, the label with the best average first.

    Parameters
    ----------
    per_label
        Of each "ap", the average precision, "n", its pieces, and "precision", the precision where
        its recall is 0, .05 … 1 at least.
    """
    names = sorted(per_label, key=lambda name: -per_label[name]["ap"])
    colours = mpl.colormaps["turbo"].resampled(max(len(names), 2))
    figure = Figure(figsize=(8.2, 5.2), layout="constrained")
    axes = figure.subplots()
    for i, name in enumerate(names):
        own = per_label[name]
        recall = [step / (len(own["precision"]) - 1) for step in range(len(own["precision"]))]
        axes.plot(
            recall, own["precision"], color=colours(i), linewidth=1.4,
            label=f"{name}: {own['ap']:.2f} ({own['n']:,})",
        )  # fmt: skip
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("recall")
    axes.set_ylabel("precision")
    axes.grid(alpha=0.3)
    axes.set_title(title, loc="left")
    figure.legend(
        loc="outside right upper", fontsize=8, title="average precision (pieces)", title_fontsize=8
    )
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=100)
