"""OpenScore: songs with piano, and string quartets, as MusicXML (CC0)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from musecritic.corpora.composers import BORN, one_name, period
from musecritic.corpora.corpus import Work
from musecritic.corpora.place import place

#: The two corpora, and the genre of each.
GENRES = {"lieder": "song", "string-quartets": "quartet"}


def works(root: Path) -> Iterator[Work]:
    """List the scores of the songs, then of the quartets, by path.

    Parameters
    ----------
    root
        The folder that holds ``lieder`` or ``string-quartets`` or both, each with ``data`` and
        ``scores``.
    """
    folder = base(root)
    for name, genre in GENRES.items():
        scores = folder / name / "scores"
        if not scores.is_dir():
            continue
        born = _born(folder / name / "data" / "composers.tsv")
        for path in sorted(scores.rglob("*.mxl")):
            composer, *_, title = path.relative_to(scores).parts[:-1] or ("", "")
            composer = one_name(composer)
            yield Work(
                path.relative_to(folder).as_posix(),
                composer,
                title.replace("_", " "),
                origin="human",
                period=period(born.get(composer) or BORN.get(composer)),
                genre=genre,
            )


def _born(table: Path) -> dict[str, int]:
    """Return the year of birth of each composer that the table has one of."""
    with table.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {
            one_name(row["path"]): int(row["born"]) for row in rows if (row["born"] or "").isdigit()
        }


def base(root: Path) -> Path:
    """Return the folder of both corpora: `root`, or one in it."""
    return place(
        root,
        "openscore",
        lambda folder: any((folder / name / "scores").is_dir() for name in GENRES),
        f"OpenScore's folders {' and '.join(GENRES)} are not here. Name the folder that holds one "
        "of them.",
    )
