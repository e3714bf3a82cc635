"""How suspicious a right note can look: the tail of clean music's logits.

A note's probability of being wrong is right on the mean of what the network learned from, where
most clips were damaged. Whoever corrects a clean piece of five thousand notes needs another number:
how many of them would look as suspicious by chance. It is read off notes of clean music that the
network did not learn from.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: Shares of clean notes at which the tail is stored.
SHARES = (0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001, 0.00003, 0.00001)


def tail_of(logits: NDArray[np.floating]) -> tuple[float, ...]:
    """Return the logits that these shares of clean notes exceed, see `SHARES`.

    Shares of fewer than three notes are left out.

    Parameters
    ----------
    logits
        (M,), that clean notes are wrong.
    """
    shares = [share for share in SHARES if share * len(logits) >= 3]
    if not shares:
        return ()
    return tuple(np.quantile(logits, 1 - np.array(shares)).astype(float).tolist())


def chance(logits: NDArray[np.floating], tail: Sequence[float]) -> NDArray[np.float64]:
    """Return the share of clean notes that look at least as suspicious, (M,).

    Between the stored shares, and beyond the last, its logarithm falls in a straight line.

    Parameters
    ----------
    logits
        (M,), that notes are wrong.
    tail
        Of `tail_of`, two at the least.
    """
    share = np.log(SHARES[: len(tail)])
    logits = np.asarray(logits, dtype=np.float64)
    within = np.interp(logits, tail, share)
    slope = (share[-1] - share[0]) / max(tail[-1] - tail[0], 1e-6)
    beyond = share[-1] + slope * (logits - tail[-1])
    below = logits < tail[0]
    found = np.exp(np.where(logits > tail[-1], beyond, within))
    return np.where(below, 1.0, found)


def suspects(chances: NDArray[np.float64], level: float) -> NDArray[np.bool_]:
    """Return which notes cannot well be right (Benjamini and Hochberg, 1995), (M,).

    Of a clean piece, however long, any are returned in a share `level` of cases; where there are
    suspects, about that share of them is falsely accused.
    """
    order = np.argsort(chances, kind="stable")
    rank = np.arange(1, len(chances) + 1)
    passes = np.flatnonzero(chances[order] * len(chances) <= level * rank)
    found = np.zeros(len(chances), dtype=bool)
    if len(passes):
        found[order[: passes[-1] + 1]] = True
    return found
