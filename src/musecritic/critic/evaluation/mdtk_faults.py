"""The eight faults of the MIDI Degradation Toolkit (MDTK), by its own definitions.

Source: McLeod et al., "The MIDI Degradation Toolkit: symbolic music augmentation and correction",
ISMIR 2020 (arXiv 2010.00059), and the toolkit's own defaults. One fault is done to one note (to a
run of them where notes are joined) in whole milliseconds. Whatever is drawn is drawn uniformly.

`musecritic.corrupt` has kinds in the same spirit, made to train with. They differ from these:
several notes are touched rather than one; shifts are short more often than long, and at most 4 s,
where here every place that fits is as likely; a changed note may not touch another of its pitch,
where here it may not overlap one; a note is split anywhere, here in two halves; two notes are
joined, here a whole run of up to 20; an added note takes its length from notes of the clip, here
any length from 50 ms to the excerpt's end.

Where this differs from MDTK: velocities, which its published data has none of, are kept, and an
added note takes that of another note (MDTK's would always be 100 and so give itself away); the
halves of a split note meet, where MDTK's rounding can leave a millisecond between or beneath them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from musecritic.music.clip import Clip
from musecritic.music.notes import HIGHEST, LOWEST, Notes, in_order

Generator = np.random.Generator
Milliseconds = NDArray[np.int64]

#: Returns the faulty excerpt, its times in whole milliseconds; None where it cannot be done.
Fault = Callable[[Clip, Generator], Clip | None]

MIN_SHIFT_MS = 100
SHORTEST_MS = 50  # of a note whose onset or offset moves, of an added one, of half a split one
LONGEST_GAP_MS = 50  # between notes to be joined
MOST_JOINED = 20
TRIES = 10  # draws, until a changed note overlaps no other of its pitch


def milliseconds(seconds: NDArray[np.float64]) -> Milliseconds:
    """Return times in whole milliseconds; MDTK knows no finer ones."""
    return np.round(seconds * 1000).astype(np.int64)


def to_the_millisecond(notes: Notes) -> Notes:
    """Return the notes with onsets and offsets, in seconds, at whole milliseconds."""
    rounded = notes.copy()
    for name in ("onset", "offset"):
        rounded[name] = milliseconds(notes[name]) / 1000
    return rounded


def pitch_shift(clip: Clip, rng: Generator) -> Clip | None:
    """Move one note to any other key of the piano."""
    for _ in range(TRIES if len(clip.notes) else 0):
        notes = to_the_millisecond(clip.notes)
        index = int(rng.integers(len(notes)))
        others = np.setdiff1d(np.arange(LOWEST, HIGHEST + 1), notes["pitch"][index])
        notes["pitch"][index] = rng.choice(others)
        if not _overlaps(notes, index):
            return clip.with_notes(in_order(notes))
    return None


def time_shift(clip: Clip, rng: Generator) -> Clip | None:
    """Move one note by 100 ms or more, as long as before, to anywhere before the last offset."""

    def onsets(onset: Milliseconds, offset: Milliseconds) -> _Ranges:
        latest = offset.max() - (offset - onset)
        return (np.zeros_like(onset), onset - MIN_SHIFT_MS), (onset + MIN_SHIFT_MS, latest)

    return _moved(clip, rng, onsets, lambda at, onset, offset: (at, at + offset - onset))


def onset_shift(clip: Clip, rng: Generator) -> Clip | None:
    """Let one note begin 100 ms or more too soon or too late; 50 ms of it are left at least."""

    def onsets(onset: Milliseconds, offset: Milliseconds) -> _Ranges:
        return (
            (np.zeros_like(onset), onset - MIN_SHIFT_MS),
            (onset + MIN_SHIFT_MS, offset - SHORTEST_MS),
        )

    return _moved(clip, rng, onsets, lambda at, _, offset: (at, offset))


def offset_shift(clip: Clip, rng: Generator) -> Clip | None:
    """Let one note end 100 ms or more too soon or too late, 50 ms long at the least.

    It ends no later than the last note does.
    """

    def offsets(onset: Milliseconds, offset: Milliseconds) -> _Ranges:
        last = np.full_like(offset, offset.max())
        # 100 ms longer, any note is long enough.
        return (onset + SHORTEST_MS, offset - MIN_SHIFT_MS), (offset + MIN_SHIFT_MS, last)

    return _moved(clip, rng, offsets, lambda at, onset, _: (onset, at))


def remove_note(clip: Clip, rng: Generator) -> Clip | None:
    """Leave one note out."""
    if not len(clip.notes):
        return None
    kept = np.ones(len(clip.notes), dtype=bool)
    kept[rng.integers(len(kept))] = False
    return clip.with_notes(in_order(to_the_millisecond(clip.notes[kept])))


def add_note(clip: Clip, rng: Generator) -> Clip | None:
    """Add one note of any pitch, 50 ms or longer, that ends before the last note does.

    Its onset comes first, its length from what time that leaves. Its velocity and its part are
    those of some note of the clip.
    """
    if not len(clip.notes):
        return None
    onset, offset = milliseconds(clip.notes["onset"]), milliseconds(clip.notes["offset"])
    first, end = int(onset.min()), int(offset.max())
    if first >= end - SHORTEST_MS:
        return None
    for _ in range(TRIES):
        note = clip.notes[rng.integers(len(clip.notes), size=1)]
        note["pitch"] = rng.integers(LOWEST, HIGHEST + 1)
        begins = int(rng.integers(first, end - SHORTEST_MS))
        ends = begins + int(rng.integers(SHORTEST_MS, end - begins))
        note["onset"], note["offset"] = begins / 1000, ends / 1000
        notes = to_the_millisecond(np.concatenate([clip.notes, note]))
        if not _overlaps(notes, len(notes) - 1):
            return clip.with_notes(in_order(notes))
    return None


def split_note(clip: Clip, rng: Generator) -> Clip | None:
    """Cut one note in two of the same length, 50 ms each at the least."""
    notes = to_the_millisecond(clip.notes)
    onset, offset = milliseconds(notes["onset"]), milliseconds(notes["offset"])
    long_enough = np.flatnonzero(offset - onset >= 2 * SHORTEST_MS)
    if not len(long_enough):
        return None
    index = int(rng.choice(long_enough))
    second = notes[index : index + 1].copy()
    middle = round((int(onset[index]) + int(offset[index])) / 2) / 1000
    notes["offset"][index] = second["onset"][0] = middle
    return clip.with_notes(in_order(np.concatenate([notes, second])))


def join_notes(clip: Clip, rng: Generator) -> Clip | None:
    """Make one note of a run on one key whose gaps are 50 ms at most.

    The run begins at any note but its last and goes on to its end, or to 20 notes.
    """
    notes = to_the_millisecond(clip.notes)
    onset, offset = milliseconds(notes["onset"]), milliseconds(notes["offset"])
    order = np.lexsort((offset, onset, notes["pitch"]))
    one, following = order[:-1], order[1:]
    near = (notes["pitch"][one] == notes["pitch"][following]) & (
        onset[following] - offset[one] <= LONGEST_GAP_MS
    )
    starts = np.flatnonzero(near)
    if not len(starts):
        return None
    first = last = int(rng.choice(starts))
    while last < len(near) and near[last] and last - first < MOST_JOINED - 1:
        last += 1
    notes["offset"][order[first]] = notes["offset"][order[last]]
    return clip.with_notes(in_order(np.delete(notes, order[first + 1 : last + 1])))


#: The faults in MDTK's order.
FAULTS: dict[str, Fault] = {
    "pitch_shift": pitch_shift,
    "time_shift": time_shift,
    "onset_shift": onset_shift,
    "offset_shift": offset_shift,
    "remove_note": remove_note,
    "add_note": add_note,
    "split_note": split_note,
    "join_notes": join_notes,
}

CLEAN = "none"  # as MDTK names it

#: The nine classes of an excerpt.
CLASSES: tuple[str, ...] = (CLEAN, *FAULTS)

# The earliest and the latest time, ends included, where a note can go to before where it was, and
# the same after; each (N,). A range whose end lies before its begin is empty.
_Ranges = tuple[tuple[Milliseconds, Milliseconds], tuple[Milliseconds, Milliseconds]]


def _moved(
    clip: Clip,
    rng: Generator,
    ranges: Callable[[Milliseconds, Milliseconds], _Ranges],
    place: Callable[[int, int, int], tuple[int, int]],
) -> Clip | None:
    """Move one of the notes that can move to a time of its two ranges.

    Parameters
    ----------
    ranges
        Of all notes' onsets and offsets, the times they can go to.
    place
        Of such a time and the note's onset and offset, its new onset and offset.
    """
    if not len(clip.notes):
        return None
    onset, offset = milliseconds(clip.notes["onset"]), milliseconds(clip.notes["offset"])
    before, after = ranges(onset, offset)
    n_before, n_after = (np.maximum(last - first + 1, 0) for first, last in (before, after))
    movable = np.flatnonzero(n_before + n_after)
    for _ in range(TRIES if len(movable) else 0):
        index = int(rng.choice(movable))
        step = int(rng.integers(n_before[index] + n_after[index]))
        beyond = step - int(n_before[index])
        at = int(before[0][index]) + step if beyond < 0 else int(after[0][index]) + beyond
        begins, ends = place(at, int(onset[index]), int(offset[index]))
        notes = to_the_millisecond(clip.notes)
        notes["onset"][index], notes["offset"][index] = begins / 1000, ends / 1000
        if not _overlaps(notes, index):
            return clip.with_notes(in_order(notes))
    return None


def _overlaps(notes: Notes, index: int) -> bool:
    """Say whether a note overlaps another of its pitch; to touch one is none."""
    onset, offset = milliseconds(notes["onset"]), milliseconds(notes["offset"])
    inside = (onset < offset[index]) & (offset > onset[index])
    inside &= notes["pitch"] == notes["pitch"][index]
    inside[index] = False
    return bool(inside.any())
