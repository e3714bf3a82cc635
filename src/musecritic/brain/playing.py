"""Who plays where in a window, and where notes begin: what the network that hears is taught beside
its labels.

A label of ten seconds teaches little. A label of every cell shows what a note is, and whose; the
rest is learned the sooner for it, and the evidence lies on notes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from musecritic.brain.cells import CELLS_PER_SECOND, LOWEST_PITCH, ROWS
from musecritic.brain.window import SECONDS
from musecritic.music.instruments import DRUMS, instrument
from musecritic.music.piece import Piece

COLUMNS = round(SECONDS * CELLS_PER_SECOND)
ANY, BEGINS = -2, -1  # after the instruments: where any sounds, and where a note begins


def playing(arranged: Piece, start: float, names: Sequence[str]) -> Tensor:
    """Return in which cells notes of each instrument sound, and in which notes begin.

    Parameters
    ----------
    arranged
        What `Rendition.arrange` returned.
    start
        Seconds, where the window begins.
    names
        Of N instruments.

    Returns
    -------
    Tensor
        (N + 2, 96, 100) bool, notes' fundamentals; after those of the N, those of all
        instruments, named or not, and at last the cells in which one of them begins. Drums have
        none.
    """
    cells = torch.zeros(len(names) + 2, ROWS, COLUMNS, dtype=torch.bool)
    players = [instrument(part) for part in arranged.parts]
    notes = arranged.notes
    begin = np.floor((notes["onset"] - start) * CELLS_PER_SECOND).astype(np.int64)
    end = np.ceil((notes["offset"] - start) * CELLS_PER_SECOND).astype(np.int64)
    end = np.maximum(end, begin + 1)
    rows = notes["pitch"].astype(np.int64) - LOWEST_PITCH
    for i in np.flatnonzero((end > 0) & (begin < COLUMNS) & (rows >= 0) & (rows < ROWS)):
        player = players[notes["part"][i]]
        if player != DRUMS:
            which = [names.index(player), ANY] if player in names else [ANY]
            cells[which, rows[i], max(begin[i], 0) : end[i]] = True
            if begin[i] >= 0:
                cells[BEGINS, rows[i], begin[i]] = True
    return cells
