"""Scoring a folder, against a loop that scores one clip a call.

    python benchmarks/scoring.py FOLDER [--files 40] [--rounds 5] [--threads 2]

Peer: the same files, the same network as PyTorch builds it, in fp32, one forward pass a clip.
Ours: `Critic.score`, which batches clips across files, folds batch norms and takes bf16 where
the processor has it. Both read the files. To reach: 4 times the peer.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from machine import machine

from musecritic import Critic, read
from musecritic.critic.checkpoint import load
from musecritic.critic.inference import sigmoid
from musecritic.music.find import find_music
from musecritic.music.roll import CLIP_SECONDS, RATE, clip_rolls


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    paths = find_music([arguments.folder])
    chosen = np.random.default_rng(0).permutation(len(paths))[: arguments.files]
    paths = [paths[i] for i in chosen]
    critic = Critic.load("crnn", threads=arguments.threads, device="cpu")
    network, card = load("crnn")
    print(machine(), "| bf16" if critic.reader.uses_bf16 else "| fp32")

    def loop(path: Path) -> float:
        logits, lengths = [], []
        piece = read(path)
        for start, roll in clip_rolls(piece.pitched()):
            with torch.inference_mode():
                logits.append(network(torch.from_numpy(roll.copy())[None].float()).logit.item())
            lengths.append(min(CLIP_SECONDS, max(piece.duration - start, 1 / RATE)))
        return sigmoid(float(np.average(logits, weights=lengths)) / card.temperature)

    list(critic.score(paths))  # the first pass over every size of batch prepares it
    loop(paths[0])
    times: list[tuple[float, float]] = []
    for _ in range(arguments.rounds):
        start = time.perf_counter()
        verdicts = list(critic.score(paths))
        between = time.perf_counter()
        plain = [loop(path) for path in paths]
        times.append((between - start, time.perf_counter() - between))
    n_clips = sum(len(verdict.clips) for verdict in verdicts)
    apart = max(abs(v.p_real - p) for v, p in zip(verdicts, plain, strict=True))
    print(f"{n_clips} clips of {len(paths)} files, {len(times)} rounds")
    for name, seconds in zip(("ours", "loop"), np.median(times, axis=0), strict=True):
        print(f"{name}  {seconds:.2f} s, {n_clips / seconds:.0f} clips a second")
    ratios = sorted(peer / ours for ours, peer in times)
    print(
        f"ratio {np.median(ratios):.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f}); "
        f"largest difference of p_real {apart:.1e}"
    )


if __name__ == "__main__":
    main()
