"""The picture of sound that MusicBrain looks at: 24 bins an octave, 20 frames a second.

A variable-Q transform (Schörkhuber et al., A Matlab toolbox for efficient perfect reconstruction
time-frequency transforms, 2014): bins as wide as an ear's keys, so that a note looks the same in
every octave, and windows that are shorter in the bass than a constant Q would have them, so that
an onset stays one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np
import torch
from torch import Tensor

from musecritic.music.audio import SAMPLE_RATE, Samples

OCTAVES, BINS_PER_OCTAVE = 8, 24
BINS = OCTAVES * BINS_PER_OCTAVE
LOWEST_HZ = 27.5  # A0; the highest bin lies just below 7,040 Hz
HOP = 800  # samples
FRAME_RATE = SAMPLE_RATE / HOP

RANGE_DB = 80.0  # below the loudest cell of a window nothing is seen
SILENCE_DB = -100.0  # re a full-scale sine; a window no louder than that is silent

# Hz; at 60 a window is half as long as a constant Q would have it, and ever shorter below.
_HALFWAY = 60.0
_FFT = 8192
_AT_ONCE = 400
_MARGIN = 1.3  # of an octave's bins, which their windows' main lobes reach beyond


def frequency(bins: np.typing.ArrayLike) -> np.typing.NDArray[np.float64]:
    """Return the centre of bins in Hz."""
    return np.asarray(LOWEST_HZ * 2 ** (np.asarray(bins) / BINS_PER_OCTAVE))


def bin_of_hz(hz: np.typing.ArrayLike) -> np.typing.NDArray[np.float64]:
    """Return where among the bins a frequency lies; not a whole number in general."""
    return np.asarray(BINS_PER_OCTAVE * np.log2(np.asarray(hz) / LOWEST_HZ))


def window_length(hz: np.typing.ArrayLike) -> np.typing.NDArray[np.float64]:
    """Return how many samples the window of a bin has."""
    q = 1 / (2 ** (1 / BINS_PER_OCTAVE) - 1)
    return np.asarray(q * SAMPLE_RATE / (np.asarray(hz) + _HALFWAY))


def levels(samples: Samples) -> Tensor:
    """Return the level of every bin and frame of mono sound at 16 kHz.

    Parameters
    ----------
    samples
        (n,); frame t hears what lies around sample 800 t + 400, beyond the ends silence.

    Returns
    -------
    Tensor
        (192, T) float32 in dB, T = ⌈n / 800⌉: 0 for a sine of full scale at the bin's centre.
    """
    blocks = list(levels_stream([samples]))
    return torch.cat(blocks, dim=1) if blocks else torch.empty(BINS, 0)


def levels_stream(blocks: Iterable[Samples]) -> Iterator[Tensor]:
    """Yield the levels of sound that comes in blocks, as `levels` of the whole would have them."""
    before = (_FFT - HOP) // 2  # samples that a frame hears before its own
    held = torch.zeros(before)
    n_samples = n_frames = 0
    for block in blocks:
        n_samples += len(block)
        held = torch.cat([held, torch.from_numpy(np.ascontiguousarray(block, np.float32))])
        # No more than so many frames at once: each takes 64 kB.
        while (ready := min((len(held) - _FFT) // HOP + 1, _AT_ONCE)) > 0:
            yield _levels(held[: (ready - 1) * HOP + _FFT])
            n_frames += ready
            held = held[ready * HOP :]
    left = math.ceil(n_samples / HOP) - n_frames
    if left > 0:
        yield _levels(torch.cat([held, torch.zeros(_FFT)])[: (left - 1) * HOP + _FFT])


def seen(level: Tensor) -> Tensor:
    """Return levels (..., 192, T) as the network sees them, 0 to 1.

    The loudest cell is 1, 80 dB below it 0, whatever the gain; silence is 0 everywhere.
    """
    loudest = level.amax(dim=(-2, -1), keepdim=True)
    scaled = (1 + (level - loudest) / RANGE_DB).clamp(0, 1)
    return torch.where(loudest > SILENCE_DB, scaled, 0.0)


def _levels(samples: Tensor) -> Tensor:
    """Return (192, T) levels of the T frames that lie whole in the samples."""
    spectrum = torch.fft.rfft(samples.unfold(0, _FFT, HOP))
    octaves = [
        (spectrum[:, first : first + len(kernel)] @ kernel).abs() for first, kernel in _kernels()
    ]
    return 20 * torch.cat(octaves, dim=1).T.clamp(min=1e-9).log10()


@cache
def _kernels() -> list[tuple[int, Tensor]]:
    """Return, for each octave, its first FFT bin and the (n, 24) spectra of its windows."""
    t = np.arange(_FFT) - (_FFT - 1) / 2
    kernels = []
    for octave in range(OCTAVES):
        hz = frequency(np.arange(octave * BINS_PER_OCTAVE, (octave + 1) * BINS_PER_OCTAVE))
        columns = []
        for centre, length in zip(hz, window_length(hz), strict=True):
            window = np.where(np.abs(t) < length / 2, 0.5 + 0.5 * np.cos(2 * np.pi * t / length), 0)
            # A real sine has half its amplitude at its positive frequency.
            atom = 2 * window / window.sum() * np.exp(2j * np.pi * centre * t / SAMPLE_RATE)
            columns.append(np.conj(np.fft.fft(atom))[: _FFT // 2 + 1] / _FFT)
        reach = _MARGIN * SAMPLE_RATE / window_length(hz) * 2
        first = max(math.floor((hz[0] - reach[0]) * _FFT / SAMPLE_RATE), 0)
        last = min(math.ceil((hz[-1] + reach[-1]) * _FFT / SAMPLE_RATE), _FFT // 2) + 1
        kernel = np.stack(columns, axis=1)[first:last].astype(np.complex64)
        kernels.append((first, torch.from_numpy(kernel)))
    return kernels
