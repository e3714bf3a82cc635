"""What the critic says of a piece."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from musecritic.critic.judged_notes import JudgedNotes
from musecritic.music.piece import Piece
from musecritic.music.roll import Roll

if TYPE_CHECKING:
    from musecritic.critic.blame import Blame

FEW_NOTES = 20  # a fifth of what an ordinary clip of piano music has
FEW_SECONDS = 10.0
NAMED = 0.1  # a kind of damage less probable than this is not named


@dataclass(frozen=True)
class ClipVerdict:
    """Ten seconds judged.

    Attributes
    ----------
    start, end
        Seconds from the piece's start; the end never lies beyond the piece's.
    p_real
        Calibrated probability that the clip is real music.
    logit
        What the network said, before calibration.
    attention
        (100,), the network's weight on each frame of the roll; sums to 1.
    roll
        (88, 100) uint8, what was judged.
    """

    start: float
    end: float
    p_real: float
    logit: float
    attention: NDArray[np.float32] = field(repr=False)
    roll: Roll = field(repr=False)


@dataclass(frozen=True)
class Passage:
    """A stretch of consecutive clips that the critic takes for damaged."""

    start: float
    end: float
    p_real: float


@dataclass(frozen=True)
class Verdict:
    """What the critic says of a piece.

    Attributes
    ----------
    piece
        What was judged; its `source` is the file, if there was one.
    p_real
        The piece's probability of being real music: the sigmoid of the mean of its clips'
        calibrated logits, each clip by its length. One bad passage in a long piece moves it little;
        `worst` names the passages.
    clips
        In order of time.
    threshold
        The `p_real` from which the critic counts music as real.
    model
        Name, version and sha256 of the weights.
    notes
        What the network says of each note; None where it does not judge notes, and so the next two.
    severity
        Share of the notes, 0 .. 1, that the network holds damaged: the mean over the clips.
    kinds
        Each kind of damage, and how probable it is that a clip has it, if half of all clips were
        real and each kind as common as any other: the mean over the clips.
    distance
        From the music that the network learned from, the median over the clips, see
        `musecritic.critic.density`; None where the network does not tell it.
    far
        The distance that 98 in 100 clips stay below, of a corpus that nothing was learned from.
    """

    piece: Piece = field(repr=False)
    p_real: float
    clips: tuple[ClipVerdict, ...] = field(repr=False)
    threshold: float
    model: dict[str, str]
    notes: JudgedNotes | None = field(default=None, repr=False)
    severity: float | None = None
    kinds: dict[str, float] | None = field(default=None, repr=False)
    distance: float | None = None
    far: float | None = None

    @property
    def path(self) -> Path | None:
        """The file judged, None for music made in memory."""
        return self.piece.source

    @property
    def duration(self) -> float:
        """Seconds of the piece."""
        return self.piece.duration

    @property
    def is_real(self) -> bool:
        """Whether the critic counts the piece as real music."""
        return self.p_real >= self.threshold

    @property
    def is_far(self) -> bool | None:
        """Whether most of it is far from all music known; None where the network does not tell."""
        if self.distance is None or self.far is None:
            return None
        return self.distance > self.far

    @property
    def caveat(self) -> str | None:
        """How little the verdict rests on, where it is little; else None."""
        said = []
        n_notes = len(self.piece.pitched())
        if n_notes < FEW_NOTES or self.duration < FEW_SECONDS:
            said.append(
                f"rests on {n_notes} note{'s' * (n_notes != 1)} in {self.duration:.1f} s; "
                f"the critic learned from clips of {FEW_SECONDS:.0f} s with about 100 notes"
            )
        if self.is_far:
            said.append(
                f"lies far from all music that the critic learned from, at {self.distance:.2f} "
                f"where 98 in 100 clips even of unknown corpora stay below {self.far:.2f}"
            )
        return "; ".join(said) or None

    @property
    def faults(self) -> list[dict[str, Any]] | None:
        """The kinds of damage, the most probable first, those above one in ten."""
        if self.kinds is None:
            return None
        found = sorted(self.kinds.items(), key=lambda item: -item[1])
        return [{"kind": kind, "p": round(p, 4)} for kind, p in found if p >= NAMED]

    def worst(self, most: int = 3) -> list[Passage]:
        """Return the passages below the threshold, the lowest first.

        Clips that follow each other and are both below the threshold make one passage, which
        counts as low as its lowest clip.
        """
        passages: list[Passage] = []
        for clip in self.clips:
            if clip.p_real >= self.threshold:
                continue
            if passages and math.isclose(passages[-1].end, clip.start):
                last = passages.pop()
                passages.append(Passage(last.start, clip.end, min(last.p_real, clip.p_real)))
            else:
                passages.append(Passage(clip.start, clip.end, clip.p_real))
        return sorted(passages, key=lambda passage: passage.p_real)[:most]

    def record(self) -> dict[str, Any]:
        """Return the verdict as plain values; the keys are a contract."""
        return {
            "path": None if self.path is None else str(self.path),
            "kind": self.piece.kind,
            "duration_s": round(self.duration, 3),
            "p_real": round(self.p_real, 4),
            "clips": [
                {
                    "start_s": round(float(clip.start), 3),
                    "end_s": round(float(clip.end), 3),
                    "p_real": round(clip.p_real, 4),
                }
                for clip in self.clips
            ],
            "notes": None if self.notes is None else _records(self.notes),
            "gaps": None
            if self.notes is None
            else [
                {"at_s": round(gap.at, 3), "what": gap.what, "p": round(gap.p, 4)}
                for gap in self.notes.gaps()
            ],
            "severity": None if self.severity is None else round(self.severity, 4),
            "faults": self.faults,
            "worst": [
                {
                    "start_s": float(p.start),
                    "end_s": round(float(p.end), 3),
                    "p_real": round(p.p_real, 4),
                }
                for p in self.worst()
            ],
            "threshold": self.threshold,
            "distance": None if self.distance is None else round(self.distance, 4),
            "far": None if self.far is None else round(self.far, 4),
            "is_far": self.is_far,
            "caveat": self.caveat,
            "model": self.model,
        }

    def plot(self, path: str | Path, blame: Blame | None = None) -> None:
        """Draw the piano roll, the attention and `p_real` over time into a picture file.

        Notes are coloured by `p_wrong`; where the network does not judge them, by `blame`.
        """
        from musecritic.show.verdict_plot import plot_verdict  # Matplotlib is slow to import

        plot_verdict(self, Path(path), blame)


def _records(judged: JudgedNotes) -> list[dict[str, Any]]:
    """Return every note and how probable it is that it is wrong, as plain values."""
    notes = judged.notes
    return [
        {"onset_s": onset, "pitch": pitch, "p_wrong": p_wrong}
        for onset, pitch, p_wrong in zip(
            notes["onset"].round(3).tolist(),
            notes["pitch"].tolist(),
            judged.p_wrong.astype(np.float64).round(4).tolist(),
            strict=True,
        )
    ]
