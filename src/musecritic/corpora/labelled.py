"""A folder of files with a table of labels beside them, for corpora that have no module here."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from musecritic.corpora.corpus import ORIGINS, Work
from musecritic.errors import BadFile, MissingCorpus

TABLE = "labels.csv"

_COLUMNS = tuple(field.name for field in fields(Work))
_REMEDY = f"Its columns are path and any of {', '.join(_COLUMNS[1:])}; origin is human or ai."


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
        The table has no path in a line, a column that is no field of `Work`, or an origin that
        is none.
    """
    table = base(root) / TABLE
    with table.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file, strict=True)
        unknown = [name for name in rows.fieldnames or () if name not in _COLUMNS]
        if unknown:
            raise BadFile(table, f"it has a column {unknown[0]!r}", _REMEDY)
        for number, cells in enumerate(rows, start=2):
            row = {name: (value or "").strip() for name, value in cells.items() if name}
            if not row.get("path"):
                raise BadFile(table, f"line {number} names no path", _REMEDY)
            if row.get("origin", "") not in ("", *ORIGINS):
                raise BadFile(table, f"line {number} has the origin {row['origin']!r}", _REMEDY)
            instruments = row.pop("instruments", "").split(";")
            yield Work(**row, instruments=tuple(i.strip() for i in instruments if i.strip()))


def base(root: Path) -> Path:
    """Return `root`, or say that it has no table."""
    if not (root / TABLE).is_file():
        raise MissingCorpus(f"{root}: there is no {TABLE} here. {_REMEDY}")
    return root
