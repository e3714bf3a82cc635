"""Renditions: what is asked for is heard, and nothing else changes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from musecritic.brain.rendition import CODECS, PROGRAMS, Rendition, through
from musecritic.brain.spectrogram import bin_of_hz, levels
from musecritic.errors import BadInput
from musecritic.music.audio import SAMPLE_RATE
from musecritic.music.notes import notes_from
from musecritic.music.piece import Part, Piece

PIECE = Piece(
    notes_from([0, 0, 1, 2], [1, 1, 2, 3], [36, 60, 64, 84], 80, [0, 1, 1, 1]),
    (Part("", 42), Part("", 40)),
)
T = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
TONE = (0.3 * np.sin(2 * np.pi * 440 * T)).astype(np.float32)


def test_as_it_is_it_stays() -> None:
    plain = Rendition().arrange(PIECE)
    assert np.array_equal(plain.notes, PIECE.notes)
    assert plain.parts == PIECE.parts


def test_players_share_the_notes_from_the_lowest_up() -> None:
    arranged = Rendition(programs=(42, 40)).arrange(PIECE)
    assert [part.program for part in arranged.parts] == [42, 40]
    low, high = (arranged.notes["pitch"][arranged.notes["part"] == i] for i in (0, 1))
    assert low.max() < high.min()
    assert len(low) == len(high) == 2


def test_players_take_the_parts_in_turn() -> None:
    notes = notes_from([0, 0, 0], [1, 1, 1], [60, 60, 60], 80, [0, 1, 2])
    trio = Piece(notes, (Part("", 0), Part("", 0), Part("", 0)))
    arranged = Rendition(programs=(68, 69), by_part=True).arrange(trio)
    assert [arranged.parts[i].program for i in arranged.notes["part"]] == [68, 69, 68]


def test_higher_faster_and_off_the_keyboard() -> None:
    arranged = Rendition(semitones=50, speed=2.0).arrange(PIECE)
    assert arranged.notes["pitch"].tolist() == [86, 110, 114]  # 134 is none
    assert arranged.notes["onset"].tolist() == [0, 0, 0.5]


@pytest.mark.parametrize("semitones", [0, 7])
def test_the_pitch_is_heard(semitones: int) -> None:
    rendition = Rendition(programs=(16,), semitones=semitones)
    sound = rendition.sound(rendition.arrange(Piece(notes_from([0], [2], [69]))))
    middle = levels(sound)[:, 20]
    loud = bin_of_hz(440 * 2 ** (semitones / 12))
    assert float(middle[round(float(loud))]) > float(middle.median()) + 20


def test_a_room_rings_on_and_noise_fills_the_gaps() -> None:
    piece = Piece(notes_from([0], [0.5], [69]))
    dry = Rendition().sound(piece)
    after = slice(int(1.0 * SAMPLE_RATE), int(1.3 * SAMPLE_RATE))

    def loud(sound: np.ndarray) -> float:
        return float(np.sqrt(np.mean(sound[after] ** 2)))

    assert loud(Rendition(reverb=2.0).sound(piece)) > 3 * loud(dry)
    assert loud(Rendition(noise_db=-20).sound(piece)) > 3 * loud(dry)


def test_a_filter_changes_every_bin_by_its_own_gain() -> None:
    plain = Rendition(seed=1)
    coloured = Rendition(colour_db=6.0, seed=1)
    piece = Piece(notes_from([0] * 5, [3] * 5, [30, 45, 60, 75, 90]), (Part("", 16),))
    gain = levels(coloured.sound(piece)) - levels(plain.sound(piece))
    steady = gain[:, 10:50]
    loud = levels(plain.sound(piece))[:, 30] > -50
    assert float(steady[loud].std(1).max()) < 1.5  # dB
    assert float(steady[loud].mean(1).std()) > 1.5


@pytest.mark.parametrize("codec", CODECS)
def test_a_codec_keeps_length_level_and_pitch(codec: str) -> None:
    heard = through(TONE, codec)
    assert len(heard) == len(TONE)
    assert np.sqrt(np.mean(heard[8000:-8000] ** 2)) == pytest.approx(0.3 / np.sqrt(2), rel=0.05)
    assert np.abs(np.fft.rfft(heard[:SAMPLE_RATE] * np.hanning(SAMPLE_RATE))).argmax() == 440
    assert not np.array_equal(heard, TONE)


def test_a_codec_that_is_none() -> None:
    with pytest.raises(BadInput, match="wav2vec"):
        through(TONE, "wav2vec")


def test_the_same_seed_sounds_the_same() -> None:
    one, other = (Rendition.draw(np.random.default_rng(3)) for _ in range(2))
    assert one == other
    assert np.array_equal(one.sound(one.arrange(PIECE)), other.sound(other.arrange(PIECE)))


def test_draws_leave_the_instruments_where_told() -> None:
    drawn = [Rendition.draw(np.random.default_rng(i)) for i in range(200)]
    assert {p for r in drawn for p in r.programs} == set(PROGRAMS)
    assert {len(r.programs) for r in drawn} == {1, 2, 3}
    assert Rendition.draw(np.random.default_rng(0), players="own").programs is None
    by_part = [Rendition.draw(np.random.default_rng(i), players="by part") for i in range(50)]
    assert {len(r.programs) for r in by_part} == {1, 2, 3, 4}
    assert all(r.by_part for r in by_part)


def test_each_soundfont_is_drawn_beside_the_embedded_one() -> None:
    fonts = (Path("a.sf2"), Path("b.sf2"))
    drawn = [Rendition.draw(np.random.default_rng(i), soundfonts=fonts) for i in range(90)]
    count = Counter(r.soundfont for r in drawn)
    assert set(count) == {None, *fonts}
    assert min(count.values()) > 15
