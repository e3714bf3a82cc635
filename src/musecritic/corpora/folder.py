"""Any folder of music files, without labels or splits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from musecritic.corpora.corpus import Work
from musecritic.errors import MissingCorpus
from musecritic.music.find import find_music


def works(root: Path) -> Iterator[Work]:
    """List every music file under `root`, sorted by path."""
    for path in find_music([base(root)]):
        yield Work(str(path.relative_to(root)))


def base(root: Path) -> Path:
    """Return `root` itself, or say that it is no folder."""
    if not root.is_dir():
        raise MissingCorpus(f"{root}: there is no such folder. Name one that holds music files.")
    return root
