"""Scoring the 88 candidates of a composing step, against a loop of one candidate a call.

    python benchmarks/compose.py [--threads 2] [--rounds 20]

Peer: the same network, batch norms folded the same way, in fp32, one forward pass for each of
the 88 rolls. Ours: `score_candidates`, which computes only what the new note can change. The
steps are those of a composition in three voices: once with the ten seconds ending at the
position (first voice), twice with the position in their middle. To reach: 5 times the peer.

How long a pass takes does not depend on the weights, so an untrained network will do. Each round
times both, one after the other, so that other load on the machine falls on both; medians.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch
from machine import machine

from musecritic.compose.candidates import score_candidates
from musecritic.critic.checkpoint import Card
from musecritic.critic.inference import Critic
from musecritic.critic.network import NETWORKS, Network
from musecritic.music.roll import Roll

NOTE = 9  # frames: a second less the gap
STEPS = {"first voice": (91, 1), "later voices": (45, 2)}  # first frame, share of the steps


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    config = NETWORKS["crnn"]
    critic = Critic(
        Network(config), Card("crnn", "", config), device="cpu", threads=arguments.threads
    )
    print(machine(), "| fp32")
    roll = (np.random.default_rng(0).random((88, 100)) < 0.03).astype(np.uint8)
    ours_in_all = peer_in_all = 0.0
    for name, (first, share) in STEPS.items():
        scored, plain = score_candidates(critic, roll, first, NOTE), loop(critic, roll, first)
        ours, peer = [], []
        for _ in range(arguments.rounds):
            peer.append(seconds(loop, critic, roll, first))
            ours.append(seconds(score_candidates, critic, roll, first, NOTE))
        ours_s, peer_s = np.median(ours), np.median(peer)
        apart = np.abs(scored - plain).max()
        print(
            f"{name:13s} loop {peer_s * 1e3:6.0f} ms a step, ours {ours_s * 1e3:5.0f} ms, ratio "
            f"{peer_s / ours_s:.1f}; largest difference of a logit {apart:.1e}"
        )
        ours_in_all += share * ours_s
        peer_in_all += share * peer_s
    print(f"ratio {peer_in_all / ours_in_all:.1f} over a composition in three voices")


def loop(critic: Critic, roll: Roll, first: int) -> np.ndarray:
    """Score one candidate a call."""
    logits = []
    with torch.inference_mode():
        for key in range(88):
            candidate = roll.copy()
            candidate[key, first : first + NOTE] = 1
            logits.append(critic.network(torch.from_numpy(candidate)[None].float()).logit.item())
    return np.array(logits)


def seconds(run, *arguments) -> float:
    start = time.perf_counter()
    run(*arguments)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
