"""The corpora by name, and how one is prepared.

A new one is a file beside this and a line below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from musecritic.corpora import (
    bach_chorales,
    folder,
    js_fakes,
    labelled,
    maestro,
    musicnet,
    notagen,
    openscore,
    pop909,
)
from musecritic.corpora.corpus import Corpus, Work
from musecritic.corpora.download import Archive
from musecritic.errors import BadFile, MissingCorpus, UnknownName
from musecritic.measure.progress import HowFar
from musecritic.music.notes import on_keyboard
from musecritic.music.piece import Piece
from musecritic.music.read import read

#: Modules with ``works(root)``, ``base(root)`` and, where one is published, an ``ARCHIVE``.
CORPORA: dict[str, ModuleType] = {
    "maestro": maestro,
    "musicnet": musicnet,
    "bach-chorales": bach_chorales,
    "openscore": openscore,
    "pop909": pop909,
    "notagen": notagen,
    "js-fakes": js_fakes,
    "labelled": labelled,
    "folder": folder,
}


def corpus_module(name: str) -> ModuleType:
    """Return the corpus' module, or raise `UnknownName`."""
    if name not in CORPORA:
        raise UnknownName("corpus", name, list(CORPORA))
    return CORPORA[name]


def archive_of(name: str) -> Archive:
    """Return the published archive of a corpus, or say that it has none."""
    archive: Archive | None = getattr(corpus_module(name), "ARCHIVE", None)
    if archive is None:
        raise MissingCorpus(f"{name} has no published archive; name its folder with --root.")
    return archive


def prepare(
    name: str,
    root: Path,
    *,
    failed: Callable[[BadFile], None],
    progress: HowFar | None = None,
) -> Corpus:
    """Read every work of a corpus once.

    Parameters
    ----------
    name, root
        Which corpus, and where its published layout lies.
    failed
        Told of each file that cannot be read; the file is left out.
    progress
        Called with the number of works read and in all.
    """
    module = corpus_module(name)
    works = list(module.works(root))
    base = module.base(root)

    def pieces() -> Iterator[tuple[Work, Piece]]:
        for index, work in enumerate(works):
            try:
                piece = read(base / work.path)
                yield work, replace(piece, notes=on_keyboard(piece.pitched()))
            except BadFile as error:
                failed(error)
            if progress is not None:
                progress(index + 1, len(works))

    corpus = Corpus.gather(name, pieces())
    if not len(corpus):
        raise MissingCorpus(f"{root}: not one of its {len(works)} files could be read.")
    return corpus
