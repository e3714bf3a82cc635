"""A stretch of a clip, drawn by lot: consecutive notes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musecritic.corrupt.damage import Generator, how_many
from musecritic.errors import NothingToDamage
from musecritic.music.clip import Clip

FEWEST = 4  # notes of a stretch


def stretch_by_lot(
    clip: Clip,
    rng: Generator,
    severity: float | None,
    count: tuple[int, int],
    *,
    times: int = 1,
) -> NDArray[np.bool_]:
    """Return which notes of a clip stand in a stretch drawn by lot, (N,).

    Parameters
    ----------
    severity, count
        How many notes, as `how_many` takes them, `times` over.

    Raises
    ------
    NothingToDamage
        The clip has fewer notes than a stretch.
    """
    n_notes = len(clip.notes)
    if n_notes < FEWEST:
        raise NothingToDamage(f"the clip has fewer than {FEWEST} notes; it has no passages.")
    n_inside = int(np.clip(times * how_many(n_notes, severity, count, rng), FEWEST, n_notes))
    first = int(rng.integers(0, n_notes - n_inside + 1))
    onset = clip.notes["onset"]
    # A chord stands in it whole, or not at all.
    return np.asarray((onset >= onset[first]) & (onset <= onset[first + n_inside - 1]))
