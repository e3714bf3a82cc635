"""Shuffle: the clip cut into a few chunks and put together in a new order (seed, section 3.2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musecritic.corrupt.damage import Damaged, Generator
from musecritic.errors import NothingToDamage
from musecritic.music.clip import Clip
from musecritic.music.notes import Notes, in_order
from musecritic.music.roll import RATE, Roll, runs

SHORTEST_S = 0.5  # of a chunk; shorter ones would be noise, not a new order
BESIDE_SEAM_S = 0.2  # the frames this near to a seam count as damaged
STAYS = -1  # in place of a chunk: a note that does not move
_TRIES = 16  # orders drawn before a clip counts as one that no order changes
_CANDIDATES = 64  # orders drawn when a severity is asked for; the nearest is taken


def shuffle(
    clip: Clip,
    rng: Generator,
    *,
    severity: float | None = None,
    count: tuple[int, int] = (3, 7),
) -> Damaged:
    """Cut the clip at random times and join the chunks in another order.

    On a grid, columns of the roll move and held notes are cut at the seams, as in the seed. In
    milliseconds, notes move with the chunk that holds their onset and ring on, so that no seam
    cuts a note: until their pitch is struck again, as on a piano. Notes that sound from the very
    start were held over from before and stay.

    The touched notes are those out of order: the fewest whose removal leaves the rest in their
    old order. The touched frames are those within 0.2 s of a seam.

    Parameters
    ----------
    clip
        On a grid or in milliseconds, of one second and a half at the least.
    rng
        Source of the draw.
    severity
        Share of notes to displace; of many orders drawn the nearest to it is taken.
    count
        Number of chunks, both ends included; the protocol's 3 to 7. Clips too short for so many
        chunks of half a second are cut into fewer.

    Raises
    ------
    NothingToDamage
        The clip is too short, or no order changes it: silence, or one chord held throughout.
    """
    most = int(clip.seconds / SHORTEST_S)
    if most < 3:
        raise NothingToDamage(f"{clip.seconds:g} s are too short to shuffle.")
    attempt = _on_grid if clip.grid else _in_milliseconds
    roll = clip.roll(clip.grid) if clip.grid else None
    candidates: list[tuple[float, NDArray[np.float64], NDArray[np.int64]]] = []
    for _ in range(_TRIES if severity is None else _CANDIDATES):
        n_chunks = min(int(rng.integers(count[0], count[1] + 1)), most)
        order = rng.permutation(n_chunks)
        if (np.diff(order) == 1).all():
            continue
        cuts = _cuts(clip, n_chunks, rng)
        if severity is not None:
            candidates.append((abs(_displaced(clip, roll, cuts, order) - severity), cuts, order))
        elif (damaged := attempt(clip, cuts, order)) is not None:
            return damaged
    # Only the nearest is put together, or the next where that one changes nothing.
    for _, cuts, order in sorted(candidates, key=lambda candidate: candidate[0]):
        if (damaged := attempt(clip, cuts, order)) is not None:
            return damaged
    raise NothingToDamage("every order of this clip's chunks sounds the same.")


def _cuts(clip: Clip, n_chunks: int, rng: Generator) -> NDArray[np.float64]:
    """Return n_chunks + 1 times from 0 to the end, chunks at least `SHORTEST_S` long."""
    slack = clip.seconds - n_chunks * SHORTEST_S
    inner = np.sort(rng.uniform(0.0, slack, n_chunks - 1)) + SHORTEST_S * np.arange(1, n_chunks)
    if clip.grid:
        inner = np.round(inner * clip.grid) / clip.grid
    return np.concatenate([[0.0], inner, [clip.seconds]])


def _on_grid(clip: Clip, cuts: NDArray[np.float64], order: NDArray[np.int64]) -> Damaged | None:
    assert clip.grid is not None
    frame = np.round(cuts * clip.grid).astype(np.int64)
    roll = clip.roll(clip.grid)
    chunk_of = np.repeat(np.arange(len(order)), np.diff(frame))
    columns = np.concatenate([np.arange(frame[c], frame[c + 1]) for c in order])
    moved = roll[:, columns]
    if (moved == roll).all():
        return None
    notes = runs(moved, clip.grid)
    onset_frame = np.round(notes["onset"] * clip.grid).astype(np.int64)
    return _damaged(clip, notes, chunk_of[columns[onset_frame]], cuts, order)


def _in_milliseconds(
    clip: Clip, cuts: NDArray[np.float64], order: NDArray[np.int64]
) -> Damaged | None:
    chunk = _chunk_of(clip.notes, cuts)
    lengths = np.diff(cuts)
    new_start = np.empty(len(order))
    new_start[order] = np.concatenate([[0.0], lengths[order].cumsum()[:-1]])
    shift = np.where(chunk == STAYS, 0.0, (new_start - cuts[:-1])[chunk])
    notes = clip.notes.copy()
    notes["onset"] += shift
    # A note may ring as far as the clip or its longest note did, no farther.
    end = max(clip.seconds, float(notes["offset"].max(initial=0.0)))
    notes["offset"] = np.minimum(notes["offset"] + shift, end)
    notes = until_struck_again(notes)
    by_time = np.lexsort((notes["offset"], notes["pitch"], notes["onset"]))
    notes, chunk = notes[by_time], chunk[by_time]
    before = in_order(clip.notes)
    if all(np.allclose(notes[name], before[name]) for name in ("onset", "pitch")):
        return None
    return _damaged(clip, notes, chunk, cuts, order, by_time)


def _chunk_of(notes: Notes, cuts: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the chunk in which each note begins; `STAYS` for those that sound from the start."""
    chunk = np.searchsorted(cuts, notes["onset"], side="right") - 1
    return np.where(notes["onset"] <= 0, STAYS, np.clip(chunk, 0, len(cuts) - 2))


