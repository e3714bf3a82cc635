"""Kinds of damage named as if each were as likely as any other.

In training the seed's three are far more common than the rest, and a network that has learned that
hardly ever names another. Nobody knows how common each is in the music that users bring.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from musecritic.corrupt import CORRUPTIONS
from musecritic.critic.note_reader import NoteReader
from musecritic.critic.note_transformer import N_BEFORE_KINDS, NoteTransformer
from musecritic.errors import NothingToDamage
from musecritic.measure.metrics import log_odds, sigmoid
from musecritic.music.clip import Clip

_STEPS = 50  # of Newton's, far more than one number needs
_LARGEST = 8.0  # a kind that cannot be told apart is not pushed to extremes


def with_fair_kinds(
    network: NoteTransformer, clips: Sequence[Clip], *, seed: int, precision: str
) -> NoteTransformer:
    """Return a copy of the network with its kinds' biases fitted anew.

    What it then says is right on the mean where half of all clips are real and every kind of damage
    has an equal share of the rest.

    Parameters
    ----------
    clips
        Real ones of the validation part. Each is damaged once by every kind.
    seed
        Of the damage.
    precision
        In which the network reads.
    """
    reader = NoteReader(network, torch.device("cpu"), precision)
    kinds = network.config.kinds
    given, truth = list(clips), [""] * len(clips)
    for number, kind in enumerate(kinds):
        for index, clip in enumerate(clips):
            rng = np.random.default_rng([seed, number, index, 3])
            try:
                given.append(CORRUPTIONS[kind](clip, rng).clip)
            except NothingToDamage:
                continue
            truth.append(kind)
    said = [finding.notes for finding in reader.read(given)]
    p = np.array([[own.kinds[kind] for kind in kinds] for own in said if own is not None])
    logits = log_odds(p)
    is_kind = np.array([[name == kind for kind in kinds] for name in truth])
    n_real = len(clips)
    weight = np.full(len(truth), 1 / max(len(truth) - n_real, 1))
    weight[:n_real] = 1 / n_real
    added = [bias(logits[:, k], is_kind[:, k], weight) for k in range(len(kinds))]
    fair = deepcopy(network)
    with torch.no_grad():
        fair.head.bias[N_BEFORE_KINDS:] += torch.tensor(added, dtype=torch.float32)
    return fair


def bias(
    logits: NDArray[np.floating[Any]], truth: NDArray[np.bool_], weight: NDArray[np.float64]
) -> float:
    """Return what is to be added to logits for their probabilities to be right on the mean."""
    weight = weight / weight.sum()
    added = 0.0
    for _ in range(_STEPS):
        p = sigmoid(logits + added)
        slope = max(float(weight @ (p * (1 - p))), 1e-6)
        step = float(weight @ (truth - p)) / slope
        added = float(np.clip(added + np.clip(step, -1, 1), -_LARGEST, _LARGEST))
    return added
