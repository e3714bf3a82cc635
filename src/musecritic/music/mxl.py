"""Packed MusicXML (.mxl): a zip archive with one score in it."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path
from xml.parsers import expat

from musecritic.errors import UnreadableFile
from musecritic.music.limits import Limits

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
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            member = archive.getinfo(_score_name(archive))
            if member.compress_type not in _METHODS:
                raise UnreadableFile(path, "it is packed in a way MusicXML does not use", _REMEDY)
            limits.check_bytes(member.file_size, path, "it unpacks to")
            # The size in the directory may be a lie, so no more than the limit is unpacked.
            with archive.open(member) as score:
                unpacked = score.read(limits.max_bytes + 1)
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
    limits.check_bytes(len(unpacked), path, "it unpacks to")
    return unpacked


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
