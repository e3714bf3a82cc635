"""Write a piece as a MIDI file."""

from __future__ import annotations

import os
from pathlib import Path

from musecritic.files import replacing
from musecritic.music.notes import Notes
from musecritic.music.piece import Part, Piece

# 960 ticks a quarter at 120 quarters a minute: a tick is 0.52 ms, so that nothing moves by more
# than 0.26 ms.
TICKS_PER_QUARTER = 960
_TICKS_PER_SECOND = 2 * TICKS_PER_QUARTER
_TEMPO = b"\xff\x51\x03" + (500_000).to_bytes(3, "big")

_DRUM_CHANNEL = 9
_CHANNELS = tuple(channel for channel in range(16) if channel != _DRUM_CHANNEL)


def write_midi(piece: Piece, path: str | os.PathLike[str]) -> None:
    """Write a piece as a Standard MIDI File of format 1.

    `read` gives back its title, its parts that have notes, and its notes, moved by less than a
    millisecond. MIDI ends the first begun of two notes of one pitch and part first: where one
    lies within another, they come back with their ends exchanged. Beyond fifteen pitched parts
    channels are shared; each part still has a track to itself.

    The file appears whole or not at all: it is written beside its place and then renamed.

    Parameters
    ----------
    piece
        Velocities 1..127, pitches 0..127.
    path
        Where to write; an existing file is replaced, a missing folder made.

    Raises
    ------
    BadFile
        It cannot be written there.
    """
    data = midi_bytes(piece)
    with replacing(Path(path)) as temporary:
        temporary.write_bytes(data)


def midi_bytes(piece: Piece) -> bytes:
    """Return the bytes of `write_midi`'s file."""
    tracks = [_chunk([(0, _text(0x03, piece.title or "")), (0, _TEMPO)])]
    pitched = 0
    for index, part in enumerate(piece.parts):
        channel = _DRUM_CHANNEL if part.is_drum else _CHANNELS[pitched % len(_CHANNELS)]
        pitched += not part.is_drum
        notes = piece.notes[piece.notes["part"] == index]
        tracks.append(_chunk(_opening(part, channel) + _events(notes, channel)))
    sizes = (6, 4), (1, 2), (len(tracks), 2), (TICKS_PER_QUARTER, 2)
    head = b"MThd" + b"".join(value.to_bytes(size, "big") for value, size in sizes)
    return head + b"".join(tracks)


def _opening(part: Part, channel: int) -> list[tuple[int, bytes]]:
    """Return a track's name and program."""
    return [(0, _text(0x03, part.name)), (0, bytes([0xC0 | channel, part.program]))]


def _events(notes: Notes, channel: int) -> list[tuple[int, bytes]]:
    """Return key strokes and releases with their ticks, in the order in which they are played.

    At one tick releases come before strokes, so that repeated notes stay apart; but a note of no
    length is struck before it is released, and before a longer one of its pitch.
    """
    ordered: list[tuple[int, int, int, bytes]] = []
    begins = (notes["onset"] * _TICKS_PER_SECOND).round().astype(int).tolist()
    ends = (notes["offset"] * _TICKS_PER_SECOND).round().astype(int).tolist()
    pitches, velocities = notes["pitch"].tolist(), notes["velocity"].tolist()
    for begin, end, pitch, velocity in zip(begins, ends, pitches, velocities, strict=True):
        stroke = bytes([0x90 | channel, pitch, velocity])
        release = bytes([0x80 | channel, pitch, 0])
        ordered.append((begin, 1, end, stroke))
        ordered.append((end, 0 if end > begin else 2, 0, release))
    ordered.sort(key=lambda event: event[:3])
    return [(tick, message) for tick, _, _, message in ordered]


def _chunk(events: list[tuple[int, bytes]]) -> bytes:
    """Return a track of events, given with their ticks in ascending order."""
    body, now = bytearray(), 0
    for tick, message in events:
        body += _variable_length(tick - now) + message
        now = tick
    body += b"\x00\xff\x2f\x00"
    return b"MTrk" + len(body).to_bytes(4, "big") + body


def _text(kind: int, text: str) -> bytes:
    """Return a meta event that holds a text."""
    encoded = text.encode("utf-8", "replace")
    return bytes([0xFF, kind]) + _variable_length(len(encoded)) + encoded


def _variable_length(value: int) -> bytes:
    """Return a number in MIDI's variable length, seven bits a byte."""
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(0x80 | value & 0x7F)
    return bytes(reversed(digits))
