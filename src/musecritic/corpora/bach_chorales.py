"""Bach's chorales as MusicXML, one file a chorale, named for its number in the BWV (music21)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from musecritic.corpora.corpus import Work
from musecritic.corpora.place import place

_COMPOSER = "Johann Sebastian Bach"


def works(root: Path) -> Iterator[Work]:
    """List the chorales by name.

    Parameters
    ----------
    root
        The folder of the ``bwv*.mxl`` files.
    """
    for path in sorted(base(root).glob("bwv*.mxl")):
        title = f"Chorale, BWV {path.stem.removeprefix('bwv')}"
        yield Work(path.name, _COMPOSER, title, origin="human", period="Baroque", genre="chorale")


def base(root: Path) -> Path:
    """Return the folder of the chorales: `root`, or one in it."""
    return place(
        root,
        "bach-chorales",
        lambda folder: any(folder.glob("bwv*.mxl")),
        "no bwv*.mxl is here. Name the folder of Bach's chorales; the Python package music21 has "
        "them in its corpus, under bach.",
    )
