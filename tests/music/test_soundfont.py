"""Rendered notes have the pitch that is written, whatever instrument plays them."""

from __future__ import annotations

import tempfile

import numpy as np
import pytest

from musecritic.errors import BadInput
from musecritic.music.notes import notes_from
from musecritic.music.piece import Part, Piece
from musecritic.music.render import default_soundfont, render
from musecritic.music.soundfont import in_tune, tuned

RATE = 16_000


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


# Piano, guitar, violin, cello, trumpet, oboe, flute: each over several of its samples.
@pytest.mark.parametrize("program", [0, 24, 40, 42, 56, 68, 73])
@pytest.mark.parametrize("pitch", [57, 64, 69, 76])
def test_it_is_in_tune(program: int, pitch: int) -> None:
    assert abs(cents_off(program, pitch)) < 40


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
    assert in_tune(default_soundfont()).parent == tmp_path / "t" / "musecritic"


def test_only_headers_are_added() -> None:
    before = default_soundfont().read_bytes()
    after = tuned(before)
    assert 0 < len(after) - len(before) < 100_000
    # The list of samples, by far the most of it, is untouched.
    samples = before[before.index(b"smpl") : before.index(b"pdta") - 8]
    assert after.count(samples) == 1


@pytest.mark.parametrize("data", [b"", b"RIFF\0\0\0\0sfbk", b"RIFF\4\0\0\0WAVE", b"text" * 100])
def test_what_is_no_soundfont_is_named(data, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "a.sf2").write_bytes(data)
    with pytest.raises(BadInput, match=r"a\.sf2 is no soundfont"):
        in_tune(tmp_path / "a.sf2")
    assert not (tmp_path / "cache").exists()
