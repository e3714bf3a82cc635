"""Where a command that changes files writes each of them, the originals kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from musecritic.errors import BadInput, Failure, MuseCriticError
from musecritic.music.find import find_below


class Targets:
    """The files of some paths, and where each is written.

    Parameters
    ----------
    paths
        Files and folders.
    out
        A file's name where `paths` is one file, else a folder, in which the folders' shape is kept.
    suffix_of
        The suffix that a file is written with.

    Attributes
    ----------
    found
        Each file once, with its place below `out`, or why there is none.
    """

    def __init__(self, paths: Sequence[Path], out: Path, suffix_of: Callable[[Path], str]) -> None:
        self._out, self._suffix_of = out, suffix_of
        self._one = len(paths) == 1 and not paths[0].is_dir()
        self.found: dict[Path, Path | Failure] = {}
        for path in paths:
            try:
                below = [(file, inside) for file, inside in find_below(path)]
                self.found.update((f, inside) for f, inside in below if f not in self.found)
            except MuseCriticError as error:
                self.found[path] = Failure(path, error)
        self._originals = {file.resolve() for file in self.found}
        self._taken: set[Path] = set()

    def check(self, paths: Sequence[Path], suffixes: tuple[str, ...]) -> None:
        """Say before the work begins that its results could not be written so.

        Raises
        ------
        click.UsageError
            One file's name for several, or a folder that holds the originals.
        """
        if self._one:
            return
        if self._out.suffix.lower() in suffixes:
            raise click.UsageError(f"{self._out} is one file's name; name a folder with -o.")
        folders = [path if path.is_dir() else path.parent for path in paths]
        if any(self._out.resolve() == folder.resolve() for folder in folders):
            raise click.UsageError(
                f"the originals are in {self._out}; name another folder with -o."
            )

    def of(self, file: Path, inside: Path) -> Path:
        """Return where a file is written.

        Raises
        ------
        BadInput
            There an original lies, or what another file became.
        """
        target = self._out
        if not self._one:
            suffix = self._suffix_of(file)
            others = [
                place
                for place in self.found.values()
                if isinstance(place, Path) and place.with_suffix("") == inside.with_suffix("")
            ]
            shares = len(others) > 1 and file.suffix.lower() != suffix
            name = f"{file.stem}-{file.suffix[1:]}" if shares else file.stem
            target = self._out / inside.with_name(name + suffix)
        if target in self._taken:
            raise BadInput(f"{file}: {target} is already another file's; rename one.")
        if target.resolve() in self._originals:
            raise BadInput(f"{target} is an original; name another place with -o.")
        return target

    def took(self, target: Path) -> None:
        """Remember that a file was written there."""
        self._taken.add(target)
