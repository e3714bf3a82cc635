"""Check the bytes of a Standard MIDI File before a native library parses them.

symusic reads a performance in half a millisecond, but it trusts the file: a pitch above 127 or a
chunk that is not where its length says can end the whole process. So every chunk and every event
is checked here, by a regular expression over each stretch of channel events, at 60 MB a second,
and the library is given a file made anew of nothing but sound tracks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np

from musecritic.errors import OverLimit, UnreadableFile
from musecritic.music.limits import MOST_META_EVENTS, MOST_PARTS, refuse_more

_REMEDY = "Export it again as a Standard MIDI File."

_DELTA = rb"[\x80-\xff]{0,3}[\x00-\x7f]"
_DATA = rb"[\x00-\x7f]"


def _channel_events(pattern: bytes) -> re.Pattern[bytes]:
    """Compile a pattern in which D stands for a delta time and X for a data byte."""
    return re.compile(pattern.replace(b"D", _DELTA).replace(b"X", _DATA))


# Rows of channel events, with running status. Bounded, so that matching takes little memory. The
# groups hold the row's last status of two data bytes and of one.
_EVENTS = _channel_events(
    rb"(?:D(?:([\x80-\xbf\xe0-\xef])XX(?:DXX){0,99}|([\xc0-\xdf])X(?:DX){0,99})){1,999}"
)
# The same, going on under a status that stands further up, by how many data bytes that takes.
_RUNNING = {1: _channel_events(rb"(?:DX){1,999}"), 2: _channel_events(rb"(?:DXX){1,999}")}
_VARIABLE_LENGTH = re.compile(_DELTA)

_META, _SYSEX, _SYSEX_MORE = 0xFF, 0xF0, 0xF7
_NAME, _END, _TEMPO, _TIME, _KEY = 0x03, 0x2F, 0x51, 0x58, 0x59
_META_LENGTH = {_TEMPO: 3, _TIME: 4, _KEY: 2}

# symusic counts ticks in 32 bits with a sign; beyond that they would turn negative in silence.
_MOST_TICKS = 2**31


@dataclass(frozen=True)
class SoundFile:
    """A MIDI file that may be parsed.

    Attributes
    ----------
    data
        The file made anew: its header and its tracks, each with an end, and nothing else.
    title
        The name of a first track that plays nothing, which is the name of the whole, else None.
    ticks_per_second
        Where the file counts in frames of film (SMPTE) and tempi mean nothing, else None.
    """

    data: bytes
    title: str | None
    ticks_per_second: float | None


def check_midi(data: bytes, path: Path) -> SoundFile:
    """Check a MIDI file and return what may be parsed of it.

    Raises
    ------
    UnreadableFile
        It is no MIDI file, is cut off, or has a byte where none of its kind may stand.
    OverLimit
        Its delta times add up to more ticks than can be counted.
    """
    data = _out_of_riff(data)
    if data[:4] != b"MThd":
        raise UnreadableFile(path, "it does not begin as a MIDI file does", _REMEDY)
    header_end = 8 + int.from_bytes(data[4:8], "big")
    if header_end < 14 or len(data) < header_end:
        raise UnreadableFile(path, "its header is cut off", _REMEDY)
    form, claimed, division = (int.from_bytes(data[i : i + 2], "big") for i in (8, 10, 12))
    if form > 2:
        raise UnreadableFile(path, f"it claims MIDI format {form}, which does not exist", _REMEDY)

    chunks = _chunks(data, header_end, claimed, path)
    refuse_more(len(chunks), MOST_PARTS, "tracks", path)
    tracks: list[bytes] = []
    title = None
    for start, end in chunks:
        track = _Track(data, start, end, len(tracks) + 1, path)
        if not tracks and not track.plays:
            title = track.name or None
        # The end of track is written anew: some files lack it, others go on behind it.
        body = data[start : track.end] + b"\x00\xff\x2f\x00"
        tracks.append(b"MTrk" + len(body).to_bytes(4, "big") + body)

    ticks_per_second = None
    if division & 0x8000:
        frames, per_frame = 256 - (division >> 8), division & 0xFF
        ticks_per_second = (30_000 / 1001 if frames == 29 else float(frames)) * per_frame
        division = 480  # any: tempi are not applied
    if not division or ticks_per_second == 0:
        raise UnreadableFile(path, "its header gives no length to a tick", _REMEDY)
    # Format 2, rare, holds patterns that its player orders; they are overlaid like tracks.
    header = (6, 4), (min(form, 1), 2), (len(tracks), 2), (division, 2)
    head = b"MThd" + b"".join(value.to_bytes(size, "big") for value, size in header)
    return SoundFile(head + b"".join(tracks), title, ticks_per_second)


def _out_of_riff(data: bytes) -> bytes:
    """Return the MIDI file inside a RIFF wrapping (.rmi), or the data as they are."""
    if data[:4] == b"RIFF" and data[8:16] == b"RMIDdata":
        return data[20 : 20 + int.from_bytes(data[16:20], "little")]
    return data


def _chunks(data: bytes, start: int, claimed: int, path: Path) -> list[tuple[int, int]]:
    """Return start and end of every track's events; other chunks are passed over."""
    tracks: list[tuple[int, int]] = []
    while start < len(data):
        kind, begin = data[start : start + 4], start + 8
        end = begin + int.from_bytes(data[start + 4 : begin], "big")
        if begin > len(data) or end > len(data):
            if len(tracks) >= claimed:
                break  # bytes left behind the last track harm nobody
            raise UnreadableFile(path, f"it is cut off in track {len(tracks) + 1}", _REMEDY)
        if kind == b"MTrk":
            tracks.append((begin, end))
        start = end
    if len(tracks) < claimed:
        raise UnreadableFile(
            path, f"its header claims {claimed:,} tracks, but it holds {len(tracks):,}", _REMEDY
        )
    return tracks


