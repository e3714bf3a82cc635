"""Find the files of music among files and folders."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from musecritic.errors import BadFile, Failure, MuseCriticError
from musecritic.music.read import SUFFIXES


def find_music(
    paths: Iterable[str | os.PathLike[str]], suffixes: tuple[str, ...] = SUFFIXES
) -> list[Path]:
    """Return the files of music that paths name.

    Parameters
    ----------
    paths
        Files and folders. A file is taken as it is, to be reported by `read` if it is missing or
        no music. A folder gives the files in it and below that end in one of `suffixes`, in order
        of their names; hidden files and folders are passed over, links to folders not followed.
    suffixes
        In lower case; those of notes if not given.

    Returns
    -------
    list of Path
        In the order of `paths`, each file once.

    Raises
    ------
    BadFile
        A folder has no music in it.
    """
    return list(
        dict.fromkeys(file for path in paths for file, _ in find_below(Path(path), suffixes))
    )


def gather(
    paths: Iterable[str | os.PathLike[str]], suffixes: tuple[str, ...] = SUFFIXES
) -> dict[Path, Path | Failure]:
    """Return what `find_music` finds, each file under its own name, in the order of `paths`.

    A folder that has none stands there with its failure.
    """
    found: dict[Path, Path | Failure] = {}
    for path in paths:
        try:
            found.update({file: file for file in find_music([path], suffixes)})
        except MuseCriticError as error:
            found[Path(path)] = Failure(Path(path), error)
    return found


def find_below(path: Path, suffixes: tuple[str, ...] = SUFFIXES) -> list[tuple[Path, Path]]:
    """Return the music that one path names, each file with its place within the folder.

    A file's place is its name alone. See `find_music` for what is found and raised.
    """
    if not path.is_dir():
        return [(path, Path(path.name))]
    files = _below(path, suffixes)
    if not files:
        raise BadFile(
            path,
            "the folder has no music in it",
            f"Name one with files of these kinds: {' '.join(suffixes)}.",
        )
    return [(file, file.relative_to(path)) for file in files]


def _below(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """Return the music in a folder and below it, sorted."""
    files: list[Path] = []
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files += [
            Path(here, name)
            for name in names
            if not name.startswith(".") and name.lower().endswith(suffixes)
        ]
    return sorted(files)
