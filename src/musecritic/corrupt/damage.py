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
        notes; for a shuffle those beside a seam.
    severity
        Share of the clip's notes that were touched, 0..1; notes that are gone count as touched.
    was
        For each of ``clip.notes`` which of the original's notes it was, or came from, (N,) int;
        `ADDED` for one that nobody played. None where that is not known: a shuffle on the grid
        cuts the roll, not its notes.
    gone
        Which of the original's notes are there no more, (M,) int, indices.
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

    Parameters
    ----------
    clip
        On a grid or in milliseconds.
    n_wanted
        How many to change; where fewer can be, all those are.
    change
        Given all notes and the index of one, returns what stands in its place: one note, several,
        or none; None where this one cannot be changed. A single changed note must stand alone
        among the others, or it is left as it was.
    cannot
        What to say where no note can be changed.

    Raises
    ------
    NothingToDamage
        No note can be changed.
    """
    notes = clip.notes.copy()
    touched = np.zeros(len(notes), dtype=bool)
    kept = np.ones(len(notes), dtype=bool)
    more: list[Notes] = []
    of_more: list[int] = []
    for index in map(int, rng.permutation(len(notes))):
        if int(touched.sum()) == n_wanted:
            break
        new = change(notes, index)
        if new is None or (len(new) == 1 and not stands_alone(notes, kept, index, new)):
            continue
        touched[index] = True
        kept[index] = len(new) > 0
        notes[index : index + 1][: len(new)] = new[:1]
        more += [new[k : k + 1] for k in range(1, len(new))]
        of_more += [index] * (len(new) - 1)
    if not touched.any():
        raise NothingToDamage(cannot)
    was = np.concatenate([np.flatnonzero(kept), np.array(of_more, dtype=np.int64)])
    new_notes = np.concatenate([notes[kept], *more])
    return damaged_notes(
        clip, new_notes, was, touched[was], gone=np.flatnonzero(~kept), beneath=clip.notes[~kept]
    )


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
    beneath: Notes | None = None,
    seams: NDArray[np.float64] | None = None,
) -> Damaged:
    """Put a damaged clip together, its notes in order.

    Parameters
    ----------
    notes, was, touched
        As `Damaged` has them, in any order.
    gone, seams
        As `Damaged` has them.
    beneath
        Notes whose frames count as touched though they are not there, those that are gone.
    """
    gone = np.empty(0, dtype=np.int64) if gone is None else gone
    order = np.lexsort((notes["offset"], notes["pitch"], notes["onset"]))
    notes, was, touched = notes[order], was[order], touched[order]
    seen = notes[touched] if beneath is None else np.concatenate([notes[touched], beneath])
    n_all = len(notes) + len(gone)
    return Damaged(
        clip.with_notes(notes),
        touched,
        frames_under(seen, clip.seconds),
        (int(touched.sum()) + len(gone)) / max(n_all, 1),
        was,
        gone,
        np.empty(0) if seams is None else seams,
    )


def on_the_grid(clip: Clip, seconds: float) -> float:
    """Return a time as the clip has times: in whole frames where it keeps a grid."""
    return seconds if clip.grid is None else round(seconds * clip.grid) / clip.grid
