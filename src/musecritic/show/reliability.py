"""Do probabilities come true? The reliability picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from musecritic.files import replacing


def plot_reliability(bins: Sequence[dict[str, Any]], ece: float, path: Path) -> None:
    """Draw the share of real clips against the mean `p_real` of each bin.

    Parameters
    ----------
    bins
        Each with "p_real", "share_real" and "weight", the bin's share of all clips.
    ece
        The expected calibration error, for the title.
    """
    figure = Figure(figsize=(5.6, 6.4), layout="constrained")
    curve, share = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    p = [b["p_real"] for b in bins]
    curve.plot([0, 1], [0, 1], color="#888888", linewidth=1, linestyle="--")
    curve.plot(p, [b["share_real"] for b in bins], color="#0969da", linewidth=1.5)
    curve.scatter(p, [b["share_real"] for b in bins], s=28, color="#0969da", zorder=3)
    curve.annotate(
        "perfectly calibrated", (0.72, 0.72), xytext=(0, -12), textcoords="offset points",
        rotation=42, rotation_mode="anchor", fontsize=8, color="#666666",
    )  # fmt: skip
    curve.set_ylabel("share of clips that are real")
    curve.set_xlim(-0.02, 1.02)
    curve.set_ylim(-0.02, 1.02)
    curve.grid(alpha=0.3)
    curve.set_title(f"Reliability of p_real (ECE {ece:.3f})", loc="left")
    share.bar(p, [100 * b["weight"] for b in bins], width=0.05, color="#0969da", alpha=0.6)
    share.set_ylabel("clips, %")
    share.set_xlabel("p_real")
    share.grid(axis="y", alpha=0.3)
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=110)
