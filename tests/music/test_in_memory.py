from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import symusic

from musecritic.music.in_memory import from_pretty_midi, from_symusic
from musecritic.music.piece import Part


def score() -> symusic.Score:
    made = symusic.Score(480)
    made.tempos.append(symusic.Tempo(0, qpm=120.0))
    made.tempos.append(symusic.Tempo(480, qpm=60.0))
    strings = symusic.Track("Strings", 48, is_drum=False)
    strings.notes.append(symusic.Note(0, 960, 60, 70))
    strings.controls.append(symusic.ControlChange(0, 64, 127))
    strings.controls.append(symusic.ControlChange(1440, 64, 0))
    drums = symusic.Track("Kit", 0, is_drum=True)
    drums.notes.append(symusic.Note(480, 480, 38, 90))
    made.tracks.extend([strings, drums])
    return made


@pytest.mark.parametrize("unit", ["tick", "quarter", "second"])
def test_symusic_in_every_unit(unit: str) -> None:
    piece = from_symusic(score().to(unit))
    assert piece.parts == (Part("Strings", 48), Part("Kit", 0, is_drum=True))
    assert np.allclose(piece.notes["onset"], [0.0, 0.5])
    assert np.allclose(piece.notes["offset"], [1.5, 1.5])
    assert piece.notes["velocity"].tolist() == [70, 90]


def test_symusic_with_pedal() -> None:
    piece = from_symusic(score(), pedal=True)
    assert piece.notes["offset"].tolist() == [2.5, 1.5]


def test_symusic_without_tracks() -> None:
    assert len(from_symusic(symusic.Score(480)).notes) == 0


def test_pretty_midi_by_its_attributes() -> None:
    midi = SimpleNamespace(
        instruments=[
            SimpleNamespace(
                name="Piano",
                program=0,
                is_drum=False,
                notes=[
                    SimpleNamespace(start=1.0, end=2.0, pitch=64, velocity=50),
                    SimpleNamespace(start=0.0, end=1.0, pitch=60, velocity=0),
                ],
                control_changes=[
                    SimpleNamespace(number=64, value=0, time=1.5),
                    SimpleNamespace(number=64, value=90, time=0.5),
                    SimpleNamespace(number=7, value=90, time=0.0),
                ],
            )
        ]
    )
    piece = from_pretty_midi(midi)
    assert piece.notes["pitch"].tolist() == [60, 64]
    assert piece.notes["velocity"].tolist() == [1, 50]
    assert from_pretty_midi(midi, pedal=True).notes["offset"].tolist() == [1.5, 2.0]


def test_pretty_midi_itself() -> None:
    import pretty_midi

    midi = pretty_midi.PrettyMIDI(initial_tempo=90)
    midi.instruments.append(pretty_midi.Instrument(40, name="Violin"))
    midi.instruments[0].notes.append(pretty_midi.Note(64, 70, 0.25, 0.75))
    piece = from_pretty_midi(midi)
    assert piece.parts == (Part("Violin", 40),)
    assert piece.notes[["onset", "offset", "pitch", "velocity"]].tolist() == [(0.25, 0.75, 70, 64)]
    ((start, qpm),) = piece.tempi
    assert (start, qpm) == (0, pytest.approx(90, abs=1e-3))
