"""Which label is taken for which."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from musecritic.files import replacing


def plot_confusion(table: Mapping[str, Mapping[str, int]], title: str, path: Path) -> None:
    """Draw the share of each label's pieces for which each label was the most probable.

    Parameters
    ----------
    table
        How many, by what holds and then by what was said.
    """
    names = sorted({*table, *(said for row in table.values() for said in row)})
    true = [name for name in names if name in table]
    counts = np.array([[table[name].get(said, 0) for said in names] for name in true])
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 2.6 + 0.42 * len(names)
    figure = Figure(figsize=(side + 1.2, side), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, column in zip(*np.nonzero(counts), strict=True):
        axes.text(
            column, row, str(counts[row, column]), ha="center", va="center", fontsize=7,
            color="white" if share[row, column] > 0.5 else "#333333",
        )  # fmt: skip
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", fontsize=8)
    axes.set_yticks(range(len(true)), true, fontsize=8)
    axes.set_xlabel("most probable label")
    axes.set_ylabel("what holds")
    axes.set_title(title, loc="left")
    figure.colorbar(image, ax=axes, label="share of the row", shrink=0.7)
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=100)
