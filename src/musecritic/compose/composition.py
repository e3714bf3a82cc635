"""A piece that a critic composed, and how it came to be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musecritic.music.piece import Piece
from musecritic.music.roll import Roll


@dataclass(frozen=True)
class Composition:
    """What `musecritic.compose.layering.compose` made: V voices of P positions.

    Attributes
    ----------
    piece
        The notes. The last V parts are the voices, in the order in which they were found; those
        before them are the primer's.
    roll
        (88, T) uint8 at 10 Hz, what the critic saw of it.
    begin
        Seconds in `piece` at which the first position lies; 0 without a primer.
    onsets
        (P,), seconds in `piece` of each position.
    pitches
        (V, P), MIDI pitch of the note taken.
    ranks
        (V, P), its place among all the notes that could be taken, 0 for the critic's first choice.
    p_real
        (V, P) in [0, 1], what the critic said of the ten seconds around it, once it was there.
    seed, top_k
        As they were asked for.
    model
        Name, version and sha256 of the critic's weights.
    """

    piece: Piece
    roll: Roll
    begin: float
    onsets: NDArray[np.float64]
    pitches: NDArray[np.uint8]
    ranks: NDArray[np.int64]
    p_real: NDArray[np.float64]
    seed: int
    top_k: int
    model: dict[str, str]

    def record(self) -> dict[str, Any]:
        """Return how it came to be as plain values for JSON."""
        return {
            "duration_s": round(self.piece.duration, 3),
            "begin_s": round(self.begin, 3),
            "onsets_s": self.onsets.round(3).tolist(),
            "voices": [
                {
                    "pitches": pitches.tolist(),
                    "ranks": ranks.tolist(),
                    "p_real": p_real.round(4).tolist(),
                }
                for pitches, ranks, p_real in zip(
                    self.pitches, self.ranks, self.p_real, strict=True
                )
            ],
            "seed": self.seed,
            "top_k": self.top_k,
            "model": self.model,
        }

    def plot(self, path: str | Path, title: str = "") -> None:
        """Draw the notes by voice and `p_real` over time into a picture file."""
        from musecritic.show.composition_plot import (
            plot_composition,
        )  # Matplotlib is slow to import

        plot_composition(self, Path(path), title)
