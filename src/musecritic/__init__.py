"""MuseCritic: a critic for music.

>>> from musecritic import Critic
>>> critic = Critic.load()
>>> verdict = critic("piece.mid")
>>> verdict.p_real, verdict.worst()

The names below are imported when first used, so that ``import musecritic`` loads no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from musecritic.brain.attribution import Attribution
    from musecritic.brain.inference import MusicBrain
    from musecritic.corrupt.whole import corrupt_piece
    from musecritic.critic.inference import Critic
    from musecritic.critic.verdict import Verdict
    from musecritic.errors import Failure, MuseCriticError
    from musecritic.music.clip import Clip, cut
    from musecritic.music.limits import Limits
    from musecritic.music.piece import Part, Piece
    from musecritic.music.read import read
    from musecritic.music.roll import piano_roll
    from musecritic.music.write import write_midi
    from musecritic.repair.propose import Repair, propose

__version__ = "0.1.0"

_HOMES = {
    "Attribution": "brain.attribution",
    "Clip": "music.clip",
    "Critic": "critic.inference",
    "Failure": "errors",
    "Limits": "music.limits",
    "MuseCriticError": "errors",
    "MusicBrain": "brain.inference",
    "Part": "music.piece",
    "Piece": "music.piece",
    "Repair": "repair.propose",
    "Verdict": "critic.verdict",
    "corrupt_piece": "corrupt.whole",
    "cut": "music.clip",
    "piano_roll": "music.roll",
    "propose": "repair.propose",
    "read": "music.read",
    "write_midi": "music.write",
}

__all__ = [
    "Attribution",
    "Clip",
    "Critic",
    "Failure",
    "Limits",
    "MuseCriticError",
    "MusicBrain",
    "Part",
    "Piece",
    "Repair",
    "Verdict",
    "__version__",
    "corrupt_piece",
    "cut",
    "piano_roll",
    "propose",
    "read",
    "write_midi",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
