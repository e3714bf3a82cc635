"""A folder of files with a table of labels beside them, for corpora that have no module here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from musecritic.corpora.corpus import ORIGINS, Work
from musecritic.corpora.table import lines
from musecritic.errors import BadFile, MissingCorpus

TABLE = "labels.csv"

_COLUMNS = tuple(field.name for field in fields(Work))
_KNOWN = {"origin": ORIGINS, "split": ("train", "validation", "test")}
_REMEDY = (
    f"It is in UTF-8, each file in one line; its columns are path and any of "
    f"{', '.join(_COLUMNS[1:])}; origin is human or ai, split train, validation or test."
)


def works(root: Path) -> Iterator[Work]:
    """List the files named in ``labels.csv``, in its order.

    Parameters
    ----------
    root
        The folder that holds ``labels.csv``: one line a file, ``path`` relative to the folder,
        and any of the other fields of `Work` as columns; several instruments stand in one cell,
        between semicolons.

    Raises
    ------
    BadFile
        The table is not in UTF-8 or badly quoted, has no path in a line or one twice, a column
        that is no field of `Work`, or an origin or split that is none.
    """
    table = base(root) / TABLE
    seen: set[str] = set()
    for number, row in lines(table, ("path",), remedy=_REMEDY):
        unknown = [name for name in row if name not in _COLUMNS]
        if unknown:
            raise BadFile(table, f"it has a column {unknown[0]!r}", _REMEDY)
        if not row["path"]:
            raise BadFile(table, f"line {number} names no path", _REMEDY)
        if row["path"] in seen:
            raise BadFile(table, f"line {number} names {row['path']!r} again", _REMEDY)
        for name, known in _KNOWN.items():
            if row.get(name, "") not in ("", *known):
                raise BadFile(table, f"line {number} has the {name} {row[name]!r}", _REMEDY)
        seen.add(row["path"])
        instruments = row.pop("instruments", "").split(";")
        yield Work(**row, instruments=tuple(i.strip() for i in instruments if i.strip()))


def base(root: Path) -> Path:
    """Return `root`, or say that it has no table."""
    if not (root / TABLE).is_file():
        raise MissingCorpus(f"{root}: there is no {TABLE} here. {_REMEDY}")
    return root
