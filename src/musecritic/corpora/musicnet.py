"""MusicNet's MIDI files: 330 movements of chamber and piano music (Thickstun et al., 2017)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from musecritic.corpora.composers import BORN, SURNAMES, period
from musecritic.corpora.corpus import Work
from musecritic.corpora.place import place
from musecritic.corpora.table import lines

TABLE = "musicnet_metadata.csv"
FILES = "musicnet_midis"

_GENRES = {"Solo Piano": "keyboard", "String Quartet": "quartet"}


def works(root: Path) -> Iterator[Work]:
    """List the movements named in MusicNet's table, in its order.

    Movements of one composition have one title, which is what a split goes by.

    Parameters
    ----------
    root
        The folder that holds ``musicnet_metadata.csv`` and ``musicnet_midis``.

    Raises
    ------
    MissingCorpus
        They are not there.
    BadFile
        The table cannot be read.
    """
    folder = base(root)
    files = {path.name.split("_")[0]: path for path in sorted((folder / FILES).rglob("*.mid"))}
    columns = ("id", "composer", "composition", "catalog_name", "ensemble")
    for _, row in lines(folder / TABLE, columns):
        if row["id"] not in files:
            continue
        composer = SURNAMES.get(row["composer"], row["composer"])
        number = row["catalog_name"]  # a bare one is in no catalogue that others use
        title = row["composition"] + ("" if number.isdigit() else f", {number}")
        yield Work(
            files[row["id"]].relative_to(folder).as_posix(),
            composer,
            title,
            origin="human",
            period=period(BORN.get(composer)),
            genre=_GENRES.get(row["ensemble"], "chamber"),
        )


def base(root: Path) -> Path:
    """Return the folder of the table: `root`, or one in it."""
    return place(
        root,
        "musicnet",
        lambda folder: (folder / TABLE).is_file() and (folder / FILES).is_dir(),
        f"MusicNet's {TABLE} and its folder {FILES} are not here. Name the folder that holds both.",
    )