def until_struck_again(notes: Notes) -> Notes:
    """Return the notes, each ending at the latest where the next of its pitch begins."""
    by_pitch = np.lexsort((notes["onset"], notes["pitch"]))
    one, following = by_pitch[:-1], by_pitch[1:]
    same = notes["pitch"][one] == notes["pitch"][following]
    one, following = one[same], following[same]
    notes["offset"][one] = np.minimum(notes["offset"][one], notes["onset"][following])
    return notes


def _displaced(
    clip: Clip, roll: Roll | None, cuts: NDArray[np.float64], order: NDArray[np.int64]
) -> float:
    """Return the severity that `_damaged` would find; `roll` is that of a clip on a grid."""
    if clip.grid and roll is not None:
        frame = np.round(cuts * clip.grid).astype(np.int64)
        chunk = np.repeat(order, np.diff(frame)[order])  # of each column
        columns = np.concatenate([np.arange(frame[c], frame[c + 1]) for c in order])
        moved = roll[:, columns]
        begins = moved.sum(axis=0)
        begins[1:] -= (moved[:, 1:] & moved[:, :-1]).sum(axis=0)
        weight = np.bincount(chunk, begins, minlength=len(order)).astype(np.int64)
    else:
        chunk = _chunk_of(clip.notes, cuts)
        weight = np.bincount(chunk[chunk != STAYS], minlength=len(order))
    kept = int(weight[_heaviest_rising(order, weight)].sum())
    return (int(weight.sum()) - kept) / max(len(chunk) if not clip.grid else int(weight.sum()), 1)


def _damaged(
    clip: Clip,
    notes: Notes,
    chunk: NDArray[np.int64],
    cuts: NDArray[np.float64],
    order: NDArray[np.int64],
    was: NDArray[np.int64] | None = None,
) -> Damaged:
    weight = np.bincount(chunk[chunk != STAYS], minlength=len(order))
    touched = ~np.isin(chunk, [*_heaviest_rising(order, weight), STAYS])
    joins = np.diff(cuts)[order].cumsum()[:-1][np.diff(order) != 1]
    centre = (np.arange(round(clip.seconds * RATE)) + 0.5) / RATE
    frames = (np.abs(centre[:, None] - joins[None, :]) < BESIDE_SEAM_S).any(axis=1)
    return Damaged(clip.with_notes(notes), touched, frames, float(touched.mean()), was, seams=joins)


def _heaviest_rising(order: NDArray[np.int64], weight: NDArray[np.int64]) -> list[int]:
    """Return the chunks of the heaviest rising subsequence of `order`."""
    best: list[tuple[int, list[int]]] = []
    for place, chunk in enumerate(order):
        before = [best[p] for p in range(place) if order[p] < chunk]
        total, chain = max(before, key=lambda run: run[0], default=(0, []))
        best.append((total + int(weight[chunk]), [*chain, int(chunk)]))
    return max(best, key=lambda run: run[0])[1]
