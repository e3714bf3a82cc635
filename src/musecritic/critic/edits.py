"""What may be wrong with a note, said as what would mend it.

One vocabulary serves training, verdict and repair: for every note the network says with which
probability it should be kept, left out, moved by so many semitones, or shifted in time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from musecritic.corrupt.damage import ADDED, Damaged
from musecritic.music.clip import Clip
from musecritic.music.notes import Notes

FARTHEST = 12  # semitones; a move beyond has one name, whatever its distance
_MOVES = [step for step in range(-FARTHEST, FARTHEST + 1) if step]

#: The edits in the order of the network's outputs.
EDITS: tuple[str, ...] = (
    "keep",
    "delete",
    *(f"move {step:+d}" for step in _MOVES),
    "move",
    "shift",
    "shift onset",
    "shift offset",
    "join",
    "split",
)
KEEP, DELETE, MOVE = EDITS.index("keep"), EDITS.index("delete"), EDITS.index("move")
SHIFT, SHIFT_ONSET, SHIFT_OFFSET = (
    EDITS.index(name) for name in ("shift", "shift onset", "shift offset")
)
JOIN, SPLIT = EDITS.index("join"), EDITS.index("split")

#: Kinds of damage that put notes in another order; none of them is wrong by itself.
REORDERED = ("shuffle", "repeated", "backwards")

_TOGETHER_S = 0.04  # onsets this near are one chord
_SAME_S = 1e-3


class Labels(NamedTuple):
    """What is known of the N notes of a damaged clip.

    Attributes
    ----------
    edit
        (N,) int, an index of `EDITS`: what would mend the note.
    seam
        (N,) bool: was the music cut between the onset before this one and this one?
    missing
        (N,) bool: was a note left out here, or between this onset and the next?
    """

    edit: NDArray[np.int64]
    seam: NDArray[np.bool_]
    missing: NDArray[np.bool_]


def move(semitones: int) -> int:
    """Return the edit that moves a note by so many semitones, not 0."""
    if abs(semitones) > FARTHEST:
        return MOVE
    return EDITS.index(f"move {semitones:+d}")


def semitones_of(edit: int) -> int | None:
    """Return by how many semitones an edit moves a note; None where it does not say."""
    name = EDITS[edit].split()
    return int(name[1]) if name[0] == "move" and len(name) == 2 else None


def undamaged(n_notes: int) -> Labels:
    """Return the labels of real music."""
    nothing = np.zeros(n_notes, dtype=bool)
    return Labels(np.full(n_notes, KEEP), nothing, nothing.copy())


def labels(before: Clip, damaged: Damaged, kind: str) -> Labels:
    """Return what would mend each note of a damaged clip.

    Parameters
    ----------
    before
        The clip that was damaged.
    damaged
        What a corruption of the name `kind` made of it.
    """
    notes = damaged.clip.notes
    edit = np.full(len(notes), KEEP)
    if kind not in REORDERED and damaged.was is not None:
        edit = _edits(before.notes, notes, damaged.was, damaged.notes, kind)
    missing = np.zeros(len(notes), dtype=bool)
    if kind == "removed":
        missing = at_or_before(notes, before.notes["onset"][damaged.gone])
    return Labels(edit, after_seams(notes, damaged.seams), missing)


def _edits(
    before: Notes,
    notes: Notes,
    was: NDArray[np.int64],
    touched: NDArray[np.bool_],
    kind: str,
) -> NDArray[np.int64]:
    edit = np.full(len(notes), KEEP)
    if kind in ("split", "joined"):
        edit[touched] = JOIN if kind == "split" else SPLIT
        return edit
    for index in np.flatnonzero(touched):
        if was[index] == ADDED:
            edit[index] = DELETE
            continue
        now, old = notes[index], before[was[index]]
        steps = int(old["pitch"]) - int(now["pitch"])
        begins = abs(old["onset"] - now["onset"]) > _SAME_S
        ends = abs(old["offset"] - now["offset"]) > _SAME_S
        if steps:
            edit[index] = move(steps)
        elif begins:
            edit[index] = SHIFT if ends else SHIFT_ONSET
        elif ends:
            edit[index] = SHIFT_OFFSET
    return edit


def after_seams(notes: Notes, seams: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which notes, in order of onset, are the first to begin after a seam."""
    first = np.zeros(len(notes), dtype=bool)
    onset = notes["onset"]
    for seam in seams:
        begin = int(np.searchsorted(onset, seam - _SAME_S))
        if begin < len(onset):
            first[begin : np.searchsorted(onset, onset[begin] + _TOGETHER_S, side="right")] = True
    return first


def at_or_before(notes: Notes, times: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which notes, in order of onset, are the last to begin by these times, or the first.

    Those of one chord are the last, or the first, together.
    """
    last = np.zeros(len(notes), dtype=bool)
    onset = notes["onset"]
    for time in np.maximum(times, onset[:1]) if len(onset) else ():
        end = int(np.searchsorted(onset, time + _TOGETHER_S, side="right"))
        last[np.searchsorted(onset, onset[end - 1] - _TOGETHER_S) : end] = True
    return last
