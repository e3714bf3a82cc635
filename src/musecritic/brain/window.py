"""Ten seconds of a rendition: the spectrogram that the network sees, and who is heard in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from musecritic.brain.rendition import Rendition
from musecritic.brain.spectrogram import BINS, FRAME_RATE, levels, seen
from musecritic.music.audio import SAMPLE_RATE, Samples
from musecritic.music.instruments import sounding
from musecritic.music.piece import Piece

SECONDS = 10.0
STEP_SECONDS = 5.0  # from one window of a piece to the next
FRAMES = round(SECONDS * FRAME_RATE)

_LEAD_SECONDS = 2.0  # rendered ahead of a stretch, so that what rings on is heard in it


def starts(duration: float) -> list[float]:
    """Return where the windows of so many seconds begin, every five; a short piece has one."""
    last = max(duration - SECONDS, 0.0)
    return [float(start) for start in np.arange(0.0, last + 1e-6, STEP_SECONDS)]


def window(arranged: Piece, rendition: Rendition, start: float) -> tuple[Tensor, tuple[str, ...]]:
    """Render ten seconds of an arranged piece.

    Parameters
    ----------
    arranged
        What `Rendition.arrange` returned.
    rendition
        How it sounds.
    start
        Seconds.

    Returns
    -------
    Tensor
        (192, 200), 0 to 1; a piece that ends before is followed by silence.
    tuple of str
        The instruments that play in it.
    """
    notes = arranged.notes
    playing = notes[(notes["offset"] > start) & (notes["onset"] < start + SECONDS)]
    picture = seen(levels(stretch(arranged, rendition, start, SECONDS)))
    assert picture.shape == (BINS, FRAMES)
    return picture, sounding(arranged.parts, set(np.unique(playing["part"]).tolist()))


def stretch(arranged: Piece, rendition: Rendition, start: float, seconds: float) -> Samples:
    """Render a stretch of an arranged piece, 16 kHz; what rings on from before is heard in it."""
    begin = max(start - _LEAD_SECONDS, 0.0)
    notes = arranged.notes
    near = notes[(notes["offset"] > begin) & (notes["onset"] < start + seconds)].copy()
    near["onset"] = np.maximum(near["onset"] - begin, 0.0)  # what was held before begins there
    near["offset"] -= begin
    sound = rendition.sound(replace(arranged, notes=near))[round((start - begin) * SAMPLE_RATE) :]
    heard = np.zeros(round(seconds * SAMPLE_RATE), dtype=np.float32)
    heard[: len(sound)] = sound[: len(heard)]
    return heard


def target(labels: dict[str, tuple[str, ...]], heads: dict[str, tuple[str, ...]]) -> Tensor:
    """Return what the network shall say, (n,): 1 for labels that hold, NaN for silent heads.

    Parameters
    ----------
    labels
        All labels of each head, in order.
    heads
        Those that hold, of every head that has something to say.
    """
    return torch.tensor(
        [
            float(name in heads[head]) if head in heads else float("nan")
            for head, names in labels.items()
            for name in names
        ]
    )
