"""Heat over a spectrogram: each label in its colour, time below, pitches at the side."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.image import imsave
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from musecritic.show.clock import clock
from musecritic.show.composition_plot import COLOURS
from musecritic.show.pitch_axis import name_pitches

_SECONDS_AN_INCH = 4.0
_STRONGEST = 0.85  # opacity of the hottest cells
_HOTTEST = 0.98  # quantile from which cells with heat are: one alone would leave the others pale


def heat_picture(
    picture: NDArray[np.float32],
    heat: NDArray[np.float32],
    names: Sequence[str],
    *,
    start: float = 0.0,
    seconds: float,
    lowest_pitch: float = 21.0,
) -> bytes:
    """Return a PNG.

    Parameters
    ----------
    picture
        (F, T), 0 to 1, what was seen.
    heat
        (K, F', T'), 0 to 1, of each label over the same stretch.
    names
        Of the K labels.
    start, seconds
        The stretch that is shown.
    lowest_pitch
        MIDI pitch of the lowest row; rows are evenly spaced over eight octaves.
    """
    width = float(np.clip(seconds / _SECONDS_AN_INCH + 1.5, 8, 40))
    figure = Figure(figsize=(width, 5.5), layout="constrained")
    axes = figure.subplots()
    extent = (start, start + seconds, lowest_pitch - 0.25, lowest_pitch + 95.75)
    axes.imshow(
        picture, origin="lower", aspect="auto", cmap="Greys", extent=extent, vmin=0, vmax=1.2
    )
    for layer in _coloured(heat, _STRONGEST):
        axes.imshow(layer, origin="lower", aspect="auto", extent=extent, interpolation="nearest")
    name_pitches(axes)
    axes.set_xlabel("time (min:s)")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: clock(at)))
    if len(names):
        handles = [Patch(color=c, label=name) for name, c in zip(names, COLOURS, strict=False)]
        axes.legend(
            handles=handles,
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=len(names),
            frameon=False,
        )
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=100)
    return file.getvalue()


def heat_layers(
    picture: NDArray[np.float32], heat: NDArray[np.float32]
) -> tuple[bytes, list[bytes]]:
    """Return what was seen, and each label's heat to be laid over it, as PNGs without margins.

    Parameters
    ----------
    picture
        (F, T), 0 to 1; a pixel each, low tones at the bottom.
    heat
        (K, F', T'), 0 to 1; in the colours of `heat_picture`, clear where there is none.
    """
    return _png(picture, cmap="Greys", vmin=0, vmax=1.2), [_png(one) for one in _coloured(heat)]


def _coloured(heat: NDArray[np.float32], strongest: float = 1.0) -> Iterator[NDArray[np.float32]]:
    """Give each label's heat as a picture (F', T', 4) in its colour, up to so opaque."""
    hot = heat[heat > 0]
    most = max(float(np.quantile(hot, _HOTTEST)), 1e-9) if len(hot) else 1.0
    for layer, colour in zip(heat, COLOURS, strict=False):
        coloured = np.empty((*layer.shape, 4), dtype=np.float32)
        coloured[..., :3] = to_rgb(colour)
        coloured[..., 3] = strongest * np.sqrt(np.minimum(layer / most, 1))
        yield coloured


def _png(picture: NDArray[np.float32], **drawn: Any) -> bytes:
    file = io.BytesIO()
    imsave(file, picture, format="png", origin="lower", **drawn)
    return file.getvalue()
