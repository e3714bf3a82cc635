"""What speaks for each label of a piece, and where: heat over a stretch of it, and its passages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from musecritic.brain.attribution import Attribution
from musecritic.brain.labels import AI
from musecritic.brain.network import CELLS_PER_SECOND, Network
from musecritic.brain.window import SECONDS, STEP_SECONDS
from musecritic.explain.cam import Target, fused_map, grad_cam

PROBABLE = 0.5  # labels below are not explained
MOST_TARGETS = 6
PASSAGES = 3  # of each label
PASSAGE_SECONDS = 2.0

_SKIP = round(SECONDS / STEP_SECONDS)  # windows that follow each other without overlap
_LOWEST_PITCH = 21  # of the map's first row


@dataclass(frozen=True)
class Passage:
    """Where a label's heat is strongest.

    Attributes
    ----------
    start, end
        Seconds.
    share
        Of the label's heat in the stretch, 0 to 1.
    pitches
        The hottest rows in it, MIDI pitches, the hottest first.
    """

    start: float
    end: float
    share: float
    pitches: tuple[int, ...]


@dataclass(frozen=True)
class Evidence:
    """Heat over a stretch of a piece.

    Attributes
    ----------
    start
        Seconds at which it begins.
    picture
        (192, T), what the network saw, 0 to 1 within each ten seconds.
    targets
        The K labels explained.
    heat
        (K, 96, T / 2), from FM-G-CAM: each cell with the label that it speaks for most.
    passages
        Of each label, the strongest first.
    """

    start: float
    picture: NDArray[np.float32]
    targets: tuple[Target, ...]
    heat: NDArray[np.float32]
    passages: tuple[tuple[Passage, ...], ...]


def targets_of(attribution: Attribution) -> tuple[Target, ...]:
    """Return the labels of an attribution to explain: who composed it, then what probably holds."""
    chosen = [Target("origin", AI, holds=attribution.p_ai >= 0.5)]
    for head, labels in attribution.labels.items():
        probable = [label for label in labels if label.p >= PROBABLE]
        most = probable if head == "instruments" else probable[:1]
        chosen += [Target(head, label.name) for label in most]
    return tuple(chosen[:MOST_TARGETS])


def evidence(
    network: Network,
    windows: Iterator[tuple[float, Tensor]],
    targets: Sequence[Target],
    *,
    start: float = 0.0,
    seconds: float = 60.0,
) -> Evidence:
    """Find the heat of labels in a stretch of a piece.

    Parameters
    ----------
    network
        The one that hears.
    windows
        Of the whole piece, from `musecritic.brain.judged.windows` or `rendered`.
    targets
        Labels that the network knows; others are passed over.
    start, seconds
        The stretch; it begins and ends with a window.
    """
    known = [t for t in targets if t.name in network.config.labels.get(t.head, ())]
    alone = islice(windows, 0, None, _SKIP)
    chosen = [
        (begin, picture)
        for begin, picture in alone
        if begin + SECONDS > start and begin < start + seconds
    ]
    pictures = torch.stack([picture for _, picture in chosen])
    maps = fused_map(grad_cam(network, pictures, known))
    heat = torch.cat(list(maps), dim=2).numpy()
    begin = chosen[0][0]
    return Evidence(
        begin,
        torch.cat(list(pictures), dim=1).numpy(),
        tuple(known),
        heat,
        tuple(_passages(of_label, begin) for of_label in heat),
    )


def _passages(heat: NDArray[np.float32], begin: float) -> tuple[Passage, ...]:
    """Return the stretches of two seconds with most heat, none over another."""
    length = round(PASSAGE_SECONDS * CELLS_PER_SECOND)
    by_frame = heat.sum(axis=0).astype(np.float64)
    total = by_frame.sum()
    found: list[Passage] = []
    while len(found) < PASSAGES and len(by_frame) >= length and total > 0:
        sums = np.convolve(by_frame, np.ones(length), mode="valid")
        first = int(sums.argmax())
        if sums[first] <= 0:
            break
        rows = heat[:, first : first + length].sum(axis=1)
        hottest = [row for row in np.argsort(-rows)[:4].tolist() if rows[row] > 0]
        found.append(
            Passage(
                begin + first / CELLS_PER_SECOND,
                begin + (first + length) / CELLS_PER_SECOND,
                float(sums[first] / total),
                tuple(row + _LOWEST_PITCH for row in hottest),
            )
        )
        by_frame[first : first + length] = 0
    return tuple(found)
