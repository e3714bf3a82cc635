"""Where a command that changes files writes each of them, the originals kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from musecritic.cli import options
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
                for file, inside in find_below(path):
                    self.found.setdefault(file, inside)
            except MuseCriticError as error:
                self.found[path] = Failure(path, error)
        self._originals = {file.resolve() for file in self.found}
        places = (place for place in self.found.values() if isinstance(place, Path))
        self._n_named = Counter(place.with_suffix("") for place in places)
        self._taken: set[Path] = set()

        folders = [path if path.is_dir() else path.parent for path in paths]
        self._folders = [folder.resolve() for folder in folders]

    def check(self, suffixes: tuple[str, ...]) -> None:
        """Say before the work begins that its results could not be written so.

        Raises
        ------
        click.UsageError
            One file's name for several, a folder that holds the originals, or none of `suffixes`.
        BadFile
            Nothing can be written there.
        """
        if self._one:
            options.to_write(self._out, suffixes)
            return
        if self._out.suffix.lower() in suffixes:
            raise click.UsageError(
                f"{self._out} is one file's name; name a folder for several with -o."
            )
        if self._out.resolve() in self._folders:
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
            shares = self._n_named[inside.with_suffix("")] > 1 and file.suffix.lower() != suffix
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
