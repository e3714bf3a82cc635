"""OpenScore: songs with piano, and string quartets, as MusicXML (CC0)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from musecritic.corpora.composers import BORN, one_name, period
from musecritic.corpora.corpus import Work
from musecritic.corpora.place import place
from musecritic.corpora.table import lines

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
            # A score that lies higher than its composer's and its own folder is nobody's.
            above = path.relative_to(scores).parts[:-1]
            composer = one_name(above[0]) if above else ""
            title = above[-1] if len(above) > 1 else ""
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
    rows = lines(table, ("path", "born"), tabs=True) if table.is_file() else ()
    return {one_name(row["path"]): int(row["born"]) for _, row in rows if row["born"].isdigit()}


def base(root: Path) -> Path:
    """Return the folder of both corpora: `root`, or one in it."""
    return place(
        root,
        "openscore",
        lambda folder: any((folder / name / "scores").is_dir() for name in GENRES),
        f"OpenScore's folders {' and '.join(GENRES)} are not here. Name the folder that holds one "
        "of them.",
    )
