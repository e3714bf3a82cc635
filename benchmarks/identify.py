"""Identifying recordings, against librosa loading and mel with the same network.

    pip install librosa
    python benchmarks/identify.py [--minutes 4] [--files 4] [--rounds 3] [--threads 2]

Peer: librosa loads each file and makes a mel spectrogram of as many bins and frames, cut into the
same windows; the same network in fp32, one window a call. Ours: `MusicBrain.of_recording`, whose
spectrogram is variable-Q, batched. Both read the same WAV files, of random tones, which are written
first. To reach: 30 times real time on 2 cores.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import librosa
import numpy as np
import soundfile
import torch
from machine import machine

from musecritic.brain.checkpoint import load
from musecritic.brain.inference import MusicBrain
from musecritic.brain.network import Network
from musecritic.brain.spectrogram import BINS, HOP, seen
from musecritic.brain.window import FRAMES
from musecritic.music.audio import SAMPLE_RATE, Recording


def tones(seconds: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    sound = np.zeros(round(seconds * 44_100), dtype=np.float32)
    t = np.arange(22_050) / 44_100
    for start in range(0, len(sound) - len(t), 11_025):
        hz = 440 * 2 ** (rng.integers(-24, 25) / 12)
        sound[start : start + len(t)] += 0.1 * np.sin(2 * np.pi * hz * t) * np.exp(-4 * t)
    return sound


def plain(network: Network, path: Path) -> float:
    sound, _ = librosa.load(path, sr=SAMPLE_RATE)
    mel = librosa.feature.melspectrogram(
        y=sound, sr=SAMPLE_RATE, n_fft=2048, hop_length=HOP, n_mels=BINS
    )
    level = torch.from_numpy(librosa.power_to_db(mel)).float()
    logits = []
    with torch.inference_mode():
        for first in range(0, level.shape[1] - FRAMES + 1, FRAMES // 2):
            window = seen(level[:, first : first + FRAMES])
            logits.append(network(window[None]).logits["origin"].item())
    return float(np.mean(logits))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="audio", help="a network that hears")
    parser.add_argument("--reader", default="figures")
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--files", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    brain = MusicBrain.load(
        arguments.model, arguments.reader, device="cpu", threads=arguments.threads
    )
    network, _ = load(arguments.model)
    assert isinstance(network, Network)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{i}.wav") for i in range(arguments.files)]
        for i, path in enumerate(paths):
            soundfile.write(path, tones(60 * arguments.minutes, i), 44_100)
        brain.of_recording(Recording.open(paths[0]))  # the first pass prepares both
        plain(network, paths[0])
        times = []
        for _ in range(arguments.rounds):
            start = time.perf_counter()
            for path in paths:
                brain.of_recording(Recording.open(path))
            between = time.perf_counter()
            for path in paths:
                plain(network, path)
            times.append((between - start, time.perf_counter() - between))
    seconds = 60 * arguments.minutes * arguments.files
    print(machine())
    for name, taken in zip(("ours", "librosa"), np.median(times, axis=0), strict=True):
        print(f"{name:8} {taken:.2f} s, {seconds / taken:.0f} times real time")
    ratios = sorted(peer / ours for ours, peer in times)
    print(f"ratio {np.median(ratios):.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f})")


if __name__ == "__main__":
    main()
