from __future__ import annotations

from pathlib import Path

import pytest

from musecritic.errors import BadFile
from musecritic.music.find import find_music


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.mid", "a.MIDI", "in/c.abc", "in/d.txt", ".hidden.mid", ".in/e.mid", "f.mxl"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return tmp_path


def test_a_folder_gives_its_music_sorted(folder: Path) -> None:
    found = [str(path.relative_to(folder)) for path in find_music([folder])]
    assert found == ["a.MIDI", "b.mid", "f.mxl", "in/c.abc"]


def test_files_are_taken_as_they_are_and_once(folder: Path) -> None:
    paths = [folder / "in" / "d.txt", folder / "missing.mid", folder / "b.mid", folder]
    found = [path.name for path in find_music(paths)]
    assert found == ["d.txt", "missing.mid", "b.mid", "a.MIDI", "f.mxl", "c.abc"]


def test_a_folder_without_music_is_named(tmp_path: Path) -> None:
    (tmp_path / "words.txt").touch()
    with pytest.raises(BadFile, match="no music in it") as raised:
        find_music([tmp_path])
    assert str(tmp_path) in str(raised.value)
