"""The networks that read a score, whatever they make of it."""

from __future__ import annotations

import torch

from musecritic.brain.figure_network import FigureNetwork
from musecritic.brain.network import Network
from musecritic.brain.note_network import NoteNetwork

Reader = NoteNetwork | FigureNetwork

#: All of MusicBrain's networks.
AnyNetwork = Network | NoteNetwork | FigureNetwork


def place(network: AnyNetwork, device: torch.device) -> None:
    """Put a network on a device; the one over figures stays on the processor.

    It has one layer, which some accelerators cannot compute.
    """
    network.eval().to("cpu" if isinstance(network, FigureNetwork) else device)
