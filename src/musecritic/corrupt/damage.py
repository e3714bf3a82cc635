"""What a corruption returns: the changed clip and exactly where it was changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musecritic.music.clip import Clip
from musecritic.music.notes import Notes
from musecritic.music.roll import RATE, frames_of

Generator = np.random.Generator


@dataclass(frozen=True)
class Damaged:
    """A corrupted clip and its damage.

    Attributes
    ----------
    clip
        The changed clip.
    notes
        Which of ``clip.notes`` were touched, bool, shape (N,).
    frames
        Which frames of the 10-Hz roll were touched, bool, shape (T,): those under the touched
        notes; for a shuffle those beside a seam.
    severity
        Share of the clip's notes that were touched, 0..1.
    """

    clip: Clip
    notes: NDArray[np.bool_]
    frames: NDArray[np.bool_]
    severity: float


def frames_under(notes: Notes, seconds: float, rate: float = RATE) -> NDArray[np.bool_]:
    """Return which of the round(seconds · rate) frames any of the notes lights."""
    n_frames = max(round(seconds * rate), 1)
    first, last = frames_of(notes, rate, n_frames)
    edges = np.zeros(n_frames + 1, dtype=np.int32)
    np.add.at(edges, first, 1)
    np.add.at(edges, last, -1)
    return edges[:-1].cumsum() > 0


def is_free(notes: Notes, pitch: int, onset: float, offset: float) -> bool:
    """Say whether a note put here would stand alone: no note of its pitch overlaps or touches it.

    On the grid a note that touched another of its pitch would melt into one run with it.
    """
    touching = (
        (notes["pitch"] == pitch)
        & (notes["onset"] <= offset + 1e-6)
        & (notes["offset"] >= onset - 1e-6)
    )
    return not touching.any()


def how_many(n_notes: int, severity: float | None, count: tuple[int, int], rng: Generator) -> int:
    """Return the number of notes to touch: `severity` of them, or a draw from `count`, ends in."""
    if severity is None:
        return int(rng.integers(count[0], count[1] + 1))
    return max(1, round(severity * n_notes))
