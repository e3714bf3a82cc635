"""The tables that corpora come with, read line by line, and what is wrong with them said."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from musecritic.errors import BadFile

_REMEDY = "Fetch the table again, or save it as UTF-8 with commas or tabs as it had."


def lines(
    path: Path, needed: tuple[str, ...], *, tabs: bool = False, remedy: str = _REMEDY
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the number of each line of a table and its cells by column, blanks around them gone.

    Parameters
    ----------
    path
        UTF-8, the columns' names in its first line.
    needed
        Columns that it must have; cells that a short line lacks are empty.
    tabs
        Columns stand between tabs and quotes mean nothing; else between commas.
    remedy
        What the user can do about a table that cannot be read.

    Raises
    ------
    BadFile
        It is no such table: not in UTF-8, badly quoted, or without a needed column.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = (
                csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
                if tabs
                else csv.DictReader(file, strict=True)
            )
            missing = [name for name in needed if name not in (rows.fieldnames or ())]
            if missing:
                raise BadFile(path, f"it has no column {missing[0]!r}", remedy)
            for row in rows:
                yield rows.line_num, {k: (v or "").strip() for k, v in row.items() if k}
    except UnicodeDecodeError as error:
        raise BadFile(path, f"it is not in UTF-8 ({error.reason})", remedy) from error
    except csv.Error as error:
        raise BadFile(path, f"it is no table ({error})", remedy) from error
