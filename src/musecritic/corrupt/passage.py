"""Passages out of place: one played twice where another belongs, or one played backwards."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from musecritic.corrupt.damage import Damaged, Generator, damaged_notes
from musecritic.corrupt.shuffle import until_struck_again
from musecritic.corrupt.stretch import stretch_by_lot
from musecritic.errors import NothingToDamage
from musecritic.music.clip import Clip
from musecritic.music.notes import Notes

SHORTEST_S = 0.5
_TRIES = 20

#: Passage and the one after it, their first second and length, into what stands there instead.
_Other = Callable[[Notes, float, float], Notes]


def repeated(
    clip: Clip,
    rng: Generator,
    *,
    severity: float | None = None,
    count: tuple[int, int] = (10, 40),
) -> Damaged:
    """Play a passage again at once, in the place of what follows it.

    Parameters
    ----------
    clip
        On a grid or in milliseconds; what lies before the passage and after its repetition stays.
    severity
        Share of the notes in the passage, about.
    count
        Number of notes in the passage without `severity`, both ends included.

    Raises
    ------
    NothingToDamage
        The clip is too short, or what follows sounds the same.
    """
    for _ in range(_TRIES):
        first, length = _passage(clip, rng, severity, count)
        onset = clip.notes["onset"]
        if length < SHORTEST_S or first + 2 * length > clip.seconds + 1e-9:
            continue
        again = np.flatnonzero((onset >= first) & (onset < first + length))
        replaced = (onset >= first + length) & (onset < first + 2 * length)
        copies = clip.notes[again].copy()
        copies["onset"] += length
        copies["offset"] = np.minimum(copies["offset"] + length, clip.seconds)
        if not len(copies) or _alike(copies, clip.notes[replaced]):
            continue
        kept = np.flatnonzero(~replaced)
        seams = np.array([first + length, first + 2 * length])
        return _put_together(
            clip, [clip.notes[kept], copies], np.concatenate([kept, again]), len(kept), seams
        )
    raise NothingToDamage("no passage of this clip can be played again.")


def backwards(
    clip: Clip,
    rng: Generator,
    *,
    severity: float | None = None,
    count: tuple[int, int] = (10, 40),
) -> Damaged:
    """Play a passage backwards: notes keep their length, and begin in the opposite order.

    Parameters
    ----------
    clip
        On a grid or in milliseconds; what lies before and after stays.
    severity
        Share of the notes in the passage, about.
    count
        Number of notes in the passage without `severity`, both ends included.

    Raises
    ------
    NothingToDamage
        The clip is too short, or sounds the same backwards.
    """
    for _ in range(_TRIES):
        first, length = _passage(clip, rng, severity, count)
        onset = clip.notes["onset"]
        inside = (onset >= first - 1e-9) & (onset <= first + length + 1e-9)
        if length < SHORTEST_S or not inside.any():
            continue
        turned = clip.notes[inside].copy()
        span = turned["offset"] - turned["onset"]
        turned["onset"] = 2 * first + length - turned["onset"]
        turned["offset"] = np.minimum(turned["onset"] + span, clip.seconds)
        if _alike(turned, clip.notes[inside]):
            continue
        kept = np.flatnonzero(~inside)
        which = np.concatenate([kept, np.flatnonzero(inside)])
        seams = np.array([first, first + length])
        return _put_together(clip, [clip.notes[kept], turned], which, len(kept), seams)
    raise NothingToDamage("no passage of this clip can be played backwards.")


def _passage(
    clip: Clip, rng: Generator, severity: float | None, count: tuple[int, int]
) -> tuple[float, float]:
    """Return the first second and the length of a passage, from its first onset to its last."""
    onset = clip.notes["onset"][stretch_by_lot(clip, rng, severity, count)]
    first, last = float(onset.min()), float(onset.max())
    later = clip.notes["onset"][clip.notes["onset"] > last]
    end = float(later.min()) if len(later) else last
    return first, (end if rng.random() < 0.5 else last) - first


def _alike(one: Notes, other: Notes) -> bool:
    def told(notes: Notes) -> list[tuple[float, int]]:
        return sorted(zip(notes["onset"].round(2).tolist(), notes["pitch"].tolist(), strict=True))

    return told(one) == told(other)


def _put_together(
    clip: Clip, parts: list[Notes], was: np.ndarray, n_kept: int, seams: np.ndarray
) -> Damaged:
    notes = until_struck_again(np.concatenate(parts))
    touched = np.arange(len(notes)) >= n_kept
    # One strike of a key is one note: where two fall together, the one that stayed is left.
    _, single = np.unique(
        np.stack([notes["pitch"].astype(np.float64), notes["onset"].round(6)]),
        axis=1,
        return_index=True,
    )
    single = np.sort(single)
    notes, was, touched = notes[single], was[single], touched[single]
    gone = np.setdiff1d(np.arange(len(clip.notes)), was)
    return damaged_notes(
        clip, notes, was, touched, gone=gone, seams=seams[(seams > 0) & (seams < clip.seconds)]
    )
