"""What an upload is, told by its content; its name is never asked."""

from __future__ import annotations

import re

HEAD_BYTES = 65_536  # as much as `suffix_of` looks at; a score may begin with a long comment

_ABC = re.compile(rb"^X:\s*\d", re.MULTILINE)
_XML = re.compile(rb"<score-(partwise|timewise)\b")
_MPEG = re.compile(rb"\xff[\xfa\xfb\xf2\xf3\xe2\xe3]")  # the beginning of a frame of layer III
_TEXT = re.compile(r"[^\x00-\x08\x0e-\x1f]*")


def suffix_of(head: bytes) -> str | None:
    """Return the suffix by which the readers know a file, from its beginning.

    Returns
    -------
    str or None
        One of ``.mid``, ``.mxl``, ``.musicxml``, ``.abc``, ``.wav``, ``.flac``, ``.ogg`` and
        ``.mp3``; None for what is none of these.
    """
    if head.startswith(b"MThd") or (head.startswith(b"RIFF") and head[8:12] == b"RMID"):
        return ".mid"
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return ".wav"
    if head.startswith(b"PK\x03\x04"):
        return ".mxl"
    if head.startswith(b"fLaC"):
        return ".flac"
    if head.startswith(b"OggS"):
        return ".ogg"
    if head.startswith(b"ID3") or _MPEG.match(head):
        return ".mp3"
    return _of_text(head)


def _of_text(head: bytes) -> str | None:
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if head.startswith(mark):
            text = head[: len(head) // 2 * 2].decode(encoding, "replace").encode()
            return ".musicxml" if _XML.search(text) else None
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return ".musicxml" if _XML.search(head) else None
    if _ABC.search(head) and _TEXT.fullmatch(head.decode("latin-1")):
        return ".abc"
    return None
