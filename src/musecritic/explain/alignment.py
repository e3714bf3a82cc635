"""Does the heat lie where the music is? Measured against notes, known where sound was rendered.

In frequency: how much of an instrument label's heat lies on the harmonics of that instrument's
sounding notes, over how much of the loudness, and of the area, lies there. In time: whether frames
near onsets are hotter than others, beside whether they are louder.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from musecritic.brain.cells import CELLS_PER_OCTAVE, CELLS_PER_SECOND, ROWS
from musecritic.brain.spectrogram import LOWEST_HZ
from musecritic.measure.metrics import auroc
from musecritic.music.notes import Notes

HARMONICS = 8
SIDE_FRAMES = 5  # either side of a change, half a second
_REACH = 0.5  # semitones either side of a harmonic
_EDGE = 1e-6  # onsets and harmonics lie on the edges of cells as often as not


class Shares(NamedTuple):
    """What lies within a mask: the share of heat, of loudness and of area, each 0 to 1."""

    heat: float
    loudness: float
    area: float


def harmonics_mask(notes: Notes, start: float, n_frames: int) -> Tensor:
    """Return which cells lie on the first eight harmonics of sounding notes.

    Parameters
    ----------
    notes
        In seconds.
    start
        Seconds at which the picture begins.
    n_frames
        Of the fused map, ten a second.

    Returns
    -------
    Tensor
        (96, n_frames), 1 and 0.
    """
    mask = torch.zeros(ROWS, n_frames)
    centre = np.arange(ROWS) + 0.25  # semitones: a cell is two bins, half a semitone apart
    for note in notes:
        first = int(np.floor((note["onset"] - start) * CELLS_PER_SECOND + _EDGE))
        last = int(np.ceil((note["offset"] - start) * CELLS_PER_SECOND - _EDGE))
        hz = 440.0 * 2 ** ((float(note["pitch"]) - 69) / 12) * np.arange(1, HARMONICS + 1)
        rows = CELLS_PER_OCTAVE * np.log2(hz / LOWEST_HZ)
        near = (np.abs(centre[:, None] - rows) <= _REACH + 0.25 + _EDGE).any(axis=1)
        mask[torch.from_numpy(near), max(first, 0) : max(last, 0)] = 1
    return mask


def shares(heat: Tensor, loudness: Tensor, mask: Tensor) -> Shares:
    """Return what lies within a mask; all are (96, T / 2)."""
    return Shares(_share(heat, mask), _share(loudness, mask), float(mask.mean()))


def near_onsets(onsets: np.typing.NDArray[np.float64], start: float, n_frames: int) -> Tensor:
    """Return which of the fused map's frames have an onset in them, (n_frames,) bool.

    A frame lasts 100 ms, so that its centre then lies within 50 ms of the onset.
    """
    marked = torch.zeros(n_frames, dtype=torch.bool)
    frame = np.floor((np.asarray(onsets, dtype=np.float64) - start) * CELLS_PER_SECOND + _EDGE)
    inside = frame[(frame >= 0) & (frame < n_frames)].astype(np.int64)
    marked[torch.from_numpy(inside)] = True
    return marked


def sudden_changes(notes: Notes, start: float, n_frames: int) -> Tensor:
    """Return which of the fused map's frames lie at a sudden change of texture, (n_frames,) bool.

    There the number of sounding notes changes by half or more, and by two at least, from the half
    second before to the half second after.
    """
    edges = start + np.arange(-SIDE_FRAMES, n_frames + SIDE_FRAMES) / CELLS_PER_SECOND
    centre = edges + 0.5 / CELLS_PER_SECOND
    sounds = (notes["onset"][:, None] <= centre) & (notes["offset"][:, None] > centre)
    count = sounds.sum(axis=0).astype(np.float64)
    mean = np.convolve(count, np.ones(SIDE_FRAMES) / SIDE_FRAMES, mode="valid")
    before, after = mean[:n_frames], mean[SIDE_FRAMES : SIDE_FRAMES + n_frames]
    change = np.abs(after - before)
    return torch.from_numpy((change >= 2) & (change >= 0.5 * np.maximum(before, after)))


def hotter_at(frames: Tensor, heat: Tensor) -> float:
    """Return the AUROC of heat (96, T / 2), summed over frequency, for marked frames (T / 2,).

    NaN where all frames are marked, or none.
    """
    by_frame = heat.sum(0).double().numpy()
    marked = frames.numpy()
    weights = np.ones(int(marked.sum())), np.ones(int((~marked).sum()))
    return float(auroc(by_frame[marked], by_frame[~marked], *weights))


def _share(values: Tensor, mask: Tensor) -> float:
    total = float(values.sum())
    return float((values * mask).sum()) / total if total > 0 else float("nan")
