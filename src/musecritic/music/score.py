"""Scores: bars of written notes, and how they sound when played as written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import numpy as np

from musecritic.music.limits import Limits, refuse_more
from musecritic.music.notes import NOTE, Notes, order_of
from musecritic.music.piece import Part, Piece
from musecritic.music.repeats import Signs, play_order
from musecritic.music.tempo import DEFAULT_QPM, tempi_of, to_seconds

#: A grace note sounds for an eighth of a quarter, a thirty-second note, ahead of its main note.
GRACE = 0.125
#: Written notes have no velocity of their own.
VELOCITY = 64

# Quarters; sums of triplets are off by far less, and no two notes are as near as this.
_TOUCHING = 1e-6

# Bars by number; the longest operas have some 8,000.
_MOST_BARS_A_PART = 20_000


@dataclass(frozen=True)
class Written:
    """A written note.

    Attributes
    ----------
    onset
        Quarters from the bar's start; a grace note's may be before it.
    length
        Quarters.
    pitch
        MIDI pitch as it sounds, 0..127.
    part
        Index of the part.
    tied
        A tie leads on to the next note of the pitch.
    place
        Where its document writes it, for who wants to go back there; -1 if that is not told.
    """

    onset: float
    length: float
    pitch: int
    part: int
    tied: bool = False
    place: int = -1


@dataclass
class Bar:
    """A bar of one voice, of one part, or of all.

    Attributes
    ----------
    length
        Quarters.
    notes
        In any order.
    tempi
        Where a tempo takes hold, in quarters from the bar's start, and quarters a minute.
    signs
        Repeats and endings.
    """

    length: float = 0.0
    notes: list[Written] = field(default_factory=list)
    tempi: list[tuple[float, float]] = field(default_factory=list)
    signs: Signs = field(default_factory=Signs)


class Played(NamedTuple):
    """A score as it sounds.

    Attributes
    ----------
    piece
        With N notes.
    places
        N lists: ``Written.place`` of each note, and of those that are tied to it, as they are
        played. A repeated note is written in one place.
    """

    piece: Piece
    places: list[list[int]]


def perform(
    voices: Sequence[Sequence[Bar]],
    parts: Sequence[Part],
    path: Path,
    limits: Limits,
    *,
    title: str | None = None,
    composer: str | None = None,
) -> Played:
    """Play a score as written: repeats followed, ties joined, at the marked tempi.

    Parameters
    ----------
    voices
        Bars of each voice. Bars of one number sound together; the longest gives the length.
    parts
        What ``Written.part`` indexes.
    path, limits
        For `OverLimit`, which is raised before a score is played that is too full.
    title, composer
        Where the score names them.
    """
    refuse_more(max(map(len, voices), default=0), _MOST_BARS_A_PART, "bars a part", path)
    bars = [_together(number) for number in zip_longest(*voices, fillvalue=Bar())]
    order = play_order([bar.signs for bar in bars])
    limits.check_notes(sum(len(bars[index].notes) for index in order), path)

    qpm_at_start, qpm = [], DEFAULT_QPM
    for bar in bars:
        qpm_at_start.append(qpm)
        qpm = bar.tempi[-1][1] if bar.tempi else qpm

    now = 0.0
    tempi: list[tuple[float, float]] = []
    columns: list[tuple[float, float, int, int]] = []  # onset, offset, pitch, part
    places: list[list[int]] = []
    tied: dict[tuple[int, int], int] = {}  # (part, pitch) to the note that a tie leads on from
    for index in order:
        bar = bars[index]
        tempi.append((now, qpm_at_start[index]))
        tempi.extend((now + at, qpm) for at, qpm in bar.tempi)
        for note in sorted(bar.notes, key=lambda note: note.onset):
            onset = max(now + note.onset, 0.0)
            offset = max(now + note.onset + note.length, onset)
            key = note.part, note.pitch
            begun = tied.get(key)
            if begun is not None and abs(columns[begun][1] - onset) < _TOUCHING:
                del tied[key]
                columns[begun] = (columns[begun][0], offset, note.pitch, note.part)
                places[begun].append(note.place)
            else:
                begun = len(columns)
                columns.append((onset, offset, note.pitch, note.part))
                places.append([note.place])
            if note.tied:
                tied[key] = begun
        now += bar.length

    where, pace = [at for at, _ in tempi], [60.0 / qpm for _, qpm in tempi]
    notes: Notes = np.empty(len(columns), dtype=NOTE)
    notes["velocity"] = VELOCITY
    for i, name in enumerate(("onset", "offset", "pitch", "part")):
        column = [row[i] for row in columns]
        in_seconds = name in ("onset", "offset")
        notes[name] = to_seconds(column, where, pace, 60.0 / DEFAULT_QPM) if in_seconds else column
    ordered = order_of(notes)
    if ordered is not None:
        notes, places = notes[ordered], [places[index] for index in ordered]
    sounding = tempi_of(where, pace, 60.0 / DEFAULT_QPM)
    piece = Piece(notes, tuple(parts) or (Part(),), "score", title, composer, sounding)
    return Played(piece, places)


def _together(bars: Sequence[Bar]) -> Bar:
    """Return one bar of what several voices have at one number."""
    signs = Signs()
    for bar in bars:
        signs |= bar.signs
    return Bar(
        max(bar.length for bar in bars),
        [note for bar in bars for note in bar.notes],
        sorted(tempo for bar in bars for tempo in bar.tempi),
        signs,
    )
