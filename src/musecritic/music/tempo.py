"""Tempo: from musical time, in ticks or quarters, to seconds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Quarters a minute where neither a MIDI file nor a score says (MIDI specification).
DEFAULT_QPM = 120.0


class Tempo(NamedTuple):
    """A tempo and where it takes hold.

    Attributes
    ----------
    start
        Seconds from the piece's start.
    qpm
        Quarters a minute.
    """

    start: float
    qpm: float


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
    at, pace, elapsed = _stretches(tempo_at, seconds_per_unit, default)
    position = np.asarray(position, dtype=np.float64)
    # The last tempo at or before each position; what lies before the start goes by the first.
    which = np.maximum(np.searchsorted(at, position, side="right") - 1, 0)
    seconds: NDArray[np.float64] = elapsed[which] + (position - at[which]) * pace[which]
    return seconds


def tempi_of(
    tempo_at: ArrayLike, seconds_per_unit: ArrayLike, default: float, units_per_quarter: float = 1.0
) -> tuple[Tempo, ...]:
    """Return the tempi of a piece, from its start, each unlike the one before.

    Parameters
    ----------
    tempo_at, seconds_per_unit, default
        As `to_seconds` takes them.
    units_per_quarter
        How many units of musical time a quarter has.
    """
    at, pace, elapsed = _stretches(tempo_at, seconds_per_unit, default)
    holds = np.append(np.diff(at) > 0, True)  # one of no length is never heard
    start, pace = elapsed[holds], pace[holds]
    new = np.append(True, np.diff(pace) != 0)
    qpm = 60.0 / (pace[new] * units_per_quarter)
    return tuple(Tempo(*both) for both in zip(start[new].tolist(), qpm.tolist(), strict=True))


def to_quarters(seconds: ArrayLike, tempi: tuple[Tempo, ...]) -> NDArray[np.float64]:
    """Turn seconds back into quarters from the start, (N,) both."""
    tempi = tempi or (Tempo(0.0, DEFAULT_QPM),)
    return to_seconds(
        seconds, [t.start for t in tempi], [t.qpm / 60 for t in tempi], tempi[0].qpm / 60
    )


def from_quarters(quarters: ArrayLike, tempi: tuple[Tempo, ...]) -> NDArray[np.float64]:
    """Turn quarters from the start into seconds, (N,) both; undoes `to_quarters`."""
    tempi = tempi or (Tempo(0.0, DEFAULT_QPM),)
    at = to_quarters([t.start for t in tempi], tempi)
    return to_seconds(quarters, at, [60 / t.qpm for t in tempi], 60 / tempi[0].qpm)


def _stretches(
    tempo_at: ArrayLike, seconds_per_unit: ArrayLike, default: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return where each tempo takes hold, its pace, and the seconds elapsed until then."""
    at = np.concatenate([[0.0], np.asarray(tempo_at, dtype=np.float64)])
    pace = np.concatenate([[default], np.asarray(seconds_per_unit, dtype=np.float64)])
    order = np.argsort(at, kind="stable")
    at, pace = at[order], pace[order]
    return at, pace, np.concatenate([[0.0], np.cumsum(np.diff(at) * pace[:-1])])
