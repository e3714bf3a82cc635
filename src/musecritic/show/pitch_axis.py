"""An axis of MIDI pitches as musicians name them."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MultipleLocator

_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


def pitch_name(pitch: int) -> str:
    """Return a MIDI pitch as musicians name it, 60 as C4."""
    return f"{_NAMES[pitch % 12]}{pitch // 12 - 1}"


def name_pitches(axes: Axes) -> None:
    """Mark every C on the vertical axis, C4 at 60, with a faint line for each key."""
    axes.yaxis.set_major_locator(MultipleLocator(12))  # every C, from C-1 = 0
    axes.yaxis.set_major_formatter(FuncFormatter(lambda pitch, _: f"C{int(pitch) // 12 - 1}"))
    axes.yaxis.set_minor_locator(MultipleLocator(1))
    axes.tick_params(axis="y", which="minor", length=0)
    axes.grid(axis="y", alpha=0.35)
    axes.grid(axis="y", which="minor", alpha=0.08)
    axes.set_ylabel("pitch")
