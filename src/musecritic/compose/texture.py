"""What ten seconds of music are made of, in a few numbers that no critic has a say in.

They set what a critic composed beside real music, beside chance, and beside real music in the
composition's own rhythm, so that what comes of the rhythm is not held against the notes.
"""

from __future__ import annotations

import numpy as np

from musecritic.music.roll import RATE, Roll, runs

Generator = np.random.Generator

_MAJOR = np.isin(np.arange(12), [0, 2, 4, 5, 7, 9, 11])
_AGAIN_S = 1.05  # a second, and the rounding of a tenth


def texture(roll: Roll) -> dict[str, float]:
    """Return what a (88, 100) roll is made of; NaN where it has nothing to count.

    Returns
    -------
    dict
        "notes", how many; "distinct", how many different keys; "span", semitones from the lowest
        to the highest; "in_key", the share of sounding time within the seven notes of one major
        or natural minor key, the best fitting of them; "clashes", the share of pairs that sound
        together which are a semitone apart, octaves aside; "repeated", the share of notes whose
        key was struck within the second before.
    """
    notes = runs(roll)
    keys = np.flatnonzero(roll.any(axis=1))
    if not len(notes):
        return dict.fromkeys(("notes", "distinct"), 0.0) | dict.fromkeys(
            ("span", "in_key", "clashes", "repeated"), float("nan")
        )
    return {
        "notes": float(len(notes)),
        "distinct": float(len(keys)),
        "span": float(keys[-1] - keys[0]),
        "in_key": _in_key(roll),
        "clashes": _clashes(roll),
        "repeated": _repeated(roll),
    }


def _in_key(roll: Roll) -> float:
    by_key = roll.astype(bool).sum(axis=1)
    classes = np.bincount(np.arange(88) % 12, weights=by_key, minlength=12)
    return float(max(classes[np.roll(_MAJOR, shift)].sum() for shift in range(12)) / classes.sum())


def _clashes(roll: Roll) -> float:
    lit = roll.astype(bool).astype(np.int64)
    together = np.triu(lit @ lit.T, 1)  # (88, 88), frames in which both keys sound
    apart = np.subtract.outer(np.arange(88), np.arange(88)) % 12
    total = together.sum()
    return float(together[(apart == 1) | (apart == 11)].sum() / total) if total else float("nan")


def _repeated(roll: Roll) -> float:
    notes = runs(roll)
    order = np.lexsort((notes["onset"], notes["pitch"]))
    pitch, onset = notes["pitch"][order].astype(int), notes["onset"][order]
    again = (np.diff(pitch) == 0) & (np.diff(onset) < _AGAIN_S)
    return float(again.sum() / len(notes))


def chance(rng: Generator, voices: int, note: int, position: int) -> Roll:
    """Return a roll in a composition's rhythm, its keys drawn by lot.

    Parameters
    ----------
    note, position
        Frames that a note sounds, and from one position to the next.
    """
    roll = np.zeros((88, round(10 * RATE)), dtype=np.uint8)
    for first in range(0, roll.shape[1], position):
        roll[rng.choice(88, voices, replace=False), first : first + note] = 1
    return roll


def reduced(rng: Generator, roll: Roll, voices: int, note: int, position: int) -> Roll:
    """Return a real roll in a composition's rhythm: of each position's keys `voices` by lot."""
    thin = np.zeros_like(roll)
    for first in range(0, roll.shape[1], position):
        keys = np.flatnonzero(roll[:, first : first + position].any(axis=1))
        taken = rng.choice(keys, min(voices, len(keys)), replace=False)
        thin[taken, first : first + note] = 1
    return thin
