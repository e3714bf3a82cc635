"""The grid that MusicBrain's maps and heatmaps lie on: a cell a semitone and tenth of a second."""

from __future__ import annotations

from musecritic.brain.spectrogram import BINS, BINS_PER_OCTAVE, FRAME_RATE

STRIDE = 2  # bins, and frames, that a cell covers
CELLS_PER_OCTAVE, CELLS_PER_SECOND = BINS_PER_OCTAVE // STRIDE, FRAME_RATE / STRIDE  # 12 and 10
ROWS = BINS // STRIDE
LOWEST_PITCH = 21  # the row of A0 is the first
