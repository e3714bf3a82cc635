"""Recordings: every format gives the same sound, and what is none is named."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from musecritic.errors import OverLimit, UnreadableFile
from musecritic.music.audio import AUDIO_SUFFIXES, SAMPLE_RATE, Recording
from musecritic.music.limits import Limits


def tone(rate: int, seconds: float = 12.5, channels: int = 1) -> np.ndarray:
    t = np.arange(int(rate * seconds)) / rate
    return np.repeat(0.5 * np.sin(2 * np.pi * 440 * t)[:, None], channels, axis=1)


def heard(path) -> np.ndarray:
    return np.concatenate(list(Recording.open(path).blocks()))


@pytest.mark.parametrize("suffix", AUDIO_SUFFIXES)
def test_every_format_is_the_same_tone(suffix, tmp_path) -> None:
    path = tmp_path / f"a{suffix.upper()}"
    soundfile.write(path, tone(44_100), 44_100, format=suffix[1:].upper())
    assert Recording.open(path).duration == pytest.approx(12.5, abs=0.1)
    sound = heard(path)
    assert len(sound) == pytest.approx(12.5 * SAMPLE_RATE, rel=0.01)
    middle = sound[16_000:32_000] * np.hanning(16_000)
    assert np.abs(np.fft.rfft(middle)).argmax() == 440
    assert np.abs(sound[1000:-1000]).max() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("rate", [8_000, 48_000, 192_000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_any_rate_and_any_channels(rate, channels, tmp_path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(rate, 2.0, channels), rate)
    sound = heard(tmp_path / "a.wav")
    assert len(sound) == pytest.approx(2 * SAMPLE_RATE, abs=2)
    assert np.sqrt(np.mean(sound[4000:-4000] ** 2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


def test_blocks_join_without_a_seam(tmp_path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(44_100, 25.0), 44_100, subtype="FLOAT")
    sound = heard(tmp_path / "a.wav")
    t = np.arange(len(sound)) / SAMPLE_RATE
    away = np.abs(sound - 0.5 * np.sin(2 * np.pi * 440 * t))
    assert away[500:-500].max() < 1e-3


def test_a_long_file_is_never_held_as_a_whole(tmp_path) -> None:
    soundfile.write(tmp_path / "a.flac", np.zeros(8_000 * 600), 8_000)
    sizes = [len(block) for block in Recording.open(tmp_path / "a.flac").blocks()]
    assert max(sizes) <= 11 * SAMPLE_RATE
    assert sum(sizes) == 600 * SAMPLE_RATE


def broken(name: str, data: bytes):
    def write(folder):
        (folder / name).write_bytes(data)
        return folder / name

    return write


def empty(folder):
    soundfile.write(folder / "empty.wav", np.zeros((0, 1)), 8_000)
    return folder / "empty.wav"


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (broken("a.wav", b""), "it is empty"),
        (broken("a.mp3", b"this is a text\n" * 50), "cannot be played"),
        (broken("a.mp4", b"x"), "suffix"),
        (lambda folder: folder / "none.wav", "no such file"),
        (lambda folder: (folder / "d.wav").mkdir() or folder / "d.wav", "no file"),
        (empty, "no sound"),
    ],
)
def test_what_is_no_recording_is_named(make, why, tmp_path) -> None:
    path = make(tmp_path)
    with pytest.raises(UnreadableFile, match=why) as error:
        heard(path)
    assert error.value.path == path


def test_samples_that_are_no_numbers(tmp_path) -> None:
    sound = tone(8_000, 15.0)
    sound[100_000] = np.nan
    soundfile.write(tmp_path / "nan.wav", sound, 8_000, subtype="FLOAT")
    with pytest.raises(UnreadableFile, match="no numbers"):
        heard(tmp_path / "nan.wav")


def test_a_truncated_mp3_is_heard_as_far_as_it_goes(tmp_path) -> None:
    soundfile.write(tmp_path / "a.mp3", tone(44_100), 44_100, format="MP3")
    whole = (tmp_path / "a.mp3").read_bytes()
    (tmp_path / "a.mp3").write_bytes(whole[: len(whole) // 2])
    assert 4 < len(heard(tmp_path / "a.mp3")) / SAMPLE_RATE < 8


def test_a_recording_beyond_the_limit_is_refused(tmp_path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(8_000, 3.0), 8_000)
    with pytest.raises(OverLimit, match="--max-seconds"):
        Recording.open(tmp_path / "a.wav", limits=Limits(max_seconds=2))
