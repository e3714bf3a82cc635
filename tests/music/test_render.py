"""What is rendered is heard where the notes are."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from musecritic.errors import BadInput, MissingExtra
from musecritic.music import render as module
from musecritic.music.notes import notes_from
from musecritic.music.piece import Part, Piece
from musecritic.music.render import TAIL_SECONDS, render, write_wav

ONSETS = np.array([0.0, 1.0, 2.5, 3.25])


def heard(audio: np.ndarray, rate: int) -> np.ndarray:
    """Seconds at which the energy in steps of 10 ms leaps up."""
    step = rate // 100
    energy = np.square(audio).mean(axis=0)[: audio.shape[1] // step * step]
    rise = np.diff(np.sqrt(energy.reshape(-1, step).mean(axis=1)), prepend=0)
    leaps = np.flatnonzero(rise > 0.3 * rise.max()) / 100
    return leaps[np.diff(leaps, prepend=-1) > 0.05]


@pytest.mark.parametrize("rate", [22_050, 44_100])
def test_onsets_are_where_the_notes_are(rate: int) -> None:
    audio = render(Piece(notes_from(ONSETS, ONSETS + 0.3, [60, 64, 67, 72])), sample_rate=rate)
    assert audio.dtype == np.float32
    assert audio.shape[0] == 2
    assert audio.shape[1] / rate == pytest.approx(3.55 + TAIL_SECONDS, abs=0.01)
    assert np.allclose(heard(audio, rate), ONSETS, atol=0.011)


def test_the_last_note_dies_away() -> None:
    audio = render(Piece(notes_from([0], [1], [60])))
    assert np.abs(audio[:, -4410:]).max() < 0.01 * np.abs(audio).max()


def test_drums_are_played() -> None:
    notes = notes_from([0.5], [0.6], [38], 100)
    audio = render(Piece(notes, (Part("", 0, is_drum=True),)), sample_rate=44_100)
    assert np.allclose(heard(audio, 44_100)[0], 0.5, atol=0.011)
    piano = render(Piece(notes), sample_rate=44_100)
    both = [
        sound[0, 22_050:26_460] / np.linalg.norm(sound[0, 22_050:26_460])
        for sound in (audio, piano)
    ]
    assert abs(both[0] @ both[1]) < 0.5


def test_no_notes_no_sound(tmp_path: Path) -> None:
    audio = render(Piece(notes_from([], [], [])))
    assert audio.shape == (2, 0)
    write_wav(audio, tmp_path / "none.wav")
    with wave.open(str(tmp_path / "none.wav")) as file:
        assert file.getnframes() == 0


def test_a_length_over_the_limit_is_refused_at_once() -> None:
    with pytest.raises(BadInput, match="1,000,000,000 seconds"):
        render(Piece(notes_from([0], [1e9], [60])))


def test_wrong_settings() -> None:
    piece = Piece(notes_from([0], [1], [60]))
    with pytest.raises(BadInput, match="sample_rate"):
        render(piece, sample_rate=10)
    with pytest.raises(BadInput, match="no soundfont"):
        render(piece, soundfont="nowhere.sf2")


def test_a_damaged_soundfont(tmp_path: Path) -> None:
    (tmp_path / "bad.sf2").write_bytes(b"this is no soundfont")
    with pytest.raises(BadInput, match=r"bad\.sf2"):
        render(Piece(notes_from([0], [1], [60])), soundfont=tmp_path / "bad.sf2")


@pytest.mark.parametrize("broken", [np.inf, np.nan, 1e6])
def test_what_overflows_is_played_again_and_then_refused(monkeypatch, broken: float) -> None:
    sound = np.full((2, 10), 0.1, dtype=np.float32)

    class Synthesizer:
        def __init__(self, times: int) -> None:
            self.left = times

        def render(self, score: object, *, stereo: bool) -> np.ndarray:
            self.left -= 1
            return sound * np.float32(broken) if self.left >= 0 else sound

    piece = Piece(notes_from([0], [1], [60]))
    once, always = Synthesizer(1), Synthesizer(2)
    monkeypatch.setattr(module, "_synthesizer", lambda *_: once)
    assert np.array_equal(render(piece), sound)
    monkeypatch.setattr(module, "_synthesizer", lambda *_: always)
    with pytest.raises(BadInput, match="overflows"):
        render(piece)


def test_without_a_soundfont(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match="pip install pretty_midi"):
        render(Piece(notes_from([0], [1], [60])))


def test_the_wav_peaks_at_minus_one_decibel(tmp_path: Path) -> None:
    time = np.arange(100_000) / 44_100
    audio = np.stack([3 * np.sin(500 * time), -0.1 * np.sin(700 * time)]).astype(np.float32)
    write_wav(audio, tmp_path / "loud.wav")
    with wave.open(str(tmp_path / "loud.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 44_100)
        written = np.frombuffer(file.readframes(100_000), "<i2").reshape(-1, 2).T / 32_767
    assert np.abs(written).max() == pytest.approx(10 ** (-1 / 20), abs=1e-4)
    assert np.allclose(written, audio * 10 ** (-1 / 20) / 3, atol=1e-3)


def test_silence_stays_silence(tmp_path: Path) -> None:
    write_wav(np.zeros((2, 1000), np.float32), tmp_path / "silence.wav")
    with wave.open(str(tmp_path / "silence.wav")) as file:
        assert not any(file.readframes(1000))
