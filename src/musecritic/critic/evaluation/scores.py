"""What a network says of a test set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musecritic.critic.testset import Negatives, TestSet
from musecritic.music.clip import Clip

#: Rolls (N, 88, 100), or clips, to logits (N,) and attention (N, 100), as `Critic.read` does it.
Read = Callable[[NDArray[Any] | Sequence[Clip]], tuple[NDArray[np.float32], NDArray[np.float32]]]


@dataclass(frozen=True)
class KindScores:
    """Scores of one kind's negatives.

    Attributes
    ----------
    logits
        (M,).
    attention
        (M, 100), summing to 1 over the frames.
    of
        (M,), the index of the real clip behind each.
    frames
        (M, 100) bool, the damaged frames.
    severity
        (M,), share of notes touched.
    """

    logits: NDArray[np.float32]
    attention: NDArray[np.float32]
    of: NDArray[np.int64]
    frames: NDArray[np.bool_]
    severity: NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """Scores of real clips and of the negatives of each kind.

    Attributes
    ----------
    real
        (N,), logits.
    attention
        (N, 100), of the real clips.
    kinds
        Kind to its `KindScores`.
    """

    real: NDArray[np.float32]
    attention: NDArray[np.float32]
    kinds: dict[str, KindScores]

    def by_kind(self) -> dict[str, NDArray[np.float32]]:
        """Return the negatives' logits alone."""
        return {kind: scores.logits for kind, scores in self.kinds.items()}


def score_test_set(read: Read, test_set: TestSet) -> Scores:
    """Run a network over every clip of a test set."""
    real, attention = read(test_set.given)
    kinds = {kind: score_negatives(read, fakes) for kind, fakes in test_set.kinds.items()}
    return Scores(real, attention, kinds)


def score_negatives(read: Read, fakes: Negatives) -> KindScores:
    """Run a network over the negatives of one kind."""
    return KindScores(*read(fakes.given), fakes.of, fakes.frames, fakes.severity)
