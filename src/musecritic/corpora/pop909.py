"""POP909: 909 pop songs arranged for the piano (Wang et al., 2020; MIT)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from musecritic.corpora.corpus import Work
from musecritic.corpora.place import place

_SONGS = "[0-9][0-9][0-9]"


def works(root: Path) -> Iterator[Work]:
    """List the songs by number, their other versions left out.

    Parameters
    ----------
    root
        The folder of the folders ``001`` to ``909``, or its parent.
    """
    for song in sorted(base(root).glob(_SONGS)):
        yield Work(f"{song.name}/{song.name}.mid", origin="human", genre="pop")


def base(root: Path) -> Path:
    """Return the folder of the songs: `root`, or one in it."""
    return place(
        root,
        "pop909",
        lambda folder: any(folder.glob(f"{_SONGS}/*.mid")),
        "POP909's folders 001 to 909 are not here. Name the folder that holds them.",
    )
