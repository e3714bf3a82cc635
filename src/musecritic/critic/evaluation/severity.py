"""Damage from one note up: the figures of each kind by severity."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musecritic.corrupt import CORRUPTIONS
from musecritic.critic.edits import REORDERED
from musecritic.critic.evaluation.calibration import Calibration
from musecritic.critic.evaluation.scores import Read, score_negatives
from musecritic.critic.evaluation.table import kind_row
from musecritic.critic.testset import Negatives
from musecritic.errors import NothingToDamage
from musecritic.measure.bootstrap import Bootstrap
from musecritic.measure.progress import Progress
from musecritic.music.clip import Clip

Generator = np.random.Generator


@dataclass(frozen=True)
class Grade:
    """How heavily to damage.

    Attributes
    ----------
    label
        Its key in the results: "1 note", or the severity as a decimal number.
    options
        What the corruption is called with.
    at_most
        Share of the notes, rounded down to whole ones, but one at the least; it takes the place
        of `options`.
    """

    label: str
    options: dict[str, Any] = field(default_factory=dict)
    at_most: float | None = None

    def options_for(self, clip: Clip) -> dict[str, Any]:
        """Return what the corruption of this clip is called with."""
        if self.at_most is None:
            return self.options
        n_notes = max(int(self.at_most * len(clip.notes)), 1)
        return {"count": (n_notes, n_notes)}


ONE_NOTE = Grade("1 note", {"count": (1, 1)})


def share(severity: float) -> Grade:
    """Return the grade that touches this share of the notes."""
    return Grade(f"{severity:g}", {"severity": severity})


NOTE_GRADES = (ONE_NOTE, *map(share, (0.02, 0.05, 0.1, 0.12, 0.2, 0.3, 0.5)))

#: Which grades each kind is measured at. A shuffle cannot touch one note alone.
GRADES: dict[str, tuple[Grade, ...]] = {
    "shuffle": tuple(map(share, (0.05, 0.1, 0.2, 0.3, 0.5))),
    "off-key": NOTE_GRADES,
    "noise": NOTE_GRADES,
}


#: From one note up to half of all, for kinds to be set beside each other.
SEVERITIES = (ONE_NOTE, *map(share, (0.02, 0.05, 0.1, 0.2, 0.35, 0.5)))


def grades_of(kind: str) -> tuple[Grade, ...]:
    """Return those of `SEVERITIES` that a kind has; what is put in another order is many notes."""
    return SEVERITIES[2:] if kind in REORDERED else SEVERITIES


def damaged(
    clips: Sequence[Clip], kind: str, rng_of: Callable[[int], Generator], grade: Grade
) -> Negatives:
    """Damage every clip by one grade of one kind; those that cannot be damaged are left out.

    Parameters
    ----------
    rng_of
        Gives the generator that damages the clip of an index.
    """
    found, of = [], []
    for index, clip in enumerate(clips):
        try:
            found.append(CORRUPTIONS[kind](clip, rng_of(index), **grade.options_for(clip)))
            of.append(index)
        except NothingToDamage:
            continue
    if not found:
        raise NothingToDamage(f"not one of {len(clips)} clips can be damaged by {kind}.")
    return Negatives(
        np.stack([done.clip.roll() for done in found]),
        np.array(of),
        np.stack([done.frames for done in found]),
        np.array([done.severity for done in found]),
        tuple(found),
    )


def by_severity(
    read: Read,
    real: NDArray[np.float32],
    make: Callable[[str, Grade], Negatives],
    calibration: Calibration,
    bootstrap: Bootstrap,
    grades: dict[str, tuple[Grade, ...]],
    progress: Progress,
) -> dict[str, dict[str, Any]]:
    """Return `kind_row` for every kind and grade, keyed by kind, then by the grade's label.

    Parameters
    ----------
    real
        Logits of the real clips.
    make
        Gives the negatives of a kind and grade.
    """
    n_stages = sum(map(len, grades.values()))
    rows: dict[str, dict[str, Any]] = {kind: {} for kind in grades}
    for stage, (kind, grade) in enumerate(_pairs(grades)):
        progress(f"{kind} at {grade.label}", stage, n_stages)
        fakes = score_negatives(read, make(kind, grade))
        rows[kind][grade.label] = kind_row(real, fakes, calibration, bootstrap)
    return rows


def _pairs(grades: dict[str, tuple[Grade, ...]]) -> Iterator[tuple[str, Grade]]:
    return ((kind, grade) for kind, many in grades.items() for grade in many)
