"""The spectrogram: tones where they are, onsets when they are, whole or in pieces the same."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from musecritic.brain.spectrogram import (
    BINS,
    HOP,
    bin_of_hz,
    frequency,
    levels,
    levels_stream,
    seen,
    window_length,
)
from musecritic.music.audio import SAMPLE_RATE

T = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE


def sine(hz: float, gain: float = 1.0) -> np.ndarray:
    return (gain * np.sin(2 * np.pi * hz * T)).astype(np.float32)


@pytest.mark.parametrize("number", [12, 48, 100, 150, 185])
def test_a_tone_is_loudest_in_its_bin_at_its_level(number: int) -> None:
    middle = levels(sine(float(frequency(number)), 0.1))[:, 20]
    assert int(middle.argmax()) == number
    assert float(middle.max()) == pytest.approx(-20, abs=0.3)


def test_it_is_the_inner_product_with_windowed_waves() -> None:
    rng = np.random.default_rng(0)
    sound = rng.normal(0, 0.1, SAMPLE_RATE).astype(np.float32)
    found = levels(sound)
    for number, frame in ((10, 10), (60, 3), (120, 12), (191, 7)):
        hz = float(frequency(number))
        length = float(window_length(hz))
        centre = frame * HOP + (HOP - 1) / 2
        t = np.arange(len(sound)) - centre
        window = np.where(np.abs(t) < length / 2, 0.5 + 0.5 * np.cos(2 * np.pi * t / length), 0)
        wave = np.exp(-2j * np.pi * hz * t / SAMPLE_RATE)
        direct = abs(np.sum(sound * window * wave)) * 2 / window.sum()
        assert float(found[number, frame]) == pytest.approx(20 * np.log10(direct), abs=0.35)


@pytest.mark.parametrize("semitones", [(45, 46), (60, 61), (84, 85)])
def test_neighbouring_notes_are_told_apart(semitones: tuple[int, int]) -> None:
    hz = [440 * 2 ** ((pitch - 69) / 12) for pitch in semitones]
    middle = levels(sine(hz[0], 0.4) + sine(hz[1], 0.4)).mean(dim=1)
    low, high = (round(float(bin_of_hz(f))) for f in hz)
    assert high - low == 2
    assert float(middle[low + 1]) < min(float(middle[low]), float(middle[high])) - 1


def test_an_onset_is_within_a_frame() -> None:
    sound = sine(440.0)
    sound[:SAMPLE_RATE] = 0
    amplitude = 10 ** (levels(sound)[round(float(bin_of_hz(440.0)))] / 20)
    # Frames t and t + 1 lie either side of sample 800 (t + 1).
    assert abs(int(amplitude.diff().argmax()) + 1 - SAMPLE_RATE / HOP) <= 1


@pytest.mark.parametrize("size", [100, 799, 8192, 16_000])
def test_in_blocks_it_is_the_same(size: int) -> None:
    sound = np.random.default_rng(1).normal(0, 0.1, 17_777).astype(np.float32)
    blocks = [sound[i : i + size] for i in range(0, len(sound), size)]
    whole, pieces = levels(sound), torch.cat(list(levels_stream(blocks)), dim=1)
    assert whole.shape == (BINS, 23)
    assert torch.allclose(whole, pieces, atol=1e-2)


def test_no_sound_no_frames() -> None:
    assert levels(np.zeros(0, np.float32)).shape == (BINS, 0)


def test_gain_is_not_seen_and_silence_is_empty() -> None:
    sound = sine(300.0) + sine(1000.0, 0.2)
    assert torch.allclose(seen(levels(sound)), seen(levels(0.05 * sound)), atol=1e-3)
    assert not seen(levels(np.zeros(16_000, np.float32))).any()
