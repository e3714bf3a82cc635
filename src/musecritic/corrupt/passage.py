"""Passages out of place: one played twice where another belongs, or one played backwards."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musecritic.corrupt.damage import Damaged, Generator, damaged_notes, in_whole_frames
from musecritic.corrupt.stretch import stretch_by_lot
from musecritic.errors import NothingToDamage
from musecritic.music.clip import Clip
from musecritic.music.notes import Notes

SHORTEST_S = 0.5
_TRIES = 20
_ROUNDING_S = 1e-6  # strikes nearer than this are one


def repeated(
    clip: Clip,
    rng: Generator,
    *,
    severity: float | None = None,
    count: tuple[int, int] = (10, 40),
) -> Damaged:
    """Play a passage again at once, in the place of what follows it.

    The repetition's notes count as touched, and those in whose place they stand are gone. Notes
    ring on, but where one of them meets another strike of its key: there the earlier one ends. On
    a grid, where that could not be told, the two are one run; it is touched if the repetition
    begins it.

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
    onset = clip.notes["onset"]
    for _ in range(_TRIES):
        first, end = _passage(clip, rng, severity, count)
        length = end - first
        if length < SHORTEST_S or first + 2 * length > clip.seconds + 1e-9:
            continue
        again = np.flatnonzero((onset >= first) & (onset < end))
        replaced = (onset >= end) & (onset < end + length - 1e-9)
        copies = clip.notes[again].copy()
        copies["onset"] += length
        copies["offset"] = np.minimum(copies["offset"] + length, _last_end(clip))
        if not len(copies) or _alike(copies, clip.notes[replaced]):
            continue
        kept = np.flatnonzero(~replaced)
        damaged = _put_together(clip, kept, copies, again, np.array([end, end + length]))
        if damaged is not None:
            return damaged
    raise NothingToDamage("no passage of this clip can be played again.")


def backwards(
    clip: Clip,
    rng: Generator,
    *,
    severity: float | None = None,
    count: tuple[int, int] = (10, 40),
) -> Damaged:
    """Play a passage backwards: notes keep their length, and begin in the opposite order.

    All notes of the passage count as touched. Where one meets another strike of its key, it is
    done as in `repeated`.

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
    onset = clip.notes["onset"]
    for _ in range(_TRIES):
        first, end = _passage(clip, rng, severity, count)
        inside = (onset >= first) & (onset <= end)
        if end - first < SHORTEST_S or not inside.any():
            continue
        turned = clip.notes[inside].copy()
        span = turned["offset"] - turned["onset"]
        turned["onset"] = first + (end - turned["onset"])
        turned["offset"] = np.minimum(turned["onset"] + span, _last_end(clip))
        if _alike(turned, clip.notes[inside]):
            continue
        # Cut before the passage's first strike and before the first one after its last; where the
        # clip holds no music on the other side, nothing was joined.
        after = onset[onset > end]
        seams = [first] if (onset < first).any() else []
        seams += [float(after.min())] if len(after) else []
        kept = np.flatnonzero(~inside)
        damaged = _put_together(clip, kept, turned, np.flatnonzero(inside), np.array(seams))
        if damaged is not None:
            return damaged
    raise NothingToDamage("no passage of this clip can be played backwards.")


def _passage(
    clip: Clip, rng: Generator, severity: float | None, count: tuple[int, int]
) -> tuple[float, float]:
    """Return a passage's first onset and its end, in seconds: its last onset or the next one."""
    onset = clip.notes["onset"][stretch_by_lot(clip, rng, severity, count)]
    first, last = float(onset.min()), float(onset.max())
    later = clip.notes["onset"][clip.notes["onset"] > last]
    end = float(later.min()) if len(later) else last
    return first, end if rng.random() < 0.5 else last


def _last_end(clip: Clip) -> float:
    """Return how far a note may ring: as far as the clip or its longest note does."""
    return max(clip.seconds, float(clip.notes["offset"].max(initial=0.0)))


def _alike(one: Notes, other: Notes) -> bool:
    def told(notes: Notes) -> list[tuple[float, int]]:
        return sorted(zip(notes["onset"].round(2).tolist(), notes["pitch"].tolist(), strict=True))

    return told(one) == told(other)


def _put_together(
    clip: Clip,
    kept: NDArray[np.int64],
    played: Notes,
    of_played: NDArray[np.int64],
    seams: NDArray[np.float64],
) -> Damaged | None:
    """Return the damaged clip; None if it sounds as it did.

    Parameters
    ----------
    kept
        Which of the clip's notes stay, (K,).
    played, of_played
        What is played among them, (P,), and from which of the clip's notes each comes.
    """
    notes = np.concatenate([clip.notes[kept], played])
    was = np.concatenate([kept, of_played])
    touched = np.arange(len(notes)) >= len(kept)
    if clip.grid is None:
        notes = _until_struck_again(notes, touched)
    else:
        notes, single = _melted(in_whole_frames(notes, clip.grid), touched)
        was, touched = was[single], touched[single]
    gone = np.setdiff1d(np.arange(len(clip.notes)), was)
    seams = seams[(seams > 0) & (seams < clip.seconds)]
    damaged = damaged_notes(clip, notes, was, touched, gone=gone, seams=seams)
    sounds_the_same = np.array_equal(damaged.clip.notes, clip.notes)
    return None if sounds_the_same or not touched.any() else damaged


def _until_struck_again(notes: Notes, touched: NDArray[np.bool_]) -> Notes:
    """Return the notes, each ending at the latest where its key is struck again.

    Two untouched notes of one key that overlap are left so: their file has them so.
    """
    notes = notes.copy()
    for pitch in np.unique(notes["pitch"][touched]):
        every = np.flatnonzero(notes["pitch"] == pitch)
        new = every[touched[every]]
        for ringing, struck in ((every, new), (new, every)):
            strikes = np.append(np.sort(notes["onset"][struck]), np.inf)
            following = strikes[
                np.searchsorted(strikes, notes["onset"][ringing] + _ROUNDING_S, side="right")
            ]
            notes["offset"][ringing] = np.minimum(notes["offset"][ringing], following)
    return notes


def _melted(notes: Notes, touched: NDArray[np.bool_]) -> tuple[Notes, NDArray[np.int64]]:
    """Return notes of which those of one key that overlap or touch are one, as in a roll.

    Returns
    -------
    notes, single
        The runs, (M,), and which of the notes begins each; of two that begin one together, the
        untouched one.
    """
    notes = notes.copy()
    single: list[int] = []
    for index in map(int, np.lexsort((touched, notes["onset"], notes["pitch"]))):
        run = single[-1] if single else index
        meets = notes["onset"][index] <= notes["offset"][run] + _ROUNDING_S
        if run != index and notes["pitch"][run] == notes["pitch"][index] and meets:
            notes["offset"][run] = max(notes["offset"][run], notes["offset"][index])
        else:
            single.append(index)
    which = np.array(single, dtype=np.int64)
    return notes[which], which
