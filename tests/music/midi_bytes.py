"""MIDI files by hand, byte by byte, right and wrong ones."""

from __future__ import annotations

END = (0, b"\xff\x2f\x00")


def number(value: int) -> bytes:
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(0x80 | value & 0x7F)
    return bytes(reversed(digits))


def chunk(body: bytes) -> bytes:
    return b"MTrk" + len(body).to_bytes(4, "big") + body


def track(*events: tuple[int, bytes]) -> bytes:
    """A track of events, each with the ticks since the one before."""
    return chunk(b"".join(number(delta) + message for delta, message in (*events, END)))


def midi(*tracks: bytes, form: int = 1, division: int = 480, claimed: int | None = None) -> bytes:
    n_tracks = len(tracks) if claimed is None else claimed
    head = (6).to_bytes(4, "big") + b"".join(
        value.to_bytes(2, "big") for value in (form, n_tracks, division)
    )
    return b"MThd" + head + b"".join(tracks)


def on(pitch: int, velocity: int = 64, channel: int = 0) -> bytes:
    return bytes([0x90 | channel, pitch, velocity])


def off(pitch: int, channel: int = 0) -> bytes:
    return bytes([0x80 | channel, pitch, 0])


def tempo(qpm: float) -> bytes:
    return b"\xff\x51\x03" + round(60e6 / qpm).to_bytes(3, "big")


def pedal(value: int, channel: int = 0) -> bytes:
    return bytes([0xB0 | channel, 64, value])


def name(text: str) -> bytes:
    encoded = text.encode()
    return b"\xff\x03" + number(len(encoded)) + encoded
