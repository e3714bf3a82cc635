"""The figures of MDTK's four tasks.

Conventions are MDTK's. Times are whole milliseconds. A frame lasts 40 ms; a note lights those from
``round(onset / 40)`` up to, not including, ``round(offset / 40)``, and always at least one, halves
being rounded to even numbers. `weights` are those of `musecritic.measure.metrics`: (..., N), one
for each excerpt.

- `hits`: what task 1 (said clean, is clean) and task 3 (frames) count of every excerpt.
- `f1`, `precision`, `recall`: of such counts, all excerpts together (micro-averaged).
- `confusion`: task 2's nine by nine.
- `wrong_frames`: what task 3 is to find.
- `agreement`: the mean of `frame_f1` and `onset_f1`, how alike two excerpts are.
- `helpfulness`: task 4's, from the agreement of the corrected and of the faulty excerpt.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from musecritic.critic.evaluation.mdtk_faults import CLASSES, milliseconds
from musecritic.measure.metrics import Array
from musecritic.music.notes import Notes

FRAME_MS = 40
ONSET_MS = 50  # how far apart two onsets may lie to be one

_KEY = 1 << 40  # more than any time in milliseconds: a key's cells and onsets lie apart


def hits(said: NDArray[np.bool_], truth: NDArray[np.bool_]) -> Array:
    """Return (3, N): true positives, false positives and false negatives of each excerpt.

    Parameters
    ----------
    said, truth
        (N,), or (N, T) for T frames each.
    """
    n = len(truth)
    kinds = (said & truth, said & ~truth, ~said & truth)
    return np.stack([kind.reshape(n, -1).sum(axis=1) for kind in kinds]).astype(np.float64)


def f1(found: Array, weights: Array) -> Array:
    """Return the F1 of all excerpts together: 0 without a hit, NaN where there is none to find."""
    true, extra, missed = (weights @ kind for kind in found)
    return _ratio(2 * true, 2 * true + extra + missed, true + missed > 0)


def precision(found: Array, weights: Array) -> Array:
    """Return the share of what was said that is true; 0, as MDTK has it, where nothing was said."""
    true, extra, _ = (weights @ kind for kind in found)
    return np.asarray(true / np.maximum(true + extra, 1e-12))


def recall(found: Array, weights: Array) -> Array:
    """Return the share of what is true that was said; NaN where there is none to find."""
    true, _, missed = (weights @ kind for kind in found)
    return _ratio(true, true + missed, true + missed > 0)


def _ratio(part: Array, whole: Array, known: NDArray[np.bool_]) -> Array:
    return np.asarray(np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=known))


def confusion(said: NDArray[np.int64], truth: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return (9, 9) counts: a row for each class that was, a column for each that was said."""
    counts = np.zeros((len(CLASSES), len(CLASSES)), dtype=np.int64)
    np.add.at(counts, (truth, said), 1)
    return counts


def wrong_frames(faulty: Notes, clean: Notes, seconds: float) -> NDArray[np.bool_]:
    """Return which of the seconds / 0.04 frames a fault changed.

    A frame is changed where another set of keys sounds, or another set begins. What rounding puts
    after the last frame counts as the last.
    """
    n_frames = round(seconds * 1000 / FRAME_MS)
    changed = np.zeros(n_frames, dtype=bool)
    for cells in (_cells, _first_cells):
        differing = np.setxor1d(cells(faulty), cells(clean)) % _KEY
        changed[np.minimum(differing, n_frames - 1)] = True
    return changed


def frame_f1(notes: Notes, truth: Notes) -> float:
    """Return the F1 of the cells, of key and frame, that the notes light."""
    lit, to_light = _cells(notes), _cells(truth)
    return _dice(len(np.intersect1d(lit, to_light, assume_unique=True)), len(lit), len(to_light))


def onset_f1(notes: Notes, truth: Notes) -> float:
    """Return the F1 of notes that begin within 50 ms of one another on the same key.

    No note answers for two; of all ways to pair them it is one with most pairs, as
    ``mir_eval.transcription`` matches notes where it heeds no offsets.
    """
    here, there = (np.sort(_keys(n) + milliseconds(n["onset"])).tolist() for n in (notes, truth))
    pairs = i = j = 0
    # Both in order and one tolerance for all: to pair the first two that can be is never worse.
    while i < len(here) and j < len(there):
        ahead = here[i] - there[j]
        pairs += abs(ahead) <= ONSET_MS
        i += ahead <= ONSET_MS
        j += ahead >= -ONSET_MS
    return _dice(pairs, len(here), len(there))


def agreement(notes: Notes, truth: Notes) -> float:
    """Return the mean of `frame_f1` and `onset_f1`, 0 .. 1."""
    return (frame_f1(notes, truth) + onset_f1(notes, truth)) / 2


def helpfulness(corrected: float, faulty: float, *, clean: bool, strict: bool = False) -> float:
    """Return how much a correction helped: ½ for none, less for harm, 1 for all that could be done.

    Parameters
    ----------
    corrected, faulty
        The `agreement` of the corrected excerpt, and of the one to be corrected, with the clean
        one.
    clean
        Whether there was nothing to correct. It then is the corrected one's agreement itself.
    strict
        Half of that, unless nothing was changed: the rule of an excerpt with a fault that no
        frame and no onset shows. This is ours; MDTK keeps it for such excerpts.
    """
    if corrected in (0.0, 1.0) or (clean and not strict):
        return corrected
    if corrected < faulty:
        return corrected / faulty / 2
    return 1 - (1 - corrected) / (1 - faulty) / 2


def _dice(both: int, one: int, other: int) -> float:
    return 2 * both / (one + other) if both else 0.0


def _cells(notes: Notes) -> NDArray[np.int64]:
    """Return each lit cell once, in order, as key · _KEY + frame."""
    first, last = _frames(notes)
    length = last - first
    whose = np.repeat(np.arange(len(notes)), length)
    within = np.arange(len(whose)) - np.repeat(length.cumsum() - length, length)
    return np.unique(_keys(notes)[whose] + first[whose] + within)


def _first_cells(notes: Notes) -> NDArray[np.int64]:
    return np.unique(_keys(notes) + _frames(notes)[0])


def _keys(notes: Notes) -> NDArray[np.int64]:
    return np.asarray(notes["pitch"].astype(np.int64) * _KEY)


def _frames(notes: Notes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each note's first frame and one past its last."""
    first, last = (_rounded(milliseconds(notes[name])) for name in ("onset", "offset"))
    return first, np.maximum(last, first + 1)


def _rounded(time: NDArray[Any]) -> NDArray[np.int64]:
    return np.round(time / FRAME_MS).astype(np.int64)
