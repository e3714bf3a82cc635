"""Judging every note of a folder's files, against a loop that reads one window a call.

    python benchmarks/notes.py FOLDER [--files 20] [--rounds 3] [--threads 2]

Peer: the same files and the same network, in fp32, one forward pass a window. Ours: `Critic.score`,
which reads windows with about as many notes together and takes bf16 where its products are faster.
Both read the files. To reach: 100 times real time; aim 500.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from machine import machine

from musecritic import Critic, read
from musecritic.critic.judged_notes import Windows
from musecritic.music.clip import cut
from musecritic.music.find import find_music


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", default="notes")
    arguments = parser.parse_args()
    paths = find_music([arguments.folder])
    chosen = np.random.default_rng(0).permutation(len(paths))[: arguments.files]
    paths = [paths[i] for i in chosen]
    critic = Critic.load(arguments.model, threads=arguments.threads, device="cpu")
    plain = Critic.load(arguments.model, device="cpu", precision="fp32")
    print(machine(), "| bf16" if critic.reader.uses_bf16 else "| fp32")

    def loop(path: Path) -> np.ndarray:
        piece = read(path)
        for clip in cut(piece):
            plain.read_clips([clip])
        windows = Windows(piece)
        return windows.judged([plain.read_clips([clip])[0] for clip in windows.clips]).p_wrong

    list(critic.score(paths[:2]))
    times = []
    for _ in range(arguments.rounds):
        start = time.perf_counter()
        verdicts = list(critic.score(paths))
        between = time.perf_counter()
        found = [loop(path) for path in paths]
        times.append((between - start, time.perf_counter() - between))
    seconds = sum(verdict.duration for verdict in verdicts)
    apart = max(np.abs(v.notes.p_wrong - p).max() for v, p in zip(verdicts, found, strict=True))
    ratios = [peer / ours for ours, peer in times]
    ours = min(one for one, _ in times)
    print(
        f"{len(paths)} files, {seconds / 60:.0f} min of music: {seconds / ours:.0f} x real time; "
        f"{np.median(ratios):.2f} [{min(ratios):.2f}, {max(ratios):.2f}] of the loop's speed; "
        f"p_wrong at most {apart:.3f} apart"
    )


if __name__ == "__main__":
    main()
