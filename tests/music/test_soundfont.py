"""Rendered notes have the pitch that is written, whatever instrument plays them."""

from __future__ import annotations

import getpass
import json
import struct
import subprocess
import sys
import tempfile

import numpy as np
import pytest

from musecritic.errors import BadInput
from musecritic.music.notes import notes_from
from musecritic.music.piece import Part, Piece
from musecritic.music.render import default_soundfont, render
from musecritic.music.soundfont import in_tune, tuned

RATE = 16_000
ROOT, SAMPLE, TUNE = 58, 53, 51  # generators


def cents_off(program: int, pitch: int) -> float:
    """How far the strongest of the first four partials lies from where it belongs."""
    note = Piece(notes_from([0], [2], [pitch], 80), (Part("", program),))
    sound = render(note, sample_rate=RATE).mean(axis=0)[RATE // 4 : 2 * RATE]
    size = 1 << 18
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), size))
    # A note an octave or a fifth too high would have nothing between its partials.
    f0 = 440 * 2 ** ((pitch - 69) / 12)
    lowest = next(
        f
        for f in np.arange(0.55, 5, 0.001) * f0
        if spectrum[round(f * size / RATE)] > 0.05 * spectrum.max()
    )
    peak = slice(round(0.97 * lowest * size / RATE), round(1.06 * lowest * size / RATE))
    strongest = (peak.start + int(spectrum[peak].argmax())) * RATE / size
    return 1200 * float(np.log2(strongest / f0))


def in_a_fresh_process(*asked: tuple[int, int]) -> list[float]:
    """What `cents_off` finds, one after the other: what was played before may leave its tuning."""
    told = subprocess.run(
        [sys.executable, __file__, json.dumps(asked)], capture_output=True, text=True, check=True
    )
    return json.loads(told.stdout)


def test_it_is_in_tune() -> None:
    # Piano, guitar, violin, cello, trumpet, oboe, flute: each over several of its samples.
    programs, pitches = (0, 24, 40, 42, 56, 68, 73), (57, 64, 69, 76)
    asked = [(program, pitch) for program in programs for pitch in pitches]
    found = dict(zip(asked, in_a_fresh_process(*asked), strict=True))
    assert {key: cents for key, cents in found.items() if abs(cents) >= 40} == {}


def test_samples_shared_at_several_roots_are_told_apart() -> None:
    (alone,) = in_a_fresh_process((104, 49))
    _, after = in_a_fresh_process((101, 49), (104, 49))
    assert after == pytest.approx(alone, abs=5)


def test_roots_stay_on_the_keyboard() -> None:
    assert roots(tuned(soundfont({ROOT: 120, TUNE: 0xFFFF - 23, SAMPLE: 0})), 1) == [127]
    assert roots(tuned(soundfont({ROOT: 5, TUNE: 24, SAMPLE: 0})), 1) == [0]


def test_a_copy_is_made_once_in_the_users_cache(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    copy = in_tune(default_soundfont())
    assert copy.parent == tmp_path / "musecritic"
    written = copy.stat().st_mtime_ns
    assert in_tune(default_soundfont()).stat().st_mtime_ns == written


def test_without_a_cache_the_temporary_folder_will_do(tmp_path, monkeypatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "t"))
    assert in_tune(default_soundfont()).parent == tmp_path / "t" / f"musecritic-{getpass.getuser()}"


def test_only_headers_are_added() -> None:
    before = default_soundfont().read_bytes()
    after = tuned(before)
    assert 0 < len(after) - len(before) < 100_000
    # The list of samples, by far the most of it, is untouched.
    samples = before[before.index(b"smpl") : before.index(b"pdta") - 8]
    assert after.count(samples) == 1


def soundfont(*zones: dict[int, int]) -> bytes:
    """One instrument with these zones, each by its generators, over two samples of pitch 60."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return name + struct.pack("<I", len(body)) + body

    starts = np.concatenate([[0], np.cumsum([len(zone) for zone in zones])])
    generators = b"".join(struct.pack("<HH", *g) for zone in zones for g in zone.items())
    sample = b"s".ljust(40, b"\0") + bytes([60]) + bytes(5)
    pdta = {
        b"inst": struct.pack("<20sH20sH", b"i", 0, b"EOI", len(zones)),
        b"ibag": b"".join(struct.pack("<HH", start, 0) for start in starts.tolist()),
        b"igen": generators + bytes(4),
        b"shdr": 2 * sample + b"EOS".ljust(46, b"\0"),
    }
    body = b"pdta" + b"".join(chunk(name, data) for name, data in pdta.items())
    return chunk(b"RIFF", b"sfbk" + chunk(b"LIST", body))


def roots(data: bytes, n_zones: int) -> list[int]:
    """The pitch of the sample that each zone plays."""
    at = data.index(b"igen")
    generators = data[at + 8 :][: struct.unpack_from("<I", data, at + 4)[0]]
    headers = data[data.index(b"shdr") + 8 :]
    played = [amount for kind, amount in struct.iter_unpack("<HH", generators) if kind == SAMPLE][
        :n_zones
    ]
    return [headers[46 * sample + 40] for sample in played]


def test_a_zone_plays_its_own_root_or_its_instruments_or_the_samples() -> None:
    own, plain = {ROOT: 64, SAMPLE: 0}, {SAMPLE: 1}
    assert roots(tuned(soundfont(own, plain)), 2) == [64, 60]
    for_all = {ROOT: 50}
    assert roots(tuned(soundfont(for_all, own, plain)), 2) == [64, 50]
    assert roots(tuned(soundfont(for_all, {ROOT: 255, SAMPLE: 0})), 1) == [60]


def test_a_tuned_zone_plays_as_if_its_sample_were_lower() -> None:
    up, down = {TUNE: 7, SAMPLE: 0}, {TUNE: 0xFFFF - 11, ROOT: 64, SAMPLE: 0}  # 7 and -12
    data = tuned(soundfont(up, down))
    assert roots(data, 2) == [53, 76]
    assert roots(tuned(soundfont({TUNE: 2}, {SAMPLE: 0}, {TUNE: 0, SAMPLE: 1})), 2) == [58, 60]
    at = data.index(b"igen") + 8
    left = [
        amount for kind, amount in struct.iter_unpack("<HH", data[at : at + 20]) if kind == TUNE
    ]
    assert left == [0, 0]  # or what plays it might tune it again


@pytest.mark.parametrize("data", [b"", b"RIFF\0\0\0\0sfbk", b"RIFF\4\0\0\0WAVE", b"text" * 100])
def test_what_is_no_soundfont_is_named(data, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "a.sf2").write_bytes(data)
    with pytest.raises(BadInput, match=r"a\.sf2 is no soundfont"):
        in_tune(tmp_path / "a.sf2")
    assert not (tmp_path / "cache").exists()


if __name__ == "__main__":
    sys.stdout.write(json.dumps([cents_off(*pair) for pair in json.loads(sys.argv[1])]))
