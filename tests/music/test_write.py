from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musecritic.music.limits import Limits
from musecritic.music.midi import parse_midi
from musecritic.music.notes import Notes, in_order, notes_from
from musecritic.music.piece import Part, Piece
from musecritic.music.read import read
from musecritic.music.write import midi_bytes, write_midi

PARTS = (Part("Klavier", 0), Part("Геликон", 58), Part("Kit", 0, is_drum=True))

TONES = st.tuples(
    st.floats(0, 600), st.floats(0, 20), st.integers(0, 127), st.integers(1, 127), st.integers(0, 2)
)


def one_at_a_time(notes: Notes) -> Notes:
    """End each note where the next of its part and pitch begins, which MIDI can tell."""
    notes = notes.copy()
    for part, pitch in {(int(n["part"]), int(n["pitch"])) for n in notes}:
        same = np.flatnonzero((notes["part"] == part) & (notes["pitch"] == pitch))
        notes["offset"][same[:-1]] = np.minimum(
            notes["offset"][same[:-1]], notes["onset"][same[1:]]
        )
    return in_order(notes)


@given(st.lists(TONES, max_size=40))
def test_what_is_written_is_read_again(tones: list[tuple[float, float, int, int, int]]) -> None:
    onset, length, pitch, velocity, part = zip(*tones, strict=True) if tones else [()] * 5
    offset = np.add(onset, length)
    notes = one_at_a_time(notes_from(onset, offset, pitch, velocity, part))
    piece = Piece(notes, PARTS, title="Stück")
    again = parse_midi(midi_bytes(piece), Path("a.mid"), pedal=False, limits=Limits())
    assert again.title == "Stück"

    def told(piece: Piece) -> list[tuple[Part, int, int, float, float]]:
        return [
            (piece.parts[n["part"]], int(n["pitch"]), int(n["velocity"]), n["onset"], n["offset"])
            for n in piece.notes
        ]

    def by_part(note: tuple[Part, int, int, float, float]) -> tuple[object, ...]:
        return note[0].name, note[1], round(note[3] * 1920), round(note[4] * 1920), note[2]

    before, after = sorted(told(piece), key=by_part), sorted(told(again), key=by_part)
    assert [note[:3] for note in before] == [note[:3] for note in after]
    for row in (3, 4):
        assert np.allclose([n[row] for n in before], [n[row] for n in after], rtol=0, atol=0.001)


def test_overlapping_notes_keep_their_onsets_and_offsets() -> None:
    piece = Piece(notes_from([0, 1, 1, 2], [4, 1, 3, 2.5], [60] * 4))
    again = parse_midi(midi_bytes(piece), Path("a.mid"), pedal=False, limits=Limits())
    for column in ("onset", "offset"):
        assert sorted(again.notes[column].tolist()) == sorted(piece.notes[column].tolist())


def test_more_parts_than_channels() -> None:
    parts = tuple(Part(f"part {i}", i) for i in range(20))
    piece = Piece(notes_from(range(20), range(1, 21), [60] * 20, 64, range(20)), parts)
    again = parse_midi(midi_bytes(piece), Path("a.mid"), pedal=False, limits=Limits())
    assert again.parts == parts


def test_the_file_appears_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    path.write_text("old")
    write_midi(Piece(notes_from([0], [1], [60])), path)
    assert len(read(path).notes) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_left_behind_where_writing_fails(tmp_path: Path) -> None:
    broken = Piece(notes_from([0], [1], [60]), (Part(program=300),))
    with pytest.raises(ValueError, match="bytes"):
        write_midi(broken, tmp_path / "a.mid")
    assert list(tmp_path.iterdir()) == []
