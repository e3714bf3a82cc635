"""Clips as tensors of their notes, as the network over notes reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from musecritic.music.clip import Clip

PLACES = 16  # clips are filled up to a multiple of so many notes


class ClipNotes(NamedTuple):
    """The notes of B clips, each row filled up to N.

    Attributes
    ----------
    pitch
        (B, N) long, 0 .. 127.
    onset, offset
        (B, N) float, seconds from the clip's beginning; onsets rise.
    taken
        (B, N) bool, which places hold a note.
    on_grid
        (B,) bool, whether the clip's notes are the runs of a roll.
    """

    pitch: Tensor
    onset: Tensor
    offset: Tensor
    taken: Tensor
    on_grid: Tensor


def together(clips: Sequence[Clip]) -> ClipNotes:
    """Put clips together."""
    most = max((len(clip.notes) for clip in clips), default=0)
    n_places = max(-(-most // PLACES), 1) * PLACES
    pitch = np.zeros((len(clips), n_places), dtype=np.int64)
    times = np.zeros((2, len(clips), n_places), dtype=np.float32)
    taken = np.zeros((len(clips), n_places), dtype=bool)
    for row, clip in enumerate(clips):
        n_notes = len(clip.notes)
        pitch[row, :n_notes] = clip.notes["pitch"]
        times[0, row, :n_notes] = clip.notes["onset"]
        times[1, row, :n_notes] = clip.notes["offset"]
        taken[row, :n_notes] = True
    on_grid = torch.tensor([clip.grid is not None for clip in clips])
    return ClipNotes(
        torch.from_numpy(pitch),
        torch.from_numpy(times[0]),
        torch.from_numpy(times[1]),
        torch.from_numpy(taken),
        on_grid,
    )
