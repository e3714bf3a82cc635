"""Trained weights to begin a run with, of the same kind of network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from musecritic.brain.checkpoint import load
from musecritic.corpora.collection import Collection
from musecritic.errors import BadInput, BadWeights

_OF_LABELS = ("head.", "players.", "trust")  # parameters whose rows are labels


def begin_with(
    initial: str | Path, network: nn.Module, collection: Collection, hold_out: str
) -> dict[str, Any]:
    """Copy weights into a network; return their "sha256" and "training", as their card has it.

    What has another shape stays as it is, and so do the layers that say the labels, if these are
    not the same.

    Parameters
    ----------
    initial
        A model of the package, or the path of a ``.safetensors`` file with its card beside it.
    network
        To be trained.
    collection, hold_out
        What it will learn from, and what it may not see.

    Raises
    ------
    BadInput
        The weights are of another kind of network.
    BadWeights
        They, or what they began with, may have learned from what this run holds out.
    """
    begun, card = load(initial)
    if type(begun) is not type(network):
        raise BadInput(f"{card.name} is a network over {card.takes}; the run trains another kind.")
    _refuse_seen(card.name, card.training, collection, hold_out)
    state = network.state_dict()
    same_labels = begun.config.labels == network.config.labels
    same = {
        key: value
        for key, value in begun.state_dict().items()
        if key in state
        and state[key].shape == value.shape
        and (same_labels or not key.startswith(_OF_LABELS))
    }
    network.load_state_dict(state | same)
    return {"sha256": card.sha256, "training": card.training}


def _refuse_seen(
    name: str, training: Mapping[str, Any], collection: Collection, hold_out: str
) -> None:
    """Raise `BadWeights` unless a run held out the same works, or learned from other corpora."""
    learned_from = str(training.get("data_fingerprint", ""))
    corpora = {token.partition(":")[0] for token in learned_from.split()}
    as_here = (
        learned_from == collection.fingerprint
        and training.get("split_seed") == collection.seed
        and training.get("hold_out") == hold_out
    )
    if not as_here and (not corpora or corpora & set(collection.corpora)):
        raise BadWeights(
            f"{name} may have learned from works that this run holds out: its figures would be of "
            "what it has seen. Begin with weights of the same corpora, split and --hold-out."
        )
    if "initial" in training:
        _refuse_seen(name, training["initial"]["training"], collection, hold_out)
