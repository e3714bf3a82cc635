from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_np

from musecritic.music.notes import notes_from
from musecritic.music.roll import piano_roll, runs

ROLLS = st_np.arrays(np.uint8, (88, 40), elements=st.integers(0, 1))
TONES = st.lists(st.tuples(st.floats(0, 12), st.floats(0, 4), st.integers(0, 127)), max_size=20)


def test_a_note_lights_its_frames() -> None:
    roll = piano_roll(notes_from([0.3, 1.0, 2.0], [0.6, 1.0, 9.99], [21, 60, 108]))
    assert roll.shape == (88, 100)
    assert roll.dtype == np.uint8
    assert np.flatnonzero(roll[0]).tolist() == [3, 4, 5]
    assert np.flatnonzero(roll[39]).tolist() == [10]  # no length, still a frame
    assert np.flatnonzero(roll[87]).tolist() == list(range(20, 99))


def test_notes_off_the_keyboard_and_behind_the_end_are_left_out() -> None:
    assert not piano_roll(notes_from([0, 0, 10], [1, 1, 11], [20, 109, 60])).any()


def test_the_onset_plane_tells_repeated_notes_apart() -> None:
    roll = piano_roll(notes_from([0, 0.5], [0.5, 1.0], [60, 60]), 2.0, onsets=True)
    assert roll.shape == (2, 88, 20)
    assert np.flatnonzero(roll[0, 39]).tolist() == list(range(10))
    assert np.flatnonzero(roll[1, 39]).tolist() == [0, 5]


@given(ROLLS, st.sampled_from([10.0, 16.0, 100.0 / 3]))
def test_runs_are_the_inverse(roll: np.ndarray, rate: float) -> None:
    notes = runs(roll, rate)
    assert (piano_roll(notes, 40 / rate, rate) == roll).all()
    assert (np.diff(notes["onset"]) >= 0).all()
    assert ((notes["offset"] - notes["onset"]) * rate > 0.99).all()


@given(TONES, st.sampled_from([10.0, 20.0, 50.0]), st.sampled_from([1.0, 5.0, 10.0]))
def test_shape_and_drawing_twice(
    tones: list[tuple[float, float, int]], rate: float, seconds: float
) -> None:
    onset, length, pitch = zip(*tones, strict=True) if tones else [()] * 3
    roll = piano_roll(notes_from(onset, np.add(onset, length), pitch), seconds, rate)
    assert roll.shape == (88, round(seconds * rate))
    assert set(np.unique(roll)) <= {0, 1}
    assert (piano_roll(runs(roll, rate), seconds, rate) == roll).all()


@given(st.integers(0, 2**32 - 1))
def test_against_pretty_midi(seed: int) -> None:
    """Notes of at least one frame, away from the frames' edges, give pretty_midi's roll."""
    import pretty_midi

    rng = np.random.default_rng(seed)
    # The last offset lies in the last frame, so that none is cut to less than a frame.
    frames = np.sort(rng.integers(0, 99, (30, 2)), axis=1) + np.array([0, 1])
    onset, offset = (frames / 10 + rng.uniform(0.01, 0.09, (30, 2))).T
    pitch = rng.integers(21, 109, 30)
    instrument = pretty_midi.Instrument(0)
    instrument.notes = [
        pretty_midi.Note(80, int(p), a, b) for p, a, b in zip(pitch, onset, offset, strict=True)
    ]
    theirs = instrument.get_piano_roll(fs=10)[21:109] > 0
    ours = piano_roll(notes_from(onset, offset, pitch))
    assert (ours[:, : theirs.shape[1]] == theirs).all()
    assert not ours[:, theirs.shape[1] :].any()