class _Track:
    """A track's events, checked.

    Attributes
    ----------
    end
        Where its events end in the data, the end-of-track event left out.
    plays
        Whether it has a channel event.
    name
        Its first name, "" without.
    """

    def __init__(self, data: bytes, start: int, stop: int, number: int, path: Path) -> None:
        self._data, self._stop = data, stop
        self._number, self._path = number, path
        self.plays, self.name = False, ""
        self._n_meta = 0
        self.end = self._check(start)
        if _ticks_at_most(data[start : self.end]) >= _MOST_TICKS:
            self._count_ticks(start)

    def _check(self, position: int) -> int:
        data, stop = self._data, self._stop
        n_data: int | None = None  # of the event whose status may run on
        while position < stop:
            if events := _EVENTS.match(data, position, stop):
                self.plays, position = True, events.end()
                n_data = 2 if events.start(1) > events.start(2) else 1
                continue
            status = self._after_number(position)
            if status >= stop:
                self._damaged("is cut off")
            if data[status] < 0x80 and n_data:
                running = _RUNNING[n_data].match(data, position, stop)
                if running is None:
                    self._damaged("is cut off")
                position = running.end()
            elif data[status] == _META:
                self._n_meta += 1
                refuse_more(self._n_meta, MOST_META_EVENTS, "meta events in a track", self._path)
                body = self._after_number(status + 2)
                kind = data[status + 1]
                if kind == _END:
                    return position
                position = self._payload_end(status + 2)
                self._check_meta(kind, data[body:position])
            elif data[status] in (_SYSEX, _SYSEX_MORE):
                # A system message ends running status, and symusic would take it for a status.
                position, n_data = self._payload_end(status + 1), None
            else:
                self._damaged(f"has the byte {data[status]:#04x} where an event should begin")
        return stop

    def _check_meta(self, kind: int, payload: bytes) -> None:
        if kind in _META_LENGTH and len(payload) != _META_LENGTH[kind]:
            self._damaged("has a malformed tempo, meter or key")
        if kind == _TEMPO and not any(payload):
            self._damaged("sets a tempo at which no time passes")
        if kind == _NAME and not self.name:
            self.name = payload.decode("utf-8", "replace").strip("\x00 \r\n\t")

    def _after_number(self, position: int) -> int:
        """Return the position behind a number of variable length."""
        number = _VARIABLE_LENGTH.match(self._data, position, self._stop)
        if number is None:
            self._damaged("is cut off or has a number longer than four bytes")
        return number.end()

    def _payload_end(self, position: int) -> int:
        """Return the end of a payload that a number of variable length announces."""
        begin = self._after_number(position)
        end = begin + _number(self._data[position:begin])
        if end > self._stop:
            self._damaged("is cut off")
        return end

    def _count_ticks(self, position: int) -> None:
        """Add up the delta times event by event: exact, and slow."""
        data, ticks, n_data = self._data, 0, 0
        while position < self.end:
            delta = 0
            while data[position] >= 0x80:
                delta = delta << 7 | data[position] & 0x7F
                position += 1
            ticks += delta << 7 | data[position]
            status = data[position + 1]
            if status in (_META, _SYSEX, _SYSEX_MORE):
                position = self._payload_end(position + (3 if status == _META else 2))
            elif status >= 0x80:
                n_data = 1 if 0xC0 <= status < 0xE0 else 2
                position += 2 + n_data
            else:
                position += 1 + n_data
        if ticks >= _MOST_TICKS:
            raise OverLimit(
                self._path,
                f"the delta times of track {self._number} add up to {ticks:,} ticks",
                _REMEDY,
            )

    def _damaged(self, what: str) -> NoReturn:
        raise UnreadableFile(self._path, f"it is damaged: track {self._number} {what}", _REMEDY)


def _number(digits: bytes) -> int:
    """Return the value of a number of variable length, seven bits a byte."""
    value = 0
    for digit in digits:
        value = value << 7 | digit & 0x7F
    return value


def _ticks_at_most(track: bytes) -> int:
    """Return a bound on the ticks of a track, from how many delta times can have which length.

    In a track only status bytes, delta times and texts have bytes above 127, so that a row of n
    of them begins at most one delta time of n + 1 bytes.
    """
    high = np.frombuffer(track, dtype=np.uint8) >= 0x80
    ticks = len(track) << 7
    for n in range(1, min(4, len(high))):
        row = ~high[n:]
        for k in range(n):
            row &= high[k : len(high) - n + k]
        ticks += int(np.count_nonzero(row)) << 7 * (n + 1)
    return ticks
