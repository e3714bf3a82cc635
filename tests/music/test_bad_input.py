"""Files that are broken or made to harm: each is refused, soon, with a word on what to do."""

from __future__ import annotations

import io
import json
import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from midi_bytes import chunk, midi, off, on, track

from musecritic.errors import BadFile, OverLimit, UnreadableFile
from musecritic.music.limits import Limits
from musecritic.music.read import SUFFIXES, read

SECONDS, MEGABYTES = 10, 1000


def laughs() -> bytes:
    levels = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    return (
        f'<!DOCTYPE score-partwise [<!ENTITY l0 "ha">{levels}]>'
        "<score-partwise><work><work-title>&l9;</work-title></work></score-partwise>"
    ).encode()


def outsider() -> bytes:
    return (
        b'<!DOCTYPE score-partwise [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        b"<score-partwise><work><work-title>&x;</work-title></work></score-partwise>"
    )


def archive(**options: int) -> Callable[[Callable[[zipfile.ZipFile], object]], bytes]:
    def packed(fill: Callable[[zipfile.ZipFile], object]) -> bytes:
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", **options) as made:
            fill(made)
        return data.getvalue()

    return packed


def bomb() -> bytes:
    return archive(compression=zipfile.ZIP_DEFLATED)(
        lambda z: z.writestr("a.xml", bytes(3 * 10**7))
    )


def liar() -> bytes:
    """A bomb whose directory says that it is small."""
    data = bomb()
    return data.replace((3 * 10**7).to_bytes(4, "little"), (100).to_bytes(4, "little"))


def locked() -> bytes:
    data = bytearray(archive()(lambda z: z.writestr("a.xml", "<score-partwise/>")))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + flags] |= 1
    return bytes(data)


def bars(n: int, inside: str = "") -> bytes:
    return b"<score-partwise><part>%s</part></score-partwise>" % (
        f"<measure>{inside}</measure>".encode() * n
    )


NOTE = "<note><pitch><step>C</step><octave>4</octave></pitch><duration>1</duration></note>"

FILES: dict[str, tuple[str, bytes]] = {
    "empty": (".mid", b""),
    "blank": (".abc", b"\n\n"),
    "text renamed": (".mid", b"Dear Sir or Madam,\n"),
    "text renamed score": (".xml", b"Dear Sir or Madam,\n"),
    "text renamed archive": (".mxl", b"Dear Sir or Madam,\n"),
    "text renamed tune": (".abc", b"Dear Sir or Madam,\n"),
    "cut off": (".mid", midi(track((0, on(60)), (480, off(60))))[:-5]),
    "65,535 tracks claimed": (".mid", midi(track((0, on(60)), (9, off(60))), claimed=65_535)),
    "65,535 tracks": (".mid", midi(*[track((0, on(60)), (9, off(60)))] * 65_535)),
    "years": (".mid", midi(track((0, on(60)), (0x0FFFFFFF, off(60))))),
    "more ticks than can be counted": (".mid", midi(track(*[(0x0FFFFFFF, on(60))] * 20))),
    "a million notes": (".mid", midi(chunk(b"\0\x90\x3c\x40" + b"\1\x3c\0\0\x3c\x40" * 10**6))),
    "too many texts": (".mid", midi(chunk(b"\0\xff\1\0" * 6 * 10**5))),
    "no notes": (".mid", midi(track())),
    "only drums": (".mid", midi(track((0, on(38, channel=9)), (9, off(38, channel=9))))),
    "a broken archive": (".mxl", b"PK\x03\x04" + bytes(100)),
    "an archive without a score": (".mxl", archive()(lambda z: z.writestr("a.txt", "a"))),
    "an archive with a password": (".mxl", locked()),
    "an archive packed otherwise": (".mxl", archive(compression=zipfile.ZIP_LZMA)(lambda z: z.writestr("a.xml", "a"))),
    "a bomb": (".mxl", bomb()),
    "a bomb that says it is small": (".mxl", liar()),
    "a billion laughs": (".musicxml", laughs()),
    "an entity from outside": (".musicxml", outsider()),
    "a score without notes": (".xml", bars(3)),
    "too many bars": (".xml", bars(250_000)),
    "too many parts": (".xml", b"<score-partwise>%s</score-partwise>" % (b'<part id="%d"/>' * 5000 % tuple(range(5000)))),
    "a million levels": (".xml", b"<score-partwise>" + b"<a>" * (10**6 + 1)),
    "endless repeats": (".xml", bars(19_000, NOTE + '<barline><repeat direction="backward" times="999999999"/></barline>')),
    "a tune of bars": (".abc", b"X:1\nK:C\n" + b"Z999|" * 10**5),
    "a tune of voices": (".abc", b"X:1\nK:C\n" + b"".join(b"[V:%d]c|\n" % i for i in range(10**5))),
    "a tune of notes": (".abc", b"X:1\nK:C\n" + b"cdef" * 10**6),
    "a tune of repeats": (".abc", b"X:1\nK:C\n" + b"cccccccccc:::::::::::::::|" * 3000),
}  # fmt: skip

