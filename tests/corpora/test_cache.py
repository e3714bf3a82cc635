"""Where prepared corpora lie: read once, read anew when they change, whole without a cache."""

from __future__ import annotations

import pytest
from tests.conftest import made_up_notes

from musecritic.corpora.cache import open_corpus
from musecritic.music.piece import Piece
from musecritic.music.write import write_midi


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "music").mkdir()
    write_midi(Piece(made_up_notes(0, 20.0)), tmp_path / "music" / "a.mid")
    return tmp_path / "music"


def opened(folder):
    """Return the corpus, how many files were read for it, and what could not be kept."""
    reads, lost, bad = [], [], []
    corpus = open_corpus(
        "folder",
        folder,
        failed=bad.append,
        uncached=lost.append,
        progress=lambda done, _: reads.append(done),
    )
    assert not bad
    return corpus, max(reads, default=0), lost


def test_a_corpus_is_read_once_and_anew_when_it_changes(folder) -> None:
    first, n_read, _ = opened(folder)
    assert n_read == 1
    again, n_read, _ = opened(folder)
    assert (again.fingerprint, n_read) == (first.fingerprint, 0)
    write_midi(Piece(made_up_notes(1, 20.0)), folder / "b.mid")
    more, n_read, _ = opened(folder)
    assert (len(more.works), n_read) == (2, 2)


def test_where_no_cache_can_be_written_the_corpus_is_whole_all_the_same(
    folder, tmp_path, monkeypatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    corpus, _, lost = opened(folder)
    assert len(corpus.works) == 1
    assert "XDG_CACHE_HOME" in str(lost[0])
