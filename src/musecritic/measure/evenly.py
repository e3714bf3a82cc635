"""Some of many, evenly from first to last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def evenly(n: int, limit: int | None) -> NDArray[np.int64]:
    """Return so many of n indices, or all, evenly from first to last."""
    return np.unique(np.linspace(0, n - 1, min(n, limit or n)).round().astype(np.int64))


def evenly_of(many: Sequence[Any] | NDArray[Any], limit: int | None) -> list[Any]:
    """Return so many of a sequence, or all, evenly from its whole length."""
    return [many[index] for index in evenly(len(many), limit)]
