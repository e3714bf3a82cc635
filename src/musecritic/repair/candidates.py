"""What could be done about a suspicious note: an edit for each thing that may be wrong with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from musecritic.corrupt.damage import stands_alone
from musecritic.critic.edits import (
    DELETE,
    EDITS,
    JOIN,
    KEEP,
    SHIFT,
    SHIFT_OFFSET,
    SHIFT_ONSET,
    SPLIT,
    semitones_of,
)
from musecritic.critic.judged_notes import JudgedNotes
from musecritic.music.notes import HIGHEST, LOWEST, Notes
from musecritic.repair.edit import Edit

LIKELIEST = 3  # of what may be wrong with a note, tried
_NEAREST = 6  # times of other notes to which one may be moved, tried
_FARTHEST_S = 4.0
_JOINS_S = 0.06  # a gap that may be closed
_SHORTEST_S = 0.05
#: Edits that leave times as they are.
TIMELESS = frozenset(
    {DELETE, *(edit for edit in range(len(EDITS)) if semitones_of(edit) is not None)}
)


def candidates(
    judged: JudgedNotes, index: int, allowed: frozenset[int] | None = None
) -> list[Edit]:
    """Return edits that could mend one note, the likeliest cause first.

    Parameters
    ----------
    judged
        What the network said of the piece's notes.
    index
        Of the note.
    allowed
        Indices of `EDITS`; None allows all that can be carried out.
    """
    p = judged.edits[index].copy()
    p[KEEP] = 0
    p_wrong = float(judged.p_wrong[index])
    found: list[Edit] = []
    n_causes = 0
    for edit in np.argsort(-p).tolist():
        if p[edit] <= 0 or n_causes == LIKELIEST:
            break
        if allowed is not None and edit not in allowed:
            continue
        own = of_cause(judged.notes, index, edit)
        n_causes += bool(own)
        # Where a cause does not say to where, each of its places has a part of its probability.
        found += [replace(one, p_wrong=p_wrong, p_mends=float(p[edit]) / len(own)) for one in own]
    return found


def of_cause(notes: Notes, index: int, edit: int) -> list[Edit]:
    """Return the ways to carry out one of `EDITS` on one note; none where it cannot be done."""
    note = notes[index : index + 1]
    if edit == DELETE:
        return [Edit("delete", note.copy(), note[:0].copy())]
    steps = semitones_of(edit)
    if steps is not None:
        moved = note.copy()
        pitch = int(note["pitch"][0]) + steps
        if not LOWEST <= pitch <= HIGHEST:
            return []
        moved["pitch"] = pitch
        return [Edit("move", note.copy(), moved)] if _fits(notes, index, moved) else []
    if edit == JOIN:
        return _joined(notes, index)
    if edit in (SHIFT, SHIFT_ONSET, SHIFT_OFFSET):
        return _shifted(notes, index, edit)
    if edit == SPLIT:
        return _split(notes, index)
    return []  # it is not known to which pitch


def _fits(notes: Notes, index: int, note: Notes) -> bool:
    """Say whether a note (1,) in the place of another neither overlaps nor touches one."""
    return stands_alone(notes, np.ones(len(notes), dtype=bool), index, note)


def _joined(notes: Notes, index: int) -> list[Edit]:
    """Return the note joined with the next, or the one before, of its pitch."""
    same = np.flatnonzero(notes["pitch"] == notes["pitch"][index])
    place = int(np.searchsorted(same, index))
    found = []
    for first, second in ((place, place + 1), (place - 1, place)):
        if first < 0 or second >= len(same):
            continue
        both = notes[same[[first, second]]].copy()
        if both["onset"][1] - both["offset"][0] > _JOINS_S:
            continue
        whole = both[:1].copy()
        whole["offset"] = both["offset"].max()
        found.append(Edit("join", both, whole))
    return found


def _split(notes: Notes, index: int) -> list[Edit]:
    """Return the note struck again where other notes begin, the nearest to its middle first."""
    note = notes[index : index + 1]
    onset, offset = float(note["onset"][0]), float(note["offset"][0])
    times = np.unique(notes["onset"].round(3))
    times = times[(times >= onset + _SHORTEST_S) & (times <= offset - _SHORTEST_S)]
    middle = (onset + offset) / 2
    found = []
    for time in times[np.argsort(np.abs(times - middle), kind="stable")[:_NEAREST]].tolist():
        halves = np.concatenate([note, note])
        halves["offset"][0] = halves["onset"][1] = time
        found.append(Edit("split", note.copy(), halves))
    return found


def _shifted(notes: Notes, index: int, edit: int) -> list[Edit]:
    """Return the note begun, or ended, where other notes begin."""
    note = notes[index : index + 1]
    name = "offset" if edit == SHIFT_OFFSET else "onset"
    now = float(note[name][0])
    times = np.unique(np.concatenate([notes["onset"], notes["offset"]]).round(3))
    times = times[(np.abs(times - now) >= _SHORTEST_S) & (np.abs(times - now) <= _FARTHEST_S)]
    nearest = times[np.argsort(np.abs(times - now), kind="stable")[:_NEAREST]]
    found = []
    for time in nearest.tolist():
        moved = note.copy()
        moved[name] = time
        if edit == SHIFT:
            moved["offset"] = note["offset"] + (time - now)
        long_enough = moved["offset"][0] - moved["onset"][0] >= _SHORTEST_S
        if long_enough and _fits(notes, index, moved):
            found.append(Edit(EDITS[edit], note.copy(), moved))
    return found
