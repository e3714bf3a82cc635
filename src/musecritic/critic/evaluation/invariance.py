"""How much the verdict moves when the music stays the same.

Each change is made to the notes of the whole work, and the clip is cut and drawn again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musecritic.corpora.corpus import Corpus
from musecritic.corpora.draw import Drawn
from musecritic.critic.evaluation.calibration import Calibration
from musecritic.critic.evaluation.scores import Read
from musecritic.measure.bootstrap import Bootstrap
from musecritic.music.notes import KEYS, Notes, on_keyboard
from musecritic.music.roll import CLIP_SECONDS, RATE, Roll, piano_roll

#: Gives the roll of the clip that began at a time, or None where the change cannot be made.
Change = Callable[[Notes, float], Roll | None]

SHIFTS_S = (0.1, 0.2, 0.5, 1.0)
SEMITONES = (-6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6)
TEMPI = (0.9, 1.1)
VELOCITIES = (0.5, 1.5)


def roll_at(notes: Notes, start: float) -> Roll:
    """Return ten seconds of a work's roll, the frames counted from `start`.

    As the protocol has it, the work is drawn whole and then cut: a note held over from before
    lights no more frames than it did there.
    """
    near = notes[(notes["offset"] > start - 1) & (notes["onset"] < start + CLIP_SECONDS)].copy()
    before = np.ceil(max(start - near["onset"].min(initial=start), 0.0) * RATE)  # whole frames
    for edge in ("onset", "offset"):
        near[edge] += before / RATE - start
    return piano_roll(near, before / RATE + CLIP_SECONDS)[:, int(before) :]


def later(notes: Notes, start: float, seconds: float) -> Roll | None:
    """Begin the clip later; None where nothing sounds there."""
    roll = roll_at(notes, start + seconds)
    return roll if roll.any() else None


def transposed(notes: Notes, start: float, semitones: int) -> Roll | None:
    """Move every note; None where one would leave the keyboard."""
    roll = roll_at(notes, start)
    keys = np.flatnonzero(roll.any(axis=1)) + semitones
    return np.roll(roll, semitones, axis=0) if keys[0] >= 0 and keys[-1] < KEYS else None


def at_tempo(notes: Notes, start: float, factor: float) -> Roll:
    """Play faster by `factor`; the clip begins at the same place of the music."""
    played = notes.copy()
    played["onset"] /= factor
    played["offset"] /= factor
    return roll_at(played, start / factor)


def louder(notes: Notes, start: float, factor: float) -> Roll:
    """Play with more or less force."""
    played = notes.copy()
    played["velocity"] = np.clip(np.round(notes["velocity"] * factor), 1, 127)
    return roll_at(played, start)


def changes() -> Iterator[tuple[str, str, Change]]:
    """Yield group, label and change."""
    for seconds in SHIFTS_S:
        yield "start", f"+{seconds:g} s", partial(later, seconds=seconds)
    for steps in SEMITONES:
        yield "transposition", f"{steps:+d}", partial(transposed, semitones=steps)
    for factor in TEMPI:
        yield "tempo", f"{factor - 1:+.0%}", partial(at_tempo, factor=factor)
    for factor in VELOCITIES:
        yield "velocity", f"x{factor:g}", partial(louder, factor=factor)


@dataclass(frozen=True)
class Performances:
    """Where the real clips come from: for each its work's notes and its start."""

    notes: tuple[Notes, ...]  # one array a performance
    of: NDArray[np.int64]  # (N,), which performance a clip is of
    start: NDArray[np.float64]  # (N,), seconds

    @classmethod
    def drawn(cls, corpus: Corpus, performances: tuple[Drawn, ...]) -> Performances:
        """Return a manifest's part, its clips in the order of the test set."""
        where = {work.path: index for index, work in enumerate(corpus.works)}
        return cls(
            tuple(on_keyboard(corpus[where[drawn.path]]) for drawn in performances),
            np.repeat(np.arange(len(performances)), [len(d.starts) for d in performances]),
            np.array([start for drawn in performances for start in drawn.starts]),
        )


def invariance(
    read: Read,
    logits: NDArray[Any],
    performances: Performances,
    calibration: Calibration,
    bootstrap: Bootstrap,
) -> dict[str, dict[str, Any]]:
    """Return how far each change moves the real clips' verdicts.

    Keys of each: "p_real" and "logit", the mean absolute difference; "flips", the share of clips
    whose verdict turns over; "n" clips; "rolls_changed", the share of clips whose roll is another.
    Velocity is not in a binary roll, so its figures are 0.

    Parameters
    ----------
    logits
        (N,), of the unchanged clips.
    """
    found: dict[str, dict[str, Any]] = {}
    places = list(zip(performances.of, performances.start, strict=True))
    original = [roll_at(performances.notes[of], start) for of, start in places]
    for group, label, change in changes():
        made = [change(performances.notes[of], start) for of, start in places]
        kept = np.array([i for i, roll in enumerate(made) if roll is not None])
        rolls = np.stack([roll for roll in made if roll is not None])
        before, (after, _) = logits[kept], read(rolls)
        by_p = np.abs(calibration.p_real(after) - calibration.p_real(before))
        by_logit = np.abs(after - before)
        flips = calibration.passes(after) != calibration.passes(before)
        other = [not np.array_equal(r, original[i]) for r, i in zip(rolls, kept, strict=True)]
        found.setdefault(group, {})[label] = {
            "p_real": bootstrap.mean(by_p, kept),
            "logit": bootstrap.mean(by_logit, kept),
            "flips": bootstrap.mean(flips, kept),
            "n": len(kept),
            "rolls_changed": float(np.mean(other)),
        }
    return found