#: Reads the files it is told and prints each one's error and seconds, then its memory at most.
PROGRAM = """
import json, resource, sys, time
from pathlib import Path
from musecritic.music.read import read
for path in map(Path, sys.argv[1:]):
    begun = time.process_time()
    try:
        read(path)
        error = None
    except Exception as raised:
        error = [base.__name__ for base in type(raised).__mro__], str(raised)
    print(json.dumps([path.stem, error, time.process_time() - begun]))
status = Path("/proc/self/status")
if status.exists():  # getrusage would count what the process that began this one held then
    peak = int(status.read_text().partition("VmHWM:")[2].split()[0])
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps(peak / (1024 if sys.platform != "darwin" else 1024**2)))
"""


@pytest.fixture(scope="module")
def verdicts(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[dict[str, tuple[object, float]], float]:
    """What one process says of all files, and the megabytes it took at most."""
    folder = tmp_path_factory.mktemp("bad")
    paths = []
    for name, (suffix, data) in FILES.items():
        paths.append(folder / f"{name}{suffix}")
        paths[-1].write_bytes(data)
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM, *paths], capture_output=True, text=True, check=True
    )
    assert told.stderr == ""
    *lines, megabytes = map(json.loads, told.stdout.splitlines())
    return {name: (error, seconds) for name, error, seconds in lines}, megabytes


@pytest.mark.parametrize("name", FILES)
def test_it_is_refused_soon(
    verdicts: tuple[dict[str, tuple[object, float]], float], name: str
) -> None:
    error, seconds = verdicts[0][name]
    assert error is not None, "it was read"
    kinds, message = error
    assert "BadFile" in kinds
    assert kinds[0] != "BadFile", "say which kind"
    assert f"{name}{FILES[name][0]}: " in message
    assert message.endswith(".")
    assert seconds < SECONDS


def test_memory_stays_small(verdicts: tuple[dict[str, tuple[object, float]], float]) -> None:
    assert verdicts[1] < MEGABYTES


def test_two_gigabytes(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    with path.open("wb") as file:
        file.truncate(2 * 1024**3)
    with pytest.raises(OverLimit, match="--max-bytes"):
        read(path)


def test_a_folder_a_missing_file_and_an_unknown_suffix(tmp_path: Path) -> None:
    (tmp_path / "folder.mid").mkdir()
    (tmp_path / "a.mp3").write_bytes(b"ID3")
    for name, cause in (
        ("folder.mid", "is a folder"),
        ("missing.mid", "no such file"),
        ("a.mp3", "'.mp3'"),
        ("a\0.mid", "no such file|cannot be opened"),
    ):
        with pytest.raises(UnreadableFile, match=cause):
            read(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mid")
    with pytest.raises(UnreadableFile, match="regular file"):
        read(tmp_path / "a.mid")


def test_a_file_that_may_not_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(b"MThd")

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(UnreadableFile, match="Permission denied"):
        read(path)


@pytest.mark.parametrize(
    ("limits", "option"),
    [
        (Limits(max_bytes=20), "--max-bytes"),
        (Limits(max_notes=1), "--max-notes"),
        (Limits(max_seconds=0.7), "--max-seconds"),
    ],
)
def test_each_limit_names_what_raises_it(tmp_path: Path, limits: Limits, option: str) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(midi(track((0, on(60)), (480, off(60)), (0, on(60)), (480, off(60)))))
    assert len(read(path).notes) == 2
    with pytest.raises(OverLimit, match=option):
        read(path, limits=limits)


def test_errors_cross_process_borders() -> None:
    error = OverLimit("a.mid", "it is long", "Cut it.")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.path) == (OverLimit, str(error), Path("a.mid"))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_any_bytes_are_read_or_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    for i in range(40):
        path.write_bytes(bytes(range(i, 250)) if i % 2 else b"PK" * i + b"<a>\x00\xff" * 9)
        with pytest.raises(BadFile):
            read(path)
