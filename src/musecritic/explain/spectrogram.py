"""A whole recording seen at once."""

from __future__ import annotations

import math

import numpy as np
import torch

from musecritic.brain.spectrogram import BINS, FRAME_RATE, levels_stream, seen
from musecritic.music.audio import Recording
from musecritic.show.heat_plot import heat_layers

MOST_COLUMNS = 2400


def spectrogram(recording: Recording) -> bytes:
    """Return a recording's spectrogram as a PNG without margins, low tones at the bottom.

    Time runs evenly from its beginning to its end; a column is the loudest of its frames. The sound
    is read block by block.
    """
    each = max(math.ceil(recording.duration * FRAME_RATE / MOST_COLUMNS), 1)  # frames of a column
    columns, left = [], torch.empty(BINS, 0)
    for level in levels_stream(recording.blocks()):
        left = torch.cat([left, level], dim=1)
        n_whole = left.shape[1] // each
        columns.append(left[:, : n_whole * each].reshape(BINS, n_whole, each).amax(2))
        left = left[:, n_whole * each :]
    if left.shape[1]:
        columns.append(left.amax(1, keepdim=True))
    picture = seen(torch.cat(columns, dim=1)).numpy()
    return heat_layers(picture, np.empty((0, *picture.shape), dtype=np.float32))[0]
