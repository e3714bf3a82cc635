"""Packed MusicXML (.mxl): a zip archive with one score in it."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from xml.parsers import expat

from musecritic.errors import UnreadableFile
from musecritic.music.limits import Limits

#: How a zip archive begins.
PACKED = b"PK"

_REMEDY = "Export it again as MusicXML."
_CONTAINER = "META-INF/container.xml"
# A container names one or two files; what is larger is none.
_CONTAINER_BYTES = 100_000
# The two that the format has. Others may take more memory to unpack than the file is long.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def unpack(data: bytes, path: Path, limits: Limits) -> bytes:
    """Return the score in a packed MusicXML file.

    Raises
    ------
    UnreadableFile
        It is no sound archive, or holds no score.
    OverLimit
        It unpacks to more than the limit.
    """
    with _opened(data, path) as archive:
        return _member(archive, _score_name(archive), path, limits)


def packed(score: bytes) -> bytes:
    """Return a packed MusicXML file with a score in it."""
    container = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<container><rootfiles>'
        '<rootfile full-path="score.musicxml"/></rootfiles></container>\n'
    )
    return _archive([(_named(_CONTAINER), container.encode()), (_named("score.musicxml"), score)])


def repacked(data: bytes, score: bytes, path: Path, limits: Limits) -> bytes:
    """Return a packed MusicXML file with another score in the place of its own.

    All else in the archive stays: names, their order, dates and contents. Raises as `unpack`.
    """
    with _opened(data, path) as archive:
        name = _score_name(archive)
        members, left = [], limits.max_bytes
        for info in archive.NameToInfo.values():  # where a name comes twice, the later counts
            content = score
            if info.filename != name:
                content = _member(archive, info.filename, path, replace(limits, max_bytes=left))
                left -= len(content)  # the limit holds for all of them together
            members.append((_named(info.filename, info), content))
    return _archive(members)


def _named(name: str, like: zipfile.ZipInfo | None = None) -> zipfile.ZipInfo:
    """Return a new entry of an archive, with what an old one says of the same file."""
    made = zipfile.ZipInfo(name)
    made.compress_type = zipfile.ZIP_DEFLATED
    if like is not None:
        made.date_time, made.compress_type = like.date_time, like.compress_type
        made.comment, made.external_attr = like.comment, like.external_attr
    return made


def _archive(members: list[tuple[zipfile.ZipInfo, bytes]]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for info, content in members:
            archive.writestr(info, content)
    return file.getvalue()


def _member(archive: zipfile.ZipFile, name: str, path: Path, limits: Limits) -> bytes:
    """Unpack one file of an archive."""
    member = archive.getinfo(name)
    if member.compress_type not in _METHODS:
        raise UnreadableFile(path, "it is packed in a way MusicXML does not use", _REMEDY)
    limits.check_bytes(member.file_size, path, "it unpacks to")
    # The size in the directory may be a lie, so no more than the limit is unpacked.
    with archive.open(member) as file:
        unpacked = file.read(limits.max_bytes + 1)
    limits.check_bytes(len(unpacked), path, "it unpacks to")
    return unpacked


@contextmanager
def _opened(data: bytes, path: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive, and say of whatever goes wrong in it that the file is not sound."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield archive
    except (
        zipfile.BadZipFile,
        zlib.error,
        expat.ExpatError,
        EOFError,
        KeyError,
        NotImplementedError,
        OSError,
        RuntimeError,  # a password is wanted
        ValueError,
    ) as error:
        raise UnreadableFile(path, f"it is not a sound .mxl archive ({error})", _REMEDY) from error


def _score_name(archive: zipfile.ZipFile) -> str:
    """Return the name of the score: the container's, or else the first that may be one."""
    names = archive.namelist()
    if _CONTAINER in names and archive.getinfo(_CONTAINER).compress_type in _METHODS:
        with archive.open(_CONTAINER) as container:
            named = _first_rootfile(container.read(_CONTAINER_BYTES))
        if named in names:
            return named
    for name in names:
        if name.lower().endswith((".musicxml", ".xml")) and not name.startswith("META-INF/"):
            return name
    raise KeyError("no score in it")


def _first_rootfile(container: bytes) -> str:
    """Return the path of the first file that a container names, "" without."""
    found: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rsplit(":", 1)[-1] == "rootfile":
            found.append(attributes.get("full-path", ""))

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.Parse(container, True)
    return found[0] if found else ""
