"""What a corruption returns: the changed clip and exactly where it was changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from musecritic.errors import NothingToDamage
from musecritic.music.clip import Clip
from musecritic.music.notes import Notes
from musecritic.music.roll import RATE, frames_of

Generator = np.random.Generator

ADDED = -1

_TRIES = 8  # a note: one draw may lead off the keyboard or to a place that is taken


@dataclass(frozen=True)
class Damaged:
    """A corrupted clip and its damage.

    Attributes
    ----------
    clip
        The changed clip.
    notes
        Which of ``clip.notes`` were touched, bool, shape (N,).
    frames
        Which frames of the 10-Hz roll were touched, bool, shape (T,): those under the touched
        notes and under those that are gone, as they stood; for a shuffle those beside a seam.
    severity
        Share of the clip's notes that were touched, 0..1; notes that are gone count as touched,
        and as notes.
    was
        For each of ``clip.notes`` which of the original's notes it was, or came from, (N,) int;
        `ADDED` for one that nobody played. None where that is not known: a shuffle on the grid
        cuts the roll, not its notes.
    gone
        Which of the original's notes are there no more, (M,) int, indices in order: left out,
        joined to the one before, or in the place where a repetition stands; on a grid also those
        that are now within another run.
    seams
        Seconds at which music was cut and joined.
    """

    clip: Clip
    notes: NDArray[np.bool_]
    frames: NDArray[np.bool_]
    severity: float
    was: NDArray[np.int64] | None = None
    gone: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    seams: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))


def frames_under(notes: Notes, seconds: float, rate: float = RATE) -> NDArray[np.bool_]:
    """Return which of the round(seconds · rate) frames any of the notes lights."""
    n_frames = max(round(seconds * rate), 1)
    first, last = frames_of(notes, rate, n_frames)
    edges = np.zeros(n_frames + 1, dtype=np.int32)
    np.add.at(edges, first, 1)
    np.add.at(edges, last, -1)
    return edges[:-1].cumsum() > 0


def is_free(notes: Notes, pitch: int, onset: float, offset: float) -> bool:
    """Say whether a note put here would stand alone: no note of its pitch overlaps or touches it.

    On the grid a note that touched another of its pitch would melt into one run with it.
    """
    touching = (
        (notes["pitch"] == pitch)
        & (notes["onset"] <= offset + 1e-6)
        & (notes["offset"] >= onset - 1e-6)
    )
    return not touching.any()


def how_many(n_notes: int, severity: float | None, count: tuple[int, int], rng: Generator) -> int:
    """Return the number of notes to touch: `severity` of them, or a draw from `count`, ends in."""
    if severity is None:
        return int(rng.integers(count[0], count[1] + 1))
    return max(1, round(severity * n_notes))


def note_by_note(
    clip: Clip,
    rng: Generator,
    n_wanted: int,
    change: Callable[[Notes, int], Notes | None],
    *,
    cannot: str,
) -> Damaged:
    """Change notes one after the other, in an order by lot, each at most once.

    Where a change cannot stand, the next note's turn comes; once all had theirs, the ones left
    are tried again, a few times.

    Parameters
    ----------
    clip
        On a grid or in milliseconds.
    n_wanted
        How many to change; where no more can be, those that can.
    change
        Given all notes and the index of one, returns what stands in its place: one note, several,
        or none; None where this one cannot be changed. A single changed note must stand alone
        among the others, or it is left as it was.
    cannot
        What to say where no note can be changed.

    Raises
    ------
    NothingToDamage
        None of the tries changed a note.
    """
    notes = clip.notes.copy()
    touched = np.zeros(len(notes), dtype=bool)
    kept = np.ones(len(notes), dtype=bool)
    more: list[Notes] = []
    of_more: list[int] = []
    n_done = 0
    for index in map(int, np.tile(rng.permutation(len(notes)), _TRIES)):
        if n_done == n_wanted:
            break
        if touched[index]:
            continue
        new = change(notes, index)
        if new is None or (len(new) == 1 and not stands_alone(notes, kept, index, new)):
            continue
        touched[index] = True
        n_done += 1
        kept[index] = len(new) > 0
        notes[index : index + 1][: len(new)] = new[:1]
        more += [new[k : k + 1] for k in range(1, len(new))]
        of_more += [index] * (len(new) - 1)
    if not n_done:
        raise NothingToDamage(cannot)
    was = np.concatenate([np.flatnonzero(kept), np.array(of_more, dtype=np.int64)])
    new_notes = np.concatenate([notes[kept], *more])
    return damaged_notes(clip, new_notes, was, touched[was], gone=np.flatnonzero(~kept))


def stands_alone(notes: Notes, kept: NDArray[np.bool_], index: int, note: Notes) -> bool:
    """Say whether a note (1,) in the place of another neither overlaps nor touches one."""
    others = kept & (notes["pitch"] == note["pitch"][0])
    others[index] = False
    return is_free(
        notes[others], int(note["pitch"][0]), float(note["onset"][0]), float(note["offset"][0])
    )


def damaged_notes(
    clip: Clip,
    notes: Notes,
    was: NDArray[np.int64],
    touched: NDArray[np.bool_],
    *,
    gone: NDArray[np.int64] | None = None,
    seams: NDArray[np.float64] | None = None,
) -> Damaged:
    """Put a damaged clip together, its notes in order and, on a grid, in whole frames.

    Parameters
    ----------
    notes, was, touched
        As `Damaged` has them, in any order.
    gone, seams
        As `Damaged` has them.
    """
    gone = np.empty(0, dtype=np.int64) if gone is None else gone
    notes = in_whole_frames(notes, clip.grid)
    order = np.lexsort((notes["offset"], notes["pitch"], notes["onset"]))
    notes, was, touched = notes[order], was[order], touched[order]
    lit = np.concatenate([notes[touched], clip.notes[gone]])
    n_all = len(notes) + len(gone)
    return Damaged(
        clip.with_notes(notes),
        touched,
        frames_under(lit, clip.seconds),
        (int(touched.sum()) + len(gone)) / max(n_all, 1),
        was,
        gone,
        np.empty(0) if seams is None else seams,
    )


def in_whole_frames(notes: Notes, grid: float | None) -> Notes:
    """Return the notes, their times the grid's very numbers, as the runs of a roll have them.

    0.1 s and 0.2 s later is 0.30000000000000004 s, which is no frame's time. Without a grid the
    notes are returned as they are.
    """
    if grid is None:
        return notes
    notes = notes.copy()
    for name in ("onset", "offset"):
        notes[name] = np.round(notes[name] * grid) / grid
    return notes
