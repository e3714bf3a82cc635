"""Bach's chorales as MusicXML, one file a chorale, named for its number in the BWV (music21)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from musecritic.corpora.corpus import Work
from musecritic.corpora.place import place

_SINGLE = (250, 438)
_COMPOSER = "Johann Sebastian Bach"


def works(root: Path) -> Iterator[Work]:
    """List the chorales by name; the few other works that stand among them are left out.

    Parameters
    ----------
    root
        The folder of the ``bwv*.mxl`` files.
    """
    for path in sorted(base(root).glob("bwv*.mxl")):
        number = path.stem.removeprefix("bwv")
        # A movement of a cantata or Passion has a point; BWV 250 to 438 are single chorales.
        if number.isdigit() and not _SINGLE[0] <= int(number) <= _SINGLE[1]:
            continue
        title = f"Chorale, BWV {number}"
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
