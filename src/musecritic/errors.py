"""What can go wrong, said so that the user knows what to do next.

Every error that musecritic raises on purpose is a `MuseCriticError`. Its message names the thing
at fault (most often a file), the cause, and the remedy.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


class MuseCriticError(Exception):
    """Anything musecritic reports to its user on purpose."""


class BadFile(MuseCriticError):
    """A file that cannot be used: unreadable, damaged, beyond a limit, or not to be written.

    Parameters
    ----------
    path
        The file at fault.
    cause
        What is wrong with it, as a phrase: "it has no notes".
    remedy
        What the user can do, as a sentence: "Export it again as MIDI."
    """

    def __init__(self, path: str | Path, cause: str, remedy: str) -> None:
        self.path, self.cause, self.remedy = Path(path), cause, remedy
        super().__init__(f"{path}: {cause}. {remedy}")

    def __reduce__(self) -> tuple[type[BadFile], tuple[str, str, str]]:
        # Exceptions cross process borders by pickling their `args`, which hold the message alone.
        return type(self), (str(self.path), self.cause, self.remedy)


class UnreadableFile(BadFile):
    """The file is missing, may not be opened, or is not what its name says."""


class NoNotes(BadFile):
    """The file is sound but holds no pitched note to judge."""


class OverLimit(BadFile):
    """The file is longer, larger or fuller than the limit in force."""


class CannotEdit(BadFile):
    """An edit that cannot be written into this file as it is; nothing is written instead of it."""


class Unexpected(BadFile):
    """An error that nobody foresaw, met at this file; it is `__cause__`."""


class NothingToDamage(MuseCriticError):
    """A corruption found no way to change this clip; returning it unchanged would be a lie."""


class UnknownName(MuseCriticError):
    """A name that stands in no registry; the message lists those that do."""

    def __init__(self, what: str, name: str, known: list[str]) -> None:
        super().__init__(f"there is no {what} named {name!r}. Known: {', '.join(sorted(known))}.")


class MissingCorpus(MuseCriticError):
    """A corpus is not where it was said to be; the message says what to fetch."""


class BadWeights(MuseCriticError):
    """A checkpoint is missing, damaged, or does not fit its network."""


class BadInput(MuseCriticError):
    """A value handed to a function or a command is outside its range."""


class Overflows(BadInput):
    """The synthesiser's sound grows beyond all bounds."""


class MissingExtra(MuseCriticError):
    """An optional part of the package is not installed; the message says how to add it."""


@dataclass(frozen=True)
class Failure:
    """A file of a batch that could not be judged, and why."""

    path: Path
    error: MuseCriticError

    def record(self) -> dict[str, Any]:
        """Return the error record; the keys are a contract."""
        return {
            "path": str(self.path),
            "error": {"type": type(self.error).__name__, "message": str(self.error)},
        }


def told_of(item: Any) -> str:
    """Return a path as it is, and anything else in as few words as name it."""
    return str(item) if isinstance(item, (str, Path)) else repr(item)[:80]


def unexpected(item: Any, error: Exception) -> Unexpected:
    """Say of an error that nobody foresaw which piece it came from."""
    told = Unexpected(
        told_of(item),
        f"it could not be judged ({type(error).__name__}: {error})",
        "This should not happen; please report it with the file.",
    )
    told.__cause__ = error
    return told
