"""MIDI files into pieces."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import symusic

from musecritic.errors import UnreadableFile
from musecritic.music.in_memory import from_symusic
from musecritic.music.limits import Limits
from musecritic.music.midi_check import check_midi
from musecritic.music.piece import Piece


def parse_midi(data: bytes, path: Path, *, pedal: bool, limits: Limits) -> Piece:
    """Parse the bytes of a Standard MIDI File of format 0, 1 or 2.

    One part for each program and channel of a track. A note that is never ended is left out;
    of several that sound at one pitch the first begun is the first ended.

    Raises
    ------
    UnreadableFile
        It is damaged.
    OverLimit
        It has more notes than the limit, or more ticks than can be counted.
    """
    sound = check_midi(data, path)
    try:
        score: Any = symusic.Score.from_midi(sound.data)  # in ticks; its stubs leave that open
    except RuntimeError as error:
        raise UnreadableFile(
            path, f"it is damaged ({error})", "Export it again as a Standard MIDI File."
        ) from error
    limits.check_notes(sum(len(track.notes) for track in score.tracks), path)
    if sound.ticks_per_second is not None:
        # One quarter of 480 ticks takes 480 / ticks_per_second seconds, whatever tempo is set.
        micros = round(480e6 / sound.ticks_per_second)
        score.tempos = [symusic.Tempo(0, mspq=micros)]
    return replace(from_symusic(score, pedal=pedal), title=sound.title)
