"""Which notes a verdict is owed to, in three ways that can be held against each other.

- Occlusion: what the verdict gains where the note is left out, or moved by a semitone; for any
  critic. It is the check on all others, for it changes the music and judges again.
- Gradient: minus gradient × input of the logit (Shrikumar et al., 2016), summed over the note's
  cells; for networks over rolls.
- Attention: how much the network attends to the frames in which the note sounds. It says where the
  network looked, whichever way it then decided.

A piece is judged in the windows of `musecritic.critic.judged_notes`, each note in the one where it
stands most in the middle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from musecritic.critic.finding import Finding
from musecritic.critic.inference import HELD, Critic
from musecritic.critic.judged_notes import Windows
from musecritic.critic.network import FRAMES, KEYS
from musecritic.critic.occlusion import Gains, occluded
from musecritic.critic.roll_reader import RollReader
from musecritic.errors import BadInput, UnknownName
from musecritic.measure.metrics import correlation, ranks, sigmoid
from musecritic.music.clip import Clip
from musecritic.music.notes import LOWEST, Notes
from musecritic.music.piece import Piece
from musecritic.music.roll import RATE, frames_of

METHODS = ("occlusion", "gradient", "attention")
FIRST = 3  # suspects that a user looks at

Values = NDArray[np.float64]


class Agreement(NamedTuple):
    """How far two opinions on the same notes agree.

    Attributes
    ----------
    spearman
        Rank correlation, -1 .. 1; NaN where one opinion is the same of all notes.
    top3
        Share, 0 .. 1, of the first three suspects of one that are among those of the other.
    """

    spearman: float
    top3: float


@dataclass(frozen=True)
class Blame:
    """How much each of the M notes of a piece, drums left out, is to blame for its verdict.

    Attributes
    ----------
    method
        One of `METHODS`.
    notes
        (M,), in order of onset.
    value
        (M,), the higher the more to blame; NaN where a note was not tried. By occlusion and by
        gradient in calibrated logits of the ten seconds judged: what mending the note would add to
        them, tried or by the slope; by attention the mean weight of a tenth of a second, of which
        a hundred sum to 1.
    p_wrong
        (M,), what the network itself says of each note; None where it does not judge notes.
    """

    method: str
    notes: Notes = field(repr=False)
    value: Values = field(repr=False)
    p_wrong: Values | None = field(repr=False)

    @property
    def agreement(self) -> Agreement | None:
        """Of blame and `p_wrong`; None where there is no `p_wrong`, or it chose what was tried."""
        if self.p_wrong is None or len(self.value) <= FIRST or not np.isfinite(self.value).all():
            return None
        return agreement(self.p_wrong, self.value)

    def first(self, most: int = FIRST) -> NDArray[np.int64]:
        """Return the indices of the notes blamed most, and above 0, the worst first."""
        order = np.argsort(-self.value, kind="stable")  # NaN comes last
        return order[self.value[order] > 0][:most]

    def record(self) -> dict[str, Any]:
        """Return the blame as plain values; the keys are a contract."""
        agreed = self.agreement
        return {
            "method": self.method,
            "notes": [
                {"onset_s": onset, "pitch": pitch, **said}
                for onset, pitch, said in zip(
                    self.notes["onset"].round(3).tolist(),
                    self.notes["pitch"].tolist(),
                    self._said(),
                    strict=True,
                )
            ],
            "agreement": None
            if agreed is None
            else {"spearman": _plain(agreed.spearman), "top3": _plain(agreed.top3)},
        }

    def _said(self) -> list[dict[str, float | None]]:
        return [{"blame": _plain(value)} for value in self.value]


@dataclass(frozen=True)
class Occlusion(Blame):
    """Blame by occlusion; `value` is the larger of the two gains.

    Attributes
    ----------
    gains
        Of leaving each out and of moving it, (M,) each, in calibrated logits.
    logit
        (M,), the calibrated logit of the ten seconds in which each note was tried, as they are.
    """

    gains: Gains = field(repr=False)
    logit: Values = field(repr=False)

    @property
    def p_real(self) -> Values:
        """(M,), the `p_real` of the ten seconds in which each note was tried, as they are."""
        return sigmoid(self.logit)

    @property
    def p_out(self) -> Values:
        """(M,), the same without the note; NaN where that was not tried."""
        return sigmoid(self.logit + self.gains.out)

    @property
    def p_moved(self) -> Values:
        """(M,), the same with the note a semitone away; NaN where that was not possible."""
        return sigmoid(self.logit + self.gains.moved)

    def _said(self) -> list[dict[str, float | None]]:
        return [
            {"out": _plain(out), "moved": _plain(moved)}
            for out, moved in zip(self.gains.out, self.gains.moved, strict=True)
        ]


def blame(critic: Critic, piece: Piece, method: str, *, most: int | None = None) -> Blame:
    """Blame the notes of a piece.

    Parameters
    ----------
    critic, piece
        A piece without a note on the piano keyboard gets a blame without notes.
    method
        One of `METHODS`.
    most
        For occlusion: how many notes to try among those of a window, see `occlusion`.

    Raises
    ------
    UnknownName
        There is no such method.
    BadInput
        The critic's network has no gradient over a roll.
    """
    check_method(critic, method)
    if method == "occlusion":
        return occlusion(critic, piece, most=most)
    windows = Windows(piece)
    findings = critic.read_clips(windows.clips)
    of_clips = (
        gradient_blame(critic, windows.clips)
        if method == "gradient"
        else attention_blame(windows.clips, findings)
    )
    value = windows.gathered(of_clips)
    return Blame(method, windows.notes, value, _p_wrong(windows, findings))


def check_method(critic: Critic, method: str) -> None:
    """Raise what `blame` raises where a critic cannot be asked by a method."""
    if method not in METHODS:
        raise UnknownName("way to blame notes", method, list(METHODS))
    if method == "gradient" and not isinstance(critic.reader, RollReader):
        raise BadInput(
            f"{critic.card.name} reads notes, not a roll, so there is no gradient over a note's "
            "cells. Its own word on each note is p_wrong; occlusion (--blame occlusion) checks it."
        )


def occlusion(critic: Critic, piece: Piece, *, most: int | None = None) -> Occlusion:
    """Blame notes by what the verdict on their ten seconds gains without them, or with them moved.

    Parameters
    ----------
    critic
        Any.
    most
        Try only so many notes among those of each window, about five seconds' worth: the most
        suspicious by `p_wrong`, by gradient where the network does not judge notes. None tries all,
        which costs up to three verdicts a note.
    """
    windows = Windows(piece)
    clips = windows.clips
    findings = critic.read_clips(clips)
    which = windows.places
    if most is not None:
        suspicion = _suspicion(critic, clips, findings)
        which = [
            own[np.argsort(-said[own], kind="stable")[:most]]
            for own, said in zip(which, suspicion, strict=True)
        ]
    logits = np.array([finding.logit for finding in findings])
    found = occluded(critic, clips, logits, which)
    calibrated = logits / critic.card.temperature
    gains = Gains(
        windows.gathered([own.out for own in found]),
        windows.gathered([own.moved for own in found]),
    )
    lengths = [len(clip.notes) for clip in clips]
    return Occlusion(
        "occlusion",
        windows.notes,
        gains.best,
        _p_wrong(windows, findings),
        gains,
        windows.gathered(list(map(np.full, lengths, calibrated))),
    )


def blame_of_clips(critic: Critic, clips: Sequence[Clip]) -> dict[str, list[Values]]:
    """Return what each way that this critic allows says of every note of some clips.

    Returns
    -------
    dict
        "occlusion", the larger gain; "p_wrong" of a network that judges notes; "gradient" and
        "attention" of one over rolls. Of each clip an array, one value a note.
    """
    findings = critic.read_clips(clips)
    every = [np.arange(len(clip.notes)) for clip in clips]
    logits = np.array([finding.logit for finding in findings])
    found = {"occlusion": [g.best for g in occluded(critic, clips, logits, every)]}
    if isinstance(critic.reader, RollReader):
        found["gradient"] = gradient_blame(critic, clips)
        found["attention"] = attention_blame(clips, findings)
    if any(finding.notes is not None for finding in findings):
        found["p_wrong"] = _said_wrong(findings)
    return found


def gradient_blame(critic: Critic, clips: Sequence[Clip]) -> list[Values]:
    """Return the gradient's blame of every note of clips of ten seconds.

    Raises
    ------
    BadInput
        The critic's network has no gradient over a roll.
    """
    check_method(critic, "gradient")
    assert isinstance(critic.reader, RollReader)
    found = []
    for first in range(0, len(clips), HELD):
        some = clips[first : first + HELD]
        rolls = np.stack([clip.roll() for clip in some])
        rises = critic.reader.gradient(rolls) * rolls
        found += [
            -_sums_under(clip.notes, rise) / critic.card.temperature
            for clip, rise in zip(some, rises, strict=True)
        ]
    return found


def attention_blame(clips: Sequence[Clip], findings: Sequence[Finding]) -> list[Values]:
    """Return the mean attention to the frames in which every note of the clips sounds."""
    found = []
    for clip, finding in zip(clips, findings, strict=True):
        everywhere = np.broadcast_to(finding.attention, (KEYS, FRAMES))
        first, last = frames_of(clip.notes, RATE, FRAMES)
        found.append(_sums_under(clip.notes, everywhere) / (last - first))
    return found


def agreement(one: NDArray[Any], other: NDArray[Any]) -> Agreement:
    """Say how far two opinions on the same notes agree, each (N,) with N > 0, higher the worse."""
    n_first = min(FIRST, len(one))
    first, among = (
        np.argsort(-said.astype(np.float64), kind="stable")[:n_first] for said in (one, other)
    )
    spearman = np.nan
    if np.ptp(one) > 0 and np.ptp(other) > 0:  # else rounding alone would decide
        spearman = float(correlation(ranks(one), ranks(other), np.ones(len(one))))
    return Agreement(spearman, float(np.isin(first, among).mean()))


def _suspicion(critic: Critic, clips: Sequence[Clip], findings: Sequence[Finding]) -> list[Values]:
    if isinstance(critic.reader, RollReader):
        return gradient_blame(critic, clips)
    return _said_wrong(findings)


def _said_wrong(findings: Sequence[Finding]) -> list[Values]:
    return [f.notes.p_wrong.astype(np.float64) for f in findings if f.notes is not None]


def _p_wrong(windows: Windows, findings: Sequence[Finding]) -> Values | None:
    said = _said_wrong(findings)
    return windows.gathered(said) if len(said) == len(findings) else None


def _sums_under(notes: Notes, cells: NDArray[Any]) -> Values:
    """Return the sum of the cells (88, 100) that each note lights, (N,)."""
    key = notes["pitch"].astype(np.int64) - LOWEST
    first, last = frames_of(notes, RATE, FRAMES)
    sums = np.zeros((KEYS, FRAMES + 1))
    np.cumsum(cells, axis=1, dtype=np.float64, out=sums[:, 1:])
    return np.asarray(sums[key, last] - sums[key, first])


def _plain(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None
