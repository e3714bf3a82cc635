"""Iterative layering: one voice after the other, one note after the other (seed, section 6).

Time is cut into positions, one a second unless told. For the first voice the critic scores all
88 notes at the first position, one of its best few is taken at random, and so on to the end; then
the second voice is searched over the first, and the third over both. The chance is what keeps a
greedy search from one note for ever. It is the only thing: nothing here knows of keys, chords or
melody, so what the result has of them it has from the critic, and where the critic is blind
nothing else sees. docs/results/compose.md measures what comes of that.

A note sounds for its position less one frame (0.1 s), so that the same key struck again at the
next is two notes in the roll too. Positions at 10 Hz have no frame to spare and touch.

The critic hears ten seconds at a time. For the first voice they end with the position, since
nothing stands behind it yet; at the start of a piece, where there are none before either, they
begin with the piece and the rest is silent, as in the last clip of a short piece. For later
voices the position lies in their middle, as far as the piece reaches.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from musecritic.compose.candidates import score_candidates
from musecritic.compose.composition import Composition
from musecritic.critic.inference import Critic, sigmoid
from musecritic.critic.network import FRAMES, KEYS
from musecritic.errors import BadInput
from musecritic.music.notes import LOWEST, Notes, in_order, notes_from
from musecritic.music.piece import Part, Piece
from musecritic.music.roll import RATE, Roll, piano_roll

LONGEST_SECONDS = 600.0  # ten minutes in three voices are five minutes of searching
MOST_VOICES = 10  # as many as a pianist has fingers
VELOCITY = 64  # the critic does not hear how loud a note is


def compose(
    critic: Critic,
    *,
    seconds: float = 30.0,
    voices: int = 3,
    top_k: int = 5,
    notes_per_second: float = 1.0,
    seed: int = 1,
    primer: Piece | None = None,
    keep_primer: bool = True,
    progress: Callable[[int, int, float], None] | None = None,
) -> Composition:
    """Let a critic compose.

    Parameters
    ----------
    critic
        Whose taste it is.
    seconds
        Length of what is composed, up to 600, rounded to whole positions.
    voices
        1..10, each with one note at every position.
    top_k
        How many of the best notes chance may choose from, 1..88. The seed has 3 to 5; 1 always
        takes the best.
    notes_per_second
        Positions a second, from 0.1 to 10.
    seed
        Of the choices. The same seed, settings and weights give the same piece.
    primer
        Music to go on from; what is composed begins at the tenth of a second after its last
        note ends. Its last seconds are what the critic hears before the first positions.
    keep_primer
        Whether the piece begins with the primer, its notes and parts as they are; False leaves
        what was composed alone.
    progress
        Called after each note with how many there are, how many there will be, and `p_real`.

    Raises
    ------
    BadInput
        A setting is out of its range.
    """
    _check(seconds, voices, top_k, notes_per_second)
    n_positions = max(round(seconds * notes_per_second), 1)
    before = _primer_roll(primer)  # (88, frames of the primer)
    edges = before.shape[1] + np.round(np.arange(n_positions + 1) * RATE / notes_per_second)
    edges = edges.astype(np.int64)
    roll = np.zeros((KEYS, max(int(edges[-1]), FRAMES)), dtype=np.uint8)
    roll[:, : before.shape[1]] = before

    rng = np.random.default_rng(seed)
    pitches = np.zeros((voices, n_positions), dtype=np.uint8)
    ranks = np.zeros((voices, n_positions), dtype=np.int64)
    p_real = np.zeros((voices, n_positions))
    for voice in range(voices):
        for position, (first, end) in enumerate(pairwise(edges)):
            last = max(end - 1, first + 1)  # one past the note's last frame
            start = _window(first, end, roll.shape[1], ends_here=voice == 0)
            logits = score_candidates(
                critic, roll[:, start : start + FRAMES], int(first - start), int(last - first)
            )
            free = np.flatnonzero(~roll[:, first:last].any(axis=1))
            best = free[np.argsort(-logits[free], kind="stable")]
            rank = int(rng.integers(min(top_k, len(best))))
            key = best[rank]
            roll[key, first:last] = 1
            pitches[voice, position], ranks[voice, position] = key + LOWEST, rank
            p_real[voice, position] = sigmoid(logits[key] / critic.card.temperature)
            if progress is not None:
                done = voice * n_positions + position + 1
                progress(done, voices * n_positions, float(p_real[voice, position]))

    cut = 0 if keep_primer else before.shape[1]
    piece = _piece(primer if keep_primer else None, pitches, edges - cut)
    begin = (before.shape[1] - cut) / RATE
    return Composition(
        piece,
        roll[:, cut : edges[-1]],
        begin,
        (edges[:-1] - cut) / RATE,
        pitches,
        ranks,
        p_real,
        seed,
        top_k,
        critic.card.model(),
    )


def _window(first: int, end: int, n_frames: int, *, ends_here: bool) -> int:
    """Return the first of the hundred frames in which the critic hears a position."""
    start = end - FRAMES if ends_here else (first + end - FRAMES) // 2
    return int(np.clip(start, 0, n_frames - FRAMES))


def _primer_roll(primer: Piece | None) -> Roll:
    """Return the primer's roll, (88, T) to the end of the frame in which its last note ends."""
    if primer is None or not len(primer.notes):
        return np.zeros((KEYS, 0), dtype=np.uint8)
    n_frames = max(int(np.ceil(primer.duration * RATE - 1e-6)), 1)
    return piano_roll(primer.pitched(), n_frames / RATE)


def _piece(primer: Piece | None, pitches: NDArray[np.uint8], edges: NDArray[np.int64]) -> Piece:
    """Return the primer, if any, followed by the voices, each a part of its own."""
    parts = primer.parts if primer is not None else ()
    onset = edges[:-1] / RATE
    offset = np.maximum(edges[1:] - 1, edges[:-1] + 1) / RATE
    notes: list[Notes] = [] if primer is None else [primer.notes]
    for voice, pitch in enumerate(pitches):
        notes.append(notes_from(onset, offset, pitch, VELOCITY, len(parts) + voice))
    names = tuple(Part(f"voice {voice + 1}") for voice in range(len(pitches)))
    title = None if primer is None else primer.title
    return Piece(in_order(np.concatenate(notes)), parts + names, title=title)


def _check(seconds: float, voices: int, top_k: int, notes_per_second: float) -> None:
    """Raise `BadInput` where a setting is out of its range."""
    for name, value, least, most in (
        ("seconds", seconds, 0.1, LONGEST_SECONDS),
        ("voices", voices, 1, MOST_VOICES),
        ("top_k", top_k, 1, KEYS),
        ("notes_per_second", notes_per_second, 0.1, RATE),
    ):
        if not least <= value <= most:
            raise BadInput(f"{name} is {value}; it must be from {least:g} to {most:g}.")
