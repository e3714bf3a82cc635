"""What speaks for each label of a piece, and where: heat over a stretch of it, and its passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from musecritic.brain.attribution import Attribution
from musecritic.brain.cells import CELLS_PER_SECOND, LOWEST_PITCH
from musecritic.brain.labels import AI
from musecritic.brain.network import Network
from musecritic.brain.spectrogram import SILENCE_DB, levels, seen
from musecritic.brain.window import FRAMES
from musecritic.explain.cam import Target, fused_map, heatmaps
from musecritic.measure.progress import HowFar
from musecritic.music.audio import Samples

MOST_TARGETS = 6
PASSAGES = 3  # of each label
PASSAGE_SECONDS = 2.0
WINDOWS_AT_ONCE = 2


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
    p
        Of each, what the network that hears makes of the stretch: the sigmoid of its windows' mean
        logit.
    heat
        (K, 96, T / 2), integrated gradients fused as FM-G-CAM does: each cell with the label that
        it speaks for most.
    passages
        Of each label, the strongest first.
    """

    start: float
    picture: NDArray[np.float32]
    targets: tuple[Target, ...]
    p: tuple[float, ...]
    heat: NDArray[np.float32]
    passages: tuple[tuple[Passage, ...], ...]


def targets_of(attribution: Attribution) -> tuple[Target, ...]:
    """Return the labels of an attribution to explain: who composed it, then what probably holds."""
    by_machine = attribution.decision == "ai" or (
        attribution.decision == "uncertain" and attribution.p_ai >= 0.5
    )
    chosen = [Target("origin", AI, holds=by_machine)]
    for head in attribution.labels:
        chosen += [Target(head, label.name) for label in attribution.likely(head)]
    return tuple(chosen[:MOST_TARGETS])


def evidence(
    network: Network,
    sound: Samples,
    targets: Sequence[Target],
    *,
    start: float = 0.0,
    progress: HowFar | None = None,
) -> Evidence:
    """Find the heat of labels in a stretch of a piece.

    Parameters
    ----------
    network
        The one that hears.
    sound
        (n,) mono at 16 kHz; the last ten seconds are filled up with silence.
    targets
        Labels that the network knows; others are passed over.
    start
        Seconds at which the stretch begins in its piece.
    progress
        Told how many windows are done, and of how many.
    """
    known = [t for t in targets if t.name in network.config.labels.get(t.head, ())]
    heard = levels(sound)
    n_windows = max(-(-heard.shape[1] // FRAMES), 1)
    heard = F.pad(heard, (0, n_windows * FRAMES - heard.shape[1]), value=2 * SILENCE_DB)
    pictures = torch.stack([seen(window) for window in torch.split(heard, FRAMES, dim=1)])
    maps: list[torch.Tensor] = []
    for some in torch.split(pictures, WINDOWS_AT_ONCE):
        if progress is not None:
            progress(len(maps), n_windows)
        maps += heatmaps(network, some, known)
    # One map over the whole stretch, so that its parts can be compared.
    heat = fused_map(torch.cat(maps, dim=2)[None])[0].numpy()
    with torch.inference_mode():
        logits = network(pictures.to(network.height.device)).logits
    p = [
        float(torch.sigmoid(target.logit(network.config.labels, logits).mean())) for target in known
    ]
    return Evidence(
        start,
        torch.cat(list(pictures), dim=1).numpy(),
        tuple(known),
        tuple(p),
        heat,
        tuple(passages(of_label, start) for of_label in heat),
    )


def passages(heat: NDArray[np.float32], begin: float) -> tuple[Passage, ...]:
    """Return the two seconds with most of a label's heat (96, T), and the next that are apart."""
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
                tuple(row + LOWEST_PITCH for row in hottest),
            )
        )
        by_frame[first : first + length] = 0
    return tuple(found)
