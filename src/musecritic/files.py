"""Writing files so that a reader finds a whole one or none."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from musecritic.errors import BadFile


def must_be_writable(path: str | Path) -> None:
    """Raise `BadFile` where a file could not be written; before long work, not after it.

    No folder is made for the trial: what is asked is whether the nearest one that there is can be
    written into.
    """
    path = Path(path)
    if path.is_dir():
        raise BadFile(path, "it is a folder", "Name a file.")
    nearest = next(folder for folder in path.absolute().parents if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        cause = f"it cannot be written ({error.strerror or error})"
        raise BadFile(path, cause, "Name another place.") from error


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; put it in place at the end, or remove it on error.

    The folder is made if it is missing. The temporary name keeps the suffix, because writers
    such as Matplotlib choose their format by it.

    Raises
    ------
    BadFile
        The file cannot be written there.
    """
    path = Path(path)
    try:
        with _replacing(path) as temporary:
            yield temporary
    except OSError as error:
        cause = f"it cannot be written ({error.strerror or error})"
        raise BadFile(path, cause, "Name another place.") from error


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes private files; the finished one gets the rights any new file would.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
