"""Tempo: from musical time, in ticks or quarters, to seconds."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Quarters a minute where neither a MIDI file nor a score says (MIDI specification).
DEFAULT_QPM = 120.0


def to_seconds(
    position: ArrayLike,
    tempo_at: ArrayLike,
    seconds_per_unit: ArrayLike,
    default: float,
) -> NDArray[np.float64]:
    """Turn positions in musical time into seconds.

    Parameters
    ----------
    position
        (N,), any unit, counted from the start.
    tempo_at
        (M,), where each tempo takes hold, same unit. Of several at one place the last holds.
    seconds_per_unit
        (M,), what each tempo makes of a unit.
    default
        Seconds a unit before the first tempo.

    Returns
    -------
    NDArray
        (N,) float64, seconds.
    """
    at = np.concatenate([[0.0], np.asarray(tempo_at, dtype=np.float64)])
    pace = np.concatenate([[default], np.asarray(seconds_per_unit, dtype=np.float64)])
    order = np.argsort(at, kind="stable")
    at, pace = at[order], pace[order]
    elapsed = np.concatenate([[0.0], np.cumsum(np.diff(at) * pace[:-1])])
    position = np.asarray(position, dtype=np.float64)
    # The last tempo at or before each position; what lies before the start goes by the first.
    which = np.maximum(np.searchsorted(at, position, side="right") - 1, 0)
    seconds: NDArray[np.float64] = elapsed[which] + (position - at[which]) * pace[which]
    return seconds
