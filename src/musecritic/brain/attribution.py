"""What MusicBrain says of a piece."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from musecritic.brain.sources import Neighbour

PROBABLE = 0.5  # from which a label is taken to hold

Decision = Literal["human", "ai", "uncertain"]


@dataclass(frozen=True)
class Label:
    """A label and its probability of holding."""

    name: str
    p: float


@dataclass(frozen=True)
class WindowAttribution:
    """A stretch of a piece judged by itself; seconds."""

    start: float
    end: float
    p_ai: float


@dataclass(frozen=True)
class Attribution:
    """What MusicBrain says of a piece.

    Attributes
    ----------
    path
        The file judged, None for music made in memory.
    duration
        Seconds.
    p_ai
        The calibrated probability that a machine composed it: of a score by all its notes, of a
        recording by its windows' mean logit.
    human_below, ai_above
        Thresholds of the decision; between them it abstains.
    labels
        Of each head, the most probable first. Composer and period say in whose manner, whoever
        composed it.
    stages
        How much the low, mid and high stage of the network that hears spoke, 0 to 1.
    nearest
        Human works that it is near to, see `musecritic.brain.sources`.
    windows
        In order of time.
    caveat
        Why nothing is decided, where that is so: too little, or off the file's beats; else None.
    model
        Name, version and sha256 of the weights that decided.
    listener
        The same of those that heard it, for its instruments and stages; None if none did.
    """

    path: Path | None
    duration: float
    p_ai: float
    human_below: float
    ai_above: float
    labels: Mapping[str, tuple[Label, ...]] = field(repr=False)
    stages: Mapping[str, float] = field(repr=False)
    nearest: tuple[Neighbour, ...] = field(repr=False)
    windows: tuple[WindowAttribution, ...] = field(repr=False)
    caveat: str | None
    model: dict[str, str] = field(repr=False)
    listener: dict[str, str] | None = field(repr=False)

    @property
    def decision(self) -> Decision:
        """Who composed it, as far as it can be said; of too little nothing is."""
        if self.caveat:
            return "uncertain"
        if self.p_ai < self.human_below:
            return "human"
        return "ai" if self.p_ai > self.ai_above else "uncertain"

    def likely(self, head: str) -> tuple[Label, ...]:
        """Return the labels of a head that probably hold; only of instruments more than one.

        Which machine composed a piece is asked only where one did.
        """
        if head == "generator" and self.decision != "ai":
            return ()
        probable = tuple(label for label in self.labels[head] if label.p >= PROBABLE)
        return probable if head == "instruments" else probable[:1]

    def record(self) -> dict[str, Any]:
        """Return the attribution as plain values; the keys are a contract."""
        return {
            "path": None if self.path is None else str(self.path),
            "duration_s": round(self.duration, 3),
            "p_ai": round(self.p_ai, 4),
            "decision": self.decision,
            "thresholds": {
                "human_below": round(self.human_below, 4),
                "ai_above": round(self.ai_above, 4),
            },
            "labels": {
                head: [{"name": label.name, "p": round(label.p, 4)} for label in labels]
                for head, labels in self.labels.items()
            },
            "stages": {name: round(share, 4) for name, share in self.stages.items()},
            "nearest": [neighbour.record() for neighbour in self.nearest],
            "windows": [
                {
                    "start_s": round(window.start, 3),
                    "end_s": round(window.end, 3),
                    "p_ai": round(window.p_ai, 4),
                }
                for window in self.windows
            ],
            "caveat": self.caveat,
            "model": self.model,
            "listener": self.listener,
        }
