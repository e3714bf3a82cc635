"""Where a corpus lies: the folder that is named, or one of its name in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from musecritic.errors import MissingCorpus


def place(root: Path, name: str, is_here: Callable[[Path], bool], otherwise: str) -> Path:
    """Return the folder of a corpus.

    Parameters
    ----------
    root
        That folder, or the one that holds it and other corpora.
    name
        The folder's name there, in any case, perhaps with a version after it.
    is_here
        Whether a folder has the corpus' layout.
    otherwise
        What the error says where none has: what is looked for, and where to get it.

    Raises
    ------
    MissingCorpus
        There is no such folder.
    """
    inside = sorted(root.iterdir()) if root.is_dir() else []
    named = [path for path in inside if path.name.lower().startswith(name) and path.is_dir()]
    for folder in (*named, root):  # a folder of several corpora may look like one of them
        if is_here(folder):
            return folder
    raise MissingCorpus(f"{root}: {otherwise}")
