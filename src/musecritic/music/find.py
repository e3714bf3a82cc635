"""Find the files of music among files and folders."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from musecritic.errors import BadFile
from musecritic.music.read import SUFFIXES


def find_music(paths: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """Return the files of music that paths name.

    Parameters
    ----------
    paths
        Files and folders. A file is taken as it is, to be reported by `read` if it is missing or
        no music. A folder gives the files in it and below whose suffix is one of `SUFFIXES`, in
        order of their names; hidden files and folders are passed over, links to folders not
        followed.

    Returns
    -------
    list of Path
        In the order of `paths`, each file once.

    Raises
    ------
    BadFile
        A folder has no music in it.
    """
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        if not path.is_dir():
            found[path] = None
            continue
        inside = _below(path)
        if not inside:
            raise BadFile(
                path,
                "the folder has no music in it",
                f"Name one with files of these kinds: {' '.join(SUFFIXES)}.",
            )
        found.update(dict.fromkeys(inside))
    return list(found)


def _below(folder: Path) -> list[Path]:
    """Return the music in a folder and below it, sorted."""
    files: list[Path] = []
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files += [
            Path(here, name)
            for name in names
            if not name.startswith(".") and name.lower().endswith(SUFFIXES)
        ]
    return sorted(files)
