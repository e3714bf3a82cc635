"""How far notes are moved in time."""

from __future__ import annotations

import numpy as np

from musecritic.corrupt.damage import Generator

SHORTEST_NOTE_S = 0.05  # a note made shorter than this is left alone (MDTK)

_SHIFT_S = (0.1, 4.0)  # less than a tenth of a second may be a player's freedom (MDTK)


def shift_by_lot(rng: Generator) -> float:
    """Return a shift in seconds, either way; small ones and large ones as likely by their ratio."""
    nearest, farthest = np.log(_SHIFT_S)
    return float(np.exp(rng.uniform(nearest, farthest)) * rng.choice((-1, 1)))
