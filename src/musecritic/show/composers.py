"""`p_real` of real music, composer by composer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from musecritic.files import replacing

_FULL = "#0969da"
_FEW = "#9ec5f4"  # fewer than three songs


def plot_composers(
    figures: dict[str, Any], intervals: dict[str, Any], threshold: float, path: Path
) -> None:
    """Draw the mean `p_real` and its interval for each composer, the highest on top.

    Parameters
    ----------
    figures, intervals
        By composer: "p_real", "passed", "n", "n_songs"; and the interval of "p_real".
    """
    names = sorted(figures, key=lambda name: figures[name]["p_real"])
    figure = Figure(figsize=(8.5, 1.4 + 0.27 * len(names)), layout="constrained")
    axes = figure.subplots()
    for row, name in enumerate(names):
        own = figures[name]
        low, high = intervals[name]["p_real"]
        colour = _FULL if own["n_songs"] >= 3 else _FEW
        if low is not None:
            axes.plot([low, high], [row, row], color=colour, linewidth=2.5, solid_capstyle="round")
        axes.plot(own["p_real"], row, "o", color=colour, markersize=6, markeredgecolor="white")
        axes.annotate(
            f"{_counted(own['n'], 'clip')}, {_counted(own['n_songs'], 'song')}",
            (1, row), xycoords=("axes fraction", "data"), xytext=(6, 0),
            textcoords="offset points", va="center", fontsize=8, color="#666666",
            annotation_clip=False,
        )  # fmt: skip
    axes.axvline(threshold, color="black", linewidth=0.8, linestyle="--")
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(-0.7, len(names) - 0.3)
    axes.set_xlim(0, 1.01)
    axes.set_xlabel("mean p_real of real clips, 95 % interval over songs (dashed: threshold)")
    axes.set_title("p_real by composer (pale: fewer than three songs)", loc="left")
    axes.grid(axis="x", alpha=0.3)
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=110)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
