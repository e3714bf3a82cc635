"""Where prepared corpora lie, and how a command gets one."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from musecritic import __version__
from musecritic.corpora.corpus import FORMAT, Corpus
from musecritic.corpora.registry import corpus_module, prepare
from musecritic.errors import BadFile, MissingCorpus
from musecritic.measure.progress import HowFar


def cache_folder() -> Path:
    """Return the package's folder in the user's cache; it need not be there yet."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "musecritic"


def cache_path(name: str, root: Path) -> Path:
    """Return where the cache of the corpus at `root` lies, in the user's cache.

    The folder is ``$XDG_CACHE_HOME/musecritic``, or ``~/.cache/musecritic``. The name depends on
    the versions of package and cache and on every file's name, size and time, so that a changed
    corpus is read anew.
    """
    folder = cache_folder()
    module = corpus_module(name)
    base: Path = module.base(root)
    digest = hashlib.sha256(f"{__version__} {FORMAT}".encode())
    for work in module.works(root):
        path = base / work.path
        found = path.stat() if path.is_file() else None
        digest.update(f"{work}{found and (found.st_size, found.st_mtime_ns)}".encode())
    return folder / f"{name}-{digest.hexdigest()[:12]}.npz"


def open_corpus(
    name: str,
    root: Path | None,
    *,
    failed: Callable[[BadFile], None],
    uncached: Callable[[BadFile], None],
    progress: HowFar | None = None,
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
    uncached
        Called where the cache cannot be written; the corpus is whole all the same.

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
        corpus = Corpus.open(root)
        if name not in ("folder", corpus.name):
            raise MissingCorpus(f"{root}: this is {corpus.name}, not {name}.")
        return corpus
    cache = cache_path(name, root)
    if cache.is_file():
        return Corpus.open(cache)
    failures: list[BadFile] = []
    corpus = prepare(name, root, failed=failures.append, progress=progress)
    for failure in failures:
        failed(failure)
    if not failures:  # else the next command shall report them too
        try:
            corpus.save(cache)
        except BadFile as error:  # the corpus is read; it only has to be read again next time
            remedy = "Name a folder for caches in XDG_CACHE_HOME."
            uncached(BadFile(error.path, error.cause, remedy))
    return corpus
