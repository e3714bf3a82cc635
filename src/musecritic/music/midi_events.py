"""The events of a MIDI file, so that a few can be changed and all others keep their bytes.

Libraries that read a file and write it anew lose what they do not model: mido 1.3, tried first,
rewrites sysex messages that come in packets, refuses escaped bytes and odd key signatures, drops
chunks and forgets the time of meta events that it does not know. Here a message is a row of bytes,
and only tracks in which something changed are written anew; all else is copied.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

_META, _SYSEX, _SYSEX_MORE = 0xFF, 0xF0, 0xF7
_END = b"\xff\x2f"

_LONGEST_DELTA = 2**28 - 1  # what four bytes hold
_EMPTY_TEXT = b"\xff\x01\x00"


@dataclass(frozen=True)
class Event:
    """An event of a track.

    Attributes
    ----------
    tick
        Ticks from the track's start.
    message
        Its bytes, the status first.
    runs
        Whether the file leaves the status out, because the event before has it ("running").
    """

    tick: int
    message: bytes
    runs: bool = False


@dataclass(frozen=True)
class Track:
    """A track and where it stands.

    Attributes
    ----------
    events
        All of them but the end of track.
    end
        Tick of the end of track, or of the last event where there is no end.
    tail
        The bytes from the end-of-track event on, without its delta time; may be empty.
    span
        Start and end of the chunk in the file, its head of eight bytes left out.
    """

    events: tuple[Event, ...] = field(repr=False)
    end: int
    tail: bytes
    span: tuple[int, int]


def tracks_of(data: bytes) -> list[Track]:
    """Return the tracks of a file in which `check_midi` found nothing wrong."""
    body = _unwrapped(data)
    tracks, position = [], 8 + int.from_bytes(body[4:8], "big")
    while position < len(body):
        kind, start = body[position : position + 4], position + 8
        stop = start + int.from_bytes(body[position + 4 : start], "big")
        if start > len(body) or stop > len(body):
            break  # bytes left behind the last track
        if kind == b"MTrk":
            tracks.append(_track(body, start, stop))
        position = stop
    return tracks


def with_events(data: bytes, changed: Iterable[tuple[Track, Sequence[Event]]]) -> bytes:
    """Return a file in which some of its tracks have other events, given in order of tick.

    A track ends where it did, or with its last event if that comes later.
    """
    body, parts, position = _unwrapped(data), [], 0
    for track, events in sorted(changed, key=lambda pair: pair[0].span):
        start, stop = track.span
        written = _written(track, events)
        parts += [body[position : start - 4], len(written).to_bytes(4, "big"), written]
        position = stop
    if not parts:
        return data
    return _rewrapped(data, b"".join([*parts, body[position:]]))


def _unwrapped(data: bytes) -> bytes:
    """Return the MIDI file inside a RIFF wrapping (.rmi), or the data as they are."""
    if data[:4] == b"RIFF" and data[8:16] == b"RMIDdata":
        return data[20 : 20 + int.from_bytes(data[16:20], "little")]
    return data


def _rewrapped(data: bytes, body: bytes) -> bytes:
    """Put a MIDI file into the wrapping that the data have, if any."""
    if data[:4] != b"RIFF":
        return body
    size = int.from_bytes(data[16:20], "little")
    rest = data[20 + size + size % 2 :]  # chunks of odd size are padded
    length = len(body).to_bytes(4, "little")
    content = b"RMIDdata" + length + body + bytes(len(body) % 2) + rest
    return b"RIFF" + len(content).to_bytes(4, "little") + content


def _track(data: bytes, start: int, stop: int) -> Track:
    events: list[Event] = []
    tick, status, position = 0, 0, start
    while position < stop:
        delta, begin = _number(data, position)
        tick += delta
        first = data[begin]
        if data[begin : begin + 2] == _END:
            return Track(tuple(events), tick, data[begin:stop], (start, stop))
        if first in (_META, _SYSEX, _SYSEX_MORE):
            length, payload = _number(data, begin + (2 if first == _META else 1))
            position = payload + length
            events.append(Event(tick, data[begin:position]))
            continue
        runs = first < 0x80
        if not runs:
            status, begin = first, begin + 1
        position = begin + (1 if 0xC0 <= status < 0xE0 else 2)
        events.append(Event(tick, bytes([status]) + data[begin:position], runs))
    return Track(tuple(events), tick, b"", (start, stop))


def _written(track: Track, events: Sequence[Event]) -> bytes:
    """Return the bytes of a track's events, its end included."""
    body, now, status = bytearray(), 0, 0
    for event in events:
        body += _waiting(event.tick - now)
        # The status may run on only from the very event before, as the specification has it.
        body += event.message[event.runs and event.message[0] == status :]
        now, status = event.tick, event.message[0]
    if track.tail:
        body += _waiting(max(track.end, now) - now) + track.tail
    return bytes(body)


def _waiting(ticks: int) -> bytes:
    """Return a delta time; before one that no four bytes hold, empty texts that fill the time."""
    waiting = b""
    while ticks > _LONGEST_DELTA:
        waiting += b"\xff\xff\xff\x7f" + _EMPTY_TEXT
        ticks -= _LONGEST_DELTA
    digits = [ticks & 0x7F]
    while ticks := ticks >> 7:
        digits.append(0x80 | ticks & 0x7F)
    return waiting + bytes(reversed(digits))


def _number(data: bytes, position: int) -> tuple[int, int]:
    """Return a number of variable length, seven bits a byte, and the position behind it."""
    value = 0
    while data[position] >= 0x80:
        value = value << 7 | data[position] & 0x7F
        position += 1
    return value << 7 | data[position], position + 1
