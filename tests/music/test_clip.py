from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from musecritic.music.clip import clip_at, clip_of_roll, cut
from musecritic.music.notes import notes_from
from musecritic.music.piece import Part, Piece
from musecritic.music.roll import clip_rolls

TONES = st.lists(
    st.tuples(st.floats(0, 60), st.floats(0, 25), st.integers(21, 108)), min_size=1, max_size=30
)


def test_held_notes_are_cut_at_both_ends() -> None:
    piece = Piece(notes_from([5.0, 12.0], [25.0, 13.0], [60, 64]))
    clip = clip_at(piece, 10.0)
    assert clip.notes["onset"].tolist() == [0.0, 2.0]
    assert clip.notes["offset"].tolist() == [10.0, 3.0]
    assert piece.notes["onset"].tolist() == [5.0, 12.0]  # untouched


def test_drums_and_notes_off_the_keyboard_are_left_out() -> None:
    notes = notes_from([0, 0, 0], [1, 1, 1], [60, 38, 10], 64, [0, 1, 0])
    clip = clip_at(Piece(notes, (Part(), Part(is_drum=True))), 0.0)
    assert clip.notes["pitch"].tolist() == [60]


def test_silent_clips_are_dropped() -> None:
    piece = Piece(notes_from([0.0, 35.0], [1.0, 36.0], [60, 60]))
    assert [clip.start for clip in cut(piece)] == [0.0, 30.0]
    assert cut(Piece(notes_from([], [], []))) == []


def test_a_piece_that_ends_on_the_seam_has_no_clip_behind_it() -> None:
    assert len(cut(Piece(notes_from([0.0], [20.0], [60])))) == 2


def test_a_note_of_no_length_on_the_seam_is_in_one_clip() -> None:
    piece = Piece(notes_from([0.0, 10.0, 12.0], [1.0, 10.0, 13.0], [60, 61, 62]))
    assert [clip.notes["pitch"].tolist() for clip in cut(piece)] == [[60], [61, 62]]


@given(TONES, st.sampled_from([2.5, 10.0]))
def test_cut_covers_every_note(tones: list[tuple[float, float, int]], seconds: float) -> None:
    onset, length, pitch = zip(*tones, strict=True)
    # The very end of a piece may hold a note of no length, which then sounds in no clip.
    piece = Piece(notes_from(onset, np.add(onset, length) + 0.01, pitch))
    clips = cut(piece, seconds)
    sounding = sum(float((c.notes["offset"] - c.notes["onset"]).sum()) for c in clips)
    total = float((piece.notes["offset"] - piece.notes["onset"]).sum())
    # A tenth of a second at the most is left out of a note held over a seam.
    assert total - 0.1 * len(piece.notes) - 1e-3 <= sounding <= total + 1e-3
    for note in piece.notes:
        home = [c for c in clips if c.start <= note["onset"] + 1e-6 < c.start + seconds]
        assert len(home) == 1
        begins = home[0].notes["onset"] + home[0].start
        assert (
            np.isclose(begins, note["onset"], atol=2e-6) & (home[0].notes["pitch"] == note["pitch"])
        ).any()
    for clip in clips:
        assert clip.notes["onset"].min() >= 0
        assert clip.notes["offset"].max() <= seconds
        assert clip.roll().shape == (88, round(seconds * 10))


@given(TONES)
def test_a_clip_on_the_grid_stays_where_it_is(tones: list[tuple[float, float, int]]) -> None:
    onset, length, pitch = zip(*tones, strict=True)
    for clip in cut(Piece(notes_from(onset, np.add(onset, length), pitch))):
        gridded = clip.on_grid()
        assert (gridded.roll() == clip.roll()).all()
        assert (gridded.start, gridded.seconds, gridded.grid) == (clip.start, 10.0, 10.0)
        assert (gridded.on_grid().notes == gridded.notes).all()


def test_a_clip_of_a_roll() -> None:
    roll = np.zeros((88, 50), dtype=np.uint8)
    roll[39, 5:10] = 1
    clip = clip_of_roll(roll, start=30.0)
    assert (clip.seconds, clip.start, clip.grid) == (5.0, 30.0, 10.0)
    assert clip.notes[["onset", "offset", "pitch"]].tolist() == [(0.5, 1.0, 60)]


@given(
    st.lists(
        st.tuples(st.floats(0, 60), st.floats(0, 15), st.integers(21, 108)), min_size=1, max_size=40
    )
)
def test_clips_have_the_rolls_of_the_whole_piece(notes) -> None:
    onset, length, pitch = (np.array(column) for column in zip(*notes, strict=True))
    piece = Piece(notes_from(onset, onset + length, pitch))
    of_clips = {clip.start: clip.roll() for clip in cut(piece)}
    of_piece = dict(clip_rolls(piece.notes))
    for start, roll in of_piece.items():
        assert np.array_equal(of_clips[start], roll)
        assert np.array_equal(clip_at(piece, start).roll(), roll)
