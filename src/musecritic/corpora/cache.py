"""Where prepared corpora lie, and how a command gets one."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from musecritic.corpora.corpus import Corpus
from musecritic.corpora.registry import corpus_module, prepare
from musecritic.errors import BadFile, MissingCorpus


def cache_path(name: str, root: Path) -> Path:
    """Return where the cache of the corpus at `root` lies: one file a root, in the user's cache.

    The folder is ``$XDG_CACHE_HOME/musecritic``, or ``~/.cache/musecritic``.
    """
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "musecritic"
    base: Path = corpus_module(name).base(root)
    key = hashlib.sha256(str(base.resolve()).encode()).hexdigest()[:8]
    return folder / f"{name}-{key}.npz"


def open_corpus(
    name: str,
    root: Path | None,
    *,
    failed: Callable[[BadFile], None],
    progress: Callable[[int, int], None] | None = None,
) -> Corpus:
    """Return a prepared corpus, reading and caching it where that was not done before.

    Parameters
    ----------
    name
        "maestro" or another of the registry.
    root
        The corpus in its published layout, or a file that `musecritic prepare` wrote.
    failed, progress
        As `musecritic.corpora.registry.prepare` has them.

    Raises
    ------
    MissingCorpus
        There is nothing at `root`.
    """
    if root is None:
        raise MissingCorpus(
            f"{name} is needed: name its folder with --root, or set MUSECRITIC_DATA."
        )
    if root.is_file():
        return Corpus.open(root)
    cache = cache_path(name, root)
    if cache.is_file():
        return Corpus.open(cache)
    corpus = prepare(name, root, failed=failed, progress=progress)
    corpus.save(cache)
    return corpus
