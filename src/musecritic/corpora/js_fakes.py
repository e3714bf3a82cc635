"""JS Fakes: 1,200 four-part chorales composed by KS_Chorus (Peracha; CC BY 4.0)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from musecritic.corpora.corpus import Work
from musecritic.corpora.place import place

_FOLDERS = ("midi", "extended")  # 500, and 700 more
_MANNER = "Johann Sebastian Bach"


def works(root: Path) -> Iterator[Work]:
    """List the pieces of both parts by number.

    Parameters
    ----------
    root
        The folder that holds ``midi`` and ``extended``.
    """
    for folder in _FOLDERS:
        for path in sorted((base(root) / folder).glob("*.mid"), key=lambda p: (len(p.name), p)):
            yield Work(
                f"{folder}/{path.name}",
                _MANNER,
                origin="ai",
                generator="KS_Chorus",
                period="Baroque",
                genre="chorale",
            )


def base(root: Path) -> Path:
    """Return the folder of both parts: `root`, or one in it."""
    return place(
        root,
        "js-fakes",
        lambda folder: all(any((folder / name).glob("*.mid")) for name in _FOLDERS),
        f"JS Fakes' folders {' and '.join(_FOLDERS)} are not here. Name the one that holds them.",
    )
