from __future__ import annotations

import io
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from midi_bytes import midi, off, on, pedal, track

from musecritic.errors import BadFile, NoNotes
from musecritic.music.find import find_music
from musecritic.music.read import read

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
SOUND = midi(track((0, on(60)), (480, off(60))))


@pytest.mark.parametrize("suffix", [".mid", ".midi", ".MID", ".Midi"])
def test_suffixes_in_any_case(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(SOUND)
    piece = read(path)
    assert (piece.source, piece.kind, len(piece.notes)) == (path, "midi", 1)
    assert read(str(path)).source == path


def test_pedal_is_off_unless_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(midi(track((0, pedal(127)), (0, on(60)), (480, off(60)), (480, pedal(0)))))
    assert read(path).duration == 0.5
    assert read(path, pedal=True).duration == 1.0


@pytest.mark.parametrize(
    "sounding", [(on(38, channel=9), off(38, channel=9)), (on(10), off(10)), ()]
)
def test_nothing_to_judge(tmp_path: Path, sounding: tuple[bytes, ...]) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(midi(track(*((10, message) for message in sounding))))
    with pytest.raises(NoNotes):
        read(path)
    assert len(read(path, require_pitched=False).notes) == len(sounding) // 2


@pytest.mark.parametrize("name", ["score.mxl", "score.xml"])
@pytest.mark.parametrize("container", [True, False])
def test_packed_musicxml(tmp_path: Path, name: str, container: bool) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        if container:
            archive.writestr(
                "META-INF/container.xml",
                '<container><rootfiles><rootfile full-path="in/it.musicxml"/></rootfiles></container>',
            )
            archive.writestr("a.xml", "<not-this-one/>")
        archive.write(EXAMPLES / "petzold_minuet.musicxml", "in/it.musicxml")
    (tmp_path / name).write_bytes(packed.getvalue())
    assert len(read(tmp_path / name).notes) == 202


def test_musicxml_in_sixteen_bits(tmp_path: Path) -> None:
    text = (EXAMPLES / "petzold_minuet.musicxml").read_text().replace("UTF-8", "UTF-16")
    (tmp_path / "a.xml").write_bytes(text.encode("utf-16"))
    assert len(read(tmp_path / "a.xml").notes) == 202


def test_reading_says_nothing(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    broken = tmp_path / "a.mid"
    broken.write_bytes(SOUND[:-6])
    for path in [*find_music([EXAMPLES]), broken]:
        try:
            read(path)
        except BadFile:
            continue
    assert capfd.readouterr() == ("", "")


def test_reading_loads_no_heavy_library() -> None:
    program = (
        "import sys, musecritic.music.read; "
        "print({'torch', 'partitura', 'scipy', 'pretty_midi', 'lxml'} & set(sys.modules))"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "set()"


class TestExamples:
    def test_each_is_read_and_long_enough(self) -> None:
        paths = find_music([EXAMPLES])
        assert len(paths) == 7
        assert {path.suffix for path in paths} == {".mid", ".musicxml", ".abc"}
        for path in paths:
            piece = read(path)
            assert piece.title
            assert piece.duration > 20

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("petzold_minuet.mid", "petzold_minuet.musicxml"),
            ("beethoven_fur_elise.mid", "beethoven_fur_elise.abc"),
        ],
    )
    def test_played_and_printed_have_the_same_notes(self, one: str, other: str) -> None:
        played, printed = read(EXAMPLES / one).notes, read(EXAMPLES / other).notes
        assert sorted(played["pitch"]) == sorted(printed["pitch"])
        assert np.corrcoef(np.sort(played["onset"]), np.sort(printed["onset"]))[0, 1] > 0.999

    def test_the_script_makes_them_again(self, tmp_path: Path) -> None:
        script = shutil.copy(EXAMPLES / "make_examples.py", tmp_path)
        subprocess.run([sys.executable, script, tmp_path / "made"], check=True)
        for made in find_music([tmp_path / "made"]):
            assert made.read_bytes() == (EXAMPLES / made.name).read_bytes()
