"""MAESTRO v3.0.0: 1,276 live piano performances (Hawthorne et al., 2019; CC BY-NC-SA 4.0)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from musecritic.corpora.corpus import Work
from musecritic.corpora.download import Archive
from musecritic.corpora.place import place
from musecritic.corpora.table import lines

TABLE = "maestro-v3.0.0.csv"

ARCHIVE = Archive(
    url=(
        "https://storage.googleapis.com/magentadata/datasets/maestro/v3.0.0/maestro-v3.0.0-midi.zip"
    ),
    sha256="70470ee253295c8d2c71e6d9d4a815189e35c89624b76d22fce5a019d5dde12c",
    folder="maestro-v3.0.0",
)


def works(root: Path) -> Iterator[Work]:
    """List the performances named in MAESTRO's table, in its order.

    Parameters
    ----------
    root
        The folder that holds ``maestro-v3.0.0.csv`` and the folders 2004 to 2018, or its parent.

    Raises
    ------
    MissingCorpus
        The table is not there.
    BadFile
        It cannot be read.
    """
    columns = ("midi_filename", "canonical_composer", "canonical_title", "split")
    for _, row in lines(base(root) / TABLE, columns):
        path, composer, title, split = (row[name] for name in columns)
        yield Work(path, composer, title, split)


def base(root: Path) -> Path:
    """Return the folder that holds the table: `root`, or one in it."""
    return place(
        root,
        "maestro",
        lambda folder: (folder / TABLE).is_file(),
        f"MAESTRO's table {TABLE} is not here. Fetch {ARCHIVE.url} (58 MB, MIDI only), "
        f"unpack it, and give its folder with --root; or run "
        f"`musecritic prepare maestro --root DIR --download` where the network is.",
    )
