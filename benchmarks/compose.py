"""Scoring the 88 candidates of a composing step, against a loop of one candidate a call.

    python benchmarks/compose.py [--threads 2] [--rounds 20]

Peer: the same network, batch norms folded the same way, in fp32, one forward pass for each of
the 88 rolls. Ours: `score_candidates`, which computes only what the new note can change. The
steps are those of a composition in three voices: once with the ten seconds ending at the
position (first voice), twice with the position in their middle. To reach: 5 times the peer.

The music is drawn by lot. Each round times both, one after
the other, so that other load on the machine falls on both. Medians of what the clock showed and,
in brackets, of the processor's time, which counts no waiting for other programs.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch
from machine import machine

from musecritic.compose.candidates import score_candidates
from musecritic.compose.texture import chance
from musecritic.critic.inference import Critic
from musecritic.music.roll import Roll

NOTE, POSITION = 9, 10  # frames: a second less the gap; a second
STEPS = {"first voice": (91, 1, 1), "later voices": (45, 2, 2)}  # first frame, voices, share


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    critic = Critic.load("crnn", device="cpu", threads=arguments.threads, precision="fp32")
    print(machine(), "| fp32")
    rng = np.random.default_rng(0)
    ours_in_all = peer_in_all = np.zeros(2)
    for name, (first, voices, share) in STEPS.items():
        roll = chance(rng, voices, NOTE, POSITION)
        if name == "first voice":  # nothing sounds yet where it goes on
            roll[:, first - 1 :] = 0
        apart = np.abs(score_candidates(critic, roll, first, NOTE) - loop(critic, roll, first))
        ours, peer = [], []
        for _ in range(arguments.rounds):
            peer.append(seconds(loop, critic, roll, first))
            ours.append(seconds(score_candidates, critic, roll, first, NOTE))
        ours_s, peer_s = np.median(ours, axis=0), np.median(peer, axis=0)
        print(
            f"{name:13s} loop {shown(peer_s * 1e3, 0)} ms a step, ours {shown(ours_s * 1e3, 0)} ms,"
            f" ratio {shown(peer_s / ours_s, 1)}; largest difference of a logit {apart.max():.1e}"
        )
        ours_in_all = ours_in_all + share * ours_s
        peer_in_all = peer_in_all + share * peer_s
    print(f"ratio {shown(peer_in_all / ours_in_all, 1)} over a composition in three voices")


def loop(critic: Critic, roll: Roll, first: int) -> np.ndarray:
    """Score one candidate a call."""
    logits = []
    with torch.inference_mode():
        for key in range(88):
            candidate = roll.copy()
            candidate[key, first : first + NOTE] = 1
            logits.append(
                critic.reader.network(torch.from_numpy(candidate)[None].float()).logit.item()
            )
    return np.array(logits)


def seconds(run, *arguments) -> tuple[float, float]:
    """Return how long a run took, by the clock and of the processor's time."""
    start, start_busy = time.perf_counter(), time.process_time()
    run(*arguments)
    return time.perf_counter() - start, time.process_time() - start_busy


def shown(both, digits: int) -> str:
    return f"{both[0]:.{digits}f} ({both[1]:.{digits}f})"


if __name__ == "__main__":
    main()
