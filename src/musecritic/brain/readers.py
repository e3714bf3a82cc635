"""The networks that read a score, whatever they make of it."""

from __future__ import annotations

from musecritic.brain.figure_network import FigureNetwork
from musecritic.brain.network import Network
from musecritic.brain.note_network import NoteNetwork

Reader = NoteNetwork | FigureNetwork

#: All of MusicBrain's networks.
AnyNetwork = Network | NoteNetwork | FigureNetwork
