"""Single clips, what the critic said, and the truth (seed, section 4.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from musecritic.files import replacing
from musecritic.music.notes import LOWEST
from musecritic.music.roll import RATE, Roll

_RIGHT, _WRONG = "#1a7f37", "#cf222e"
_CELLS = ListedColormap(["white", "#222222", "#cf222e"])  # silent, sounding, added or moved


@dataclass(frozen=True)
class Panel:
    """One clip to draw.

    Attributes
    ----------
    title, subtitle
        Verdict and truth; what it is.
    right
        Whether the verdict is.
    roll
        (88, T).
    changed
        (88, T) bool, cells that the damage lit; None where there is nothing to point at.
    attention
        (T,), summing to 1.
    damaged
        (T,) bool, damaged frames.
    """

    title: str
    subtitle: str
    right: bool
    roll: Roll
    changed: NDArray[np.bool_] | None
    attention: NDArray[Any]
    damaged: NDArray[np.bool_]


def plot_blind_tests(panels: Sequence[Panel], path: Path) -> None:
    """Draw clips side by side, each a piano roll above its attention.

    Damaged frames are shaded; cells that the damage lit are red.
    """
    figure = Figure(figsize=(6.6 * len(panels), 5.6), layout="constrained")
    columns = figure.subplots(2, len(panels), height_ratios=(4, 1.2), squeeze=False, sharex=True)
    highest = max(panel.attention.max() for panel in panels) * RATE
    for (keys, weight), panel in zip(columns.T, panels, strict=True):
        _draw_roll(keys, panel)
        _draw_attention(weight, panel, highest)
    columns[0, 0].set_ylabel("MIDI pitch")
    columns[1, 0].set_ylabel("attention (per s)")
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=110)


def _draw_roll(axes: Axes, panel: Panel) -> None:
    n_keys, n_frames = panel.roll.shape
    cells = (panel.roll != 0).astype(np.uint8)
    if panel.changed is not None:
        cells[panel.changed] = 2
    axes.imshow(
        cells,
        origin="lower",
        aspect="auto",
        cmap=_CELLS,
        vmin=0,
        vmax=2,
        extent=(0, n_frames / RATE, LOWEST - 0.5, LOWEST + n_keys - 0.5),
        interpolation="nearest",
    )
    sounding = np.flatnonzero(panel.roll.any(axis=1)) + LOWEST
    if len(sounding):
        axes.set_ylim(sounding[0] - 3, sounding[-1] + 3)
    _shade(axes, panel.damaged)
    axes.set_title(
        panel.title, loc="left", color=_RIGHT if panel.right else _WRONG, fontweight="bold", pad=36
    )
    axes.text(0, 1.02, panel.subtitle, transform=axes.transAxes, fontsize=9, va="bottom")


def _draw_attention(axes: Axes, panel: Panel, highest: float) -> None:
    time = (np.arange(len(panel.attention)) + 0.5) / RATE
    axes.fill_between(
        time, panel.attention * RATE, step="mid", color="#0969da", alpha=0.6, linewidth=0
    )
    axes.set_ylim(0, highest * 1.05)
    axes.set_xlabel("time, s")
    _shade(axes, panel.damaged)


def _shade(axes: Axes, damaged: NDArray[np.bool_]) -> None:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], damaged.astype(np.int8), [0]])))
    for first, last in edges.reshape(-1, 2):
        axes.axvspan(first / RATE, last / RATE, color="#cf222e", alpha=0.12, linewidth=0)
