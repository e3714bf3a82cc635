"""What a protocol hands to its report: a record for JSON, and clips to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musecritic.corrupt import KINDS
from musecritic.critic.evaluation.calibration import Calibration
from musecritic.critic.evaluation.scores import Scores
from musecritic.critic.testset import TestSet
from musecritic.measure.bootstrap import intervals, values
from musecritic.music.roll import Roll


@dataclass(frozen=True)
class BlindTest:
    """One clip, what the network said of it, and the truth.

    Attributes
    ----------
    truth
        "real", or the kind of damage.
    song
        What is played.
    roll, before
        (88, 100), what was judged, and the real clip behind it.
    attention
        (100,), summing to 1.
    frames
        (100,) bool, the damaged frames; none for a real clip.
    p_real, threshold
        The verdict and where it turns over.
    """

    truth: str
    song: str
    roll: Roll
    before: Roll
    attention: NDArray[np.float32]
    frames: NDArray[np.bool_]
    p_real: float
    threshold: float

    @property
    def is_hit(self) -> bool:
        """Whether the verdict is right."""
        return (self.p_real >= self.threshold) == (self.truth == "real")


@dataclass(frozen=True)
class Outcome:
    """A protocol's figures, as a tree of plain values and `Estimate`s, and clips to show."""

    figures: dict[str, Any]
    blind_tests: tuple[BlindTest, ...] = ()

    def record(self) -> dict[str, Any]:
        """Return the figures as plain values, their intervals nested alike under "intervals"."""
        return {**values(self.figures), "intervals": intervals(self.figures)}


def blind_tests(scores: Scores, test: TestSet, calibration: Calibration) -> tuple[BlindTest, ...]:
    """Return a hit and a miss of each truth, where there are both.

    So that nothing is picked by hand, the hit is the one of median `p_real` among the hits, and
    likewise the miss.
    """
    found = []
    untouched = np.zeros((len(test.real), test.real.shape[2]), dtype=bool)
    everything = np.arange(len(test.real))
    groups = [("real", test.real, everything, scores.real, scores.attention, untouched)]
    for kind in (kind for kind in KINDS if kind in scores.kinds):
        said, fakes = scores.kinds[kind], test.kinds[kind]
        groups.append((kind, fakes.rolls, said.of, said.logits, said.attention, said.frames))
    for truth, rolls, of, logits, attention, frames in groups:
        p, right = calibration.p_real(logits), calibration.passes(logits) == (truth == "real")
        for group in (np.flatnonzero(right), np.flatnonzero(~right)):
            if not len(group):
                continue
            index = group[np.argsort(p[group], kind="stable")[len(group) // 2]]
            found.append(
                BlindTest(
                    truth,
                    str(test.song[of[index]]),
                    rolls[index],
                    test.real[of[index]],
                    attention[index],
                    frames[index],
                    float(p[index]),
                    calibration.threshold,
                )
            )
    return tuple(found)
