"""How far notes are moved in time."""

from __future__ import annotations

import numpy as np

from musecritic.corrupt.damage import Generator
from musecritic.music.clip import Clip

SHORTEST_NOTE_S = 0.05  # a note made shorter than this is left alone (MDTK)

_SHIFT_S = (0.1, 4.0)  # less than a tenth of a second may be a player's freedom (MDTK)


def shift_by_lot(clip: Clip, rng: Generator) -> float:
    """Return a shift in seconds, either way; small ones and large ones as likely by their ratio.

    On a grid it is a whole number of frames, one at the least.
    """
    nearest, farthest = np.log(_SHIFT_S)
    shift = float(np.exp(rng.uniform(nearest, farthest)) * rng.choice((-1, 1)))
    if clip.grid is None:
        return shift
    return float(np.copysign(max(round(abs(shift) * clip.grid), 1) / clip.grid, shift))
