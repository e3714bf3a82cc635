"""An axis of MIDI pitches as musicians name them."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MultipleLocator


def name_pitches(axes: Axes) -> None:
    """Mark every C on the vertical axis, C4 at 60, with a faint line for each key."""
    axes.yaxis.set_major_locator(MultipleLocator(12))  # every C, from C-1 = 0
    axes.yaxis.set_major_formatter(FuncFormatter(lambda pitch, _: f"C{int(pitch) // 12 - 1}"))
    axes.yaxis.set_minor_locator(MultipleLocator(1))
    axes.tick_params(axis="y", which="minor", length=0)
    axes.grid(axis="y", alpha=0.35)
    axes.grid(axis="y", which="minor", alpha=0.08)
    axes.set_ylabel("pitch")
