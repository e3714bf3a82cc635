"""Soundfonts in tune: what symusic's synthesiser misses in them is written where it looks.

It ignores a zone's overriding root key (SoundFont 2.04, section 8.1.2, generator 58) and takes the
sample's own pitch, so that most instruments of most soundfonts play some semitones off, each zone
by others (https://github.com/Yikai-Liao/symusic/issues/55). Coarse tuning (generator 51) it does
not do in semitones. So a copy is made, for the user's cache and nobody else, in which every such
zone of an instrument has a header of its sample whose pitch is that root, less the tuning. The
tuning of whole presets stays as it plays it; what it has played of a sample for one preset it plays
again for another, so that a preset may sound with the tuning, mostly some cents, of one before it.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import struct
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from musecritic import __version__
from musecritic.errors import BadFile, BadInput
from musecritic.files import replacing

_TUNE, _SAMPLE, _ROOT_KEY = 51, 53, 58  # generators
_OWN = -1  # the root of a zone that keeps its sample's
_SAMPLES = 0xFFFF  # a sample's number has no sign
_FORMAT = 5  # of the copies; those of another are made again
_HEADER = 46  # bytes of a sample's header
_START, _ORIGINAL_PITCH = 20, 40  # their bytes in the header
_MIDDLE_C = 60


def in_tune(path: Path) -> Path:
    """Return a soundfont that symusic plays in tune: a copy in the user's cache, made once.

    The folder is ``$XDG_CACHE_HOME/musecritic``, or ``~/.cache/musecritic``; where it cannot be
    written, the system's for temporary files.

    Raises
    ------
    BadInput
        It is no soundfont.
    """
    found = path.stat()
    known = f"{__version__} {_FORMAT} {path.resolve()} {found.st_size} {found.st_mtime_ns}"
    name = f"{path.stem}-{hashlib.sha256(known.encode()).hexdigest()[:12]}{path.suffix}"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    # Others may write into the system's folder, so there only one's own file is trusted.
    shared = Path(tempfile.gettempdir()) / f"musecritic-{getpass.getuser()}"
    places = [cache / "musecritic" / name, shared / name]
    for copy in places:
        if copy.is_file() and (copy == places[0] or _is_mine(copy)):
            return copy
    try:
        data = tuned(path.read_bytes())
    except (struct.error, KeyError, IndexError, ValueError) as error:
        raise BadInput(f"{path} is no soundfont. Name an .sf2 file.") from error
    try:
        return _written(data, places[0])
    except BadFile:
        return _written(data, places[1])


def _is_mine(path: Path) -> bool:
    return not hasattr(os, "getuid") or path.stat().st_uid == os.getuid()


def _written(data: bytes, path: Path) -> Path:
    with replacing(path) as temporary:
        temporary.write_bytes(data)
    return path


def tuned(data: bytes) -> bytes:
    """Return the bytes of a soundfont in which samples' pitches are their zones' root keys."""
    if data[:4] != b"RIFF" or data[8:12] != b"sfbk":
        raise ValueError("no RIFF file of a soundfont")
    lists = [(body[:4], body[4:]) for name, body in _chunks(data[12:]) if name == b"LIST"]
    articles = dict(_chunks(dict(lists)[b"pdta"]))
    generators, headers = bytearray(articles[b"igen"]), articles[b"shdr"]
    last = headers[-_HEADER:]  # ends the list
    samples = [headers[i : i + _HEADER] for i in range(0, len(headers) - _HEADER, _HEADER)]
    number: dict[tuple[int, int], int] = {}  # of a sample at a root
    copies: Counter[int] = Counter()
    zones = [first for (first, _) in struct.iter_unpack("<HH", articles[b"ibag"])]
    begins = {bag for *_, bag in struct.iter_unpack("<20sH", articles[b"inst"])}
    for_all: dict[int, int] = {}
    for zone, (first, end) in enumerate(pairwise(zones)):
        at, own = 0, {}
        for i in range(first, end):
            kind, amount = struct.unpack_from("<Hh", generators, 4 * i)
            own[kind] = amount
            if kind == _SAMPLE:
                at = i
            elif kind == _TUNE:  # told by the header from here on
                struct.pack_into("<Hh", generators, 4 * i, _TUNE, 0)
        if zone in begins:  # the first of an instrument may speak for all its zones
            for_all = own if _SAMPLE not in own else {}
        if _SAMPLE not in own:
            continue
        told, sample = for_all | own, own[_SAMPLE] & _SAMPLES
        root = told.get(_ROOT_KEY, _OWN)
        if not 0 <= root <= 127:  # the sample's own pitch holds
            root = samples[sample][_ORIGINAL_PITCH]
            root = root if root <= 127 else _MIDDLE_C  # of what has no pitch
        root = min(max(root - told.get(_TUNE, 0), 0), 127)
        key = sample, root
        if root == samples[sample][_ORIGINAL_PITCH]:
            continue
        if key not in number:
            header = bytearray(samples[sample])
            header[_ORIGINAL_PITCH] = root
            # What was played is kept by where its sample starts: each copy starts elsewhere.
            copies[sample] += 1
            (start,) = struct.unpack_from("<I", header, _START)
            struct.pack_into("<I", header, _START, start + copies[sample])
            number[key] = len(samples)
            samples.append(bytes(header))
        struct.pack_into("<HH", generators, 4 * at, _SAMPLE, number[key])
    articles[b"igen"] = bytes(generators)
    articles[b"shdr"] = b"".join([*samples, last])
    pdta = b"".join(_chunk(name, body) for name, body in articles.items())
    body = b"".join(
        _chunk(b"LIST", name + (pdta if name == b"pdta" else rest)) for name, rest in lists
    )
    return _chunk(b"RIFF", b"sfbk" + body)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        yield name, data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
