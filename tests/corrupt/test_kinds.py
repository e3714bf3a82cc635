"""The seed's three kinds of damage keep their promises, on the grid and in milliseconds."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.corrupt.clips import clips, either, seeds

from musecritic.corrupt import KINDS, corruption
from musecritic.errors import NothingToDamage, UnknownName
from musecritic.music.clip import Clip, clip_of_roll
from musecritic.music.notes import HIGHEST, LOWEST, notes_from


def damage(kind: str, clip: Clip, seed: int, **options):
    try:
        return KINDS[kind](clip, np.random.default_rng(seed), **options)
    except NothingToDamage:
        return None


@given(clips(grid=True), seeds)
def test_shuffle_on_the_grid_keeps_the_columns(clip: Clip, seed: int) -> None:
    damaged = damage("shuffle", clip, seed)
    if damaged is None:
        return
    before, after = clip.roll(), damaged.clip.roll()
    assert sorted(map(bytes, before.T)) == sorted(map(bytes, after.T))
    assert not np.array_equal(before, after)


@given(clips(grid=False), seeds)
def test_shuffle_in_milliseconds_keeps_the_notes(clip: Clip, seed: int) -> None:
    damaged = damage("shuffle", clip, seed)
    if damaged is None:
        return
    names = ["pitch", "velocity"]
    assert Counter(clip.notes[names].tolist()) == Counter(damaged.clip.notes[names].tolist())
    length = np.sort(damaged.clip.notes["offset"] - damaged.clip.notes["onset"])
    assert (length <= np.sort(clip.notes["offset"] - clip.notes["onset"]) + 1e-9).all()
    assert damaged.clip.notes["onset"].min() >= 0
    assert damaged.clip.notes["onset"].max() < 10


@given(either, seeds, st.integers(1, 7))
def test_off_key_moves_the_stated_number_by_one_semitone(clip: Clip, seed: int, n: int) -> None:
    damaged = damage("off-key", clip, seed, count=(n, n))
    if damaged is None:
        return
    step = damaged.clip.notes["pitch"].astype(int) - clip.notes["pitch"]
    assert np.array_equal(step != 0, damaged.notes)
    assert set(np.abs(step[damaged.notes])) == {1}
    assert damaged.notes.sum() <= n
    assert damaged.severity == pytest.approx(damaged.notes.sum() / len(clip.notes))
    assert damaged.clip.notes["pitch"].min() >= LOWEST
    assert damaged.clip.notes["pitch"].max() <= HIGHEST
    for name in ("onset", "offset", "velocity"):
        assert np.array_equal(damaged.clip.notes[name], clip.notes[name])


def test_off_key_reaches_its_number_where_there_is_room() -> None:
    onset = np.arange(40) * 0.25
    clip = Clip(notes_from(onset, onset + 0.2, 40 + np.arange(40) % 20))
    for n in (1, 5, 20, 40):
        assert damage("off-key", clip, 0, count=(n, n)).notes.sum() == n


@given(either, seeds)
def test_noise_removes_nothing_that_sounded(clip: Clip, seed: int) -> None:
    damaged = damage("noise", clip, seed)
    if damaged is None:
        return
    kept = damaged.clip.notes[~damaged.notes]
    assert Counter(kept.tolist()) == Counter(clip.notes.tolist())
    assert (damaged.clip.roll() >= clip.roll()).all()
    assert 1 <= damaged.notes.sum() <= 15
    assert (damaged.clip.notes["offset"] <= 10 + 1e-9).all()


@given(clips(grid=True), seeds)
def test_noise_on_the_grid_lasts_a_tenth_to_four_tenths(clip: Clip, seed: int) -> None:
    damaged = damage("noise", clip, seed)
    if damaged is None:
        return
    added = damaged.clip.notes[damaged.notes]
    frames = (added["offset"] - added["onset"]) * 10
    assert np.allclose(frames, np.round(frames))
    assert (np.round(frames) >= 1).all()
    assert (np.round(frames) <= 4).all()
    # Every added note is a run of its own in the roll.
    assert len(clip_of_roll(damaged.clip.roll()).notes) == len(damaged.clip.notes)


@given(clips(grid=False), seeds)
def test_noise_in_milliseconds_has_velocities_of_the_clip(clip: Clip, seed: int) -> None:
    damaged = damage("noise", clip, seed)
    if damaged is None:
        return
    added = damaged.clip.notes[damaged.notes]
    assert set(added["velocity"].tolist()) <= set(clip.notes["velocity"].tolist())


@pytest.mark.parametrize("kind", KINDS)
@given(either, seeds, st.sampled_from([None, 0.05, 0.5, 1.0]))
@settings(max_examples=40)
def test_a_seed_repeats_and_nothing_is_changed_in_place(kind, clip, seed, severity) -> None:
    before = clip.notes.copy()
    one = damage(kind, clip, seed, severity=severity)
    two = damage(kind, clip, seed, severity=severity)
    assert np.array_equal(clip.notes, before)
    if one is None:
        assert two is None
        return
    assert np.array_equal(one.clip.notes, two.clip.notes)
    assert one.frames.shape == (100,)
    assert len(one.notes) == len(one.clip.notes)
    assert 0 <= one.severity <= 1
    changed = not np.array_equal(one.clip.notes, before)
    assert changed, "a corruption returned the clip unchanged"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("grid", [True, False])
def test_severity_asked_for_is_severity_done(kind: str, grid: bool, piece) -> None:
    clip = Clip(piece.notes[piece.notes["onset"] < 9.5])
    clip = clip.on_grid() if grid else clip
    for severity in (0.02, 0.1, 0.3):
        done = [damage(kind, clip, seed, severity=severity).severity for seed in range(5)]
        # A shuffle moves whole chunks, and cannot hit every share.
        margin = 0.06 if kind == "shuffle" else 0.5 / len(clip.notes) + 1e-9
        assert np.mean(done) == pytest.approx(severity, abs=margin)


def test_shuffle_in_milliseconds_moves_notes_by_their_chunk() -> None:
    onset = 0.05 + np.arange(88) * 0.11
    clip = Clip(notes_from(onset, onset + 0.05, LOWEST + np.arange(88)))
    moved = damage("shuffle", clip, 4).clip.notes
    # Pitch tells which note was which: within a chunk their distances in time stay.
    step = np.diff(moved["onset"])
    neighbours = np.diff(moved["pitch"].astype(int)) == 1
    assert np.allclose(step[neighbours], 0.11)
    assert 2 <= (~neighbours).sum() + 1 <= 7


def test_no_key_is_struck_while_it_is_down() -> None:
    rng = np.random.default_rng(0)
    onset = np.sort(rng.uniform(0.01, 9, 60))
    clip = Clip(notes_from(onset, onset + 2, rng.integers(60, 64, 60)))
    moved = damage("shuffle", clip, 1).clip.notes
    for pitch in range(60, 64):
        own = moved[moved["pitch"] == pitch]
        assert (own["offset"][:-1] <= own["onset"][1:] + 1e-9).all()


def test_notes_held_over_from_before_stay_at_the_start() -> None:
    onset = np.concatenate([[0.0, 0.0], 0.5 + np.arange(30) * 0.3])
    clip = Clip(notes_from(onset, onset + 0.2, 40 + np.arange(32)))
    for seed in range(5):
        moved = damage("shuffle", clip, seed).clip.notes
        assert set(moved["pitch"][moved["onset"] == 0]) >= {40, 41}


@pytest.mark.parametrize("kind", KINDS)
def test_a_clip_that_cannot_be_damaged_is_refused(kind: str) -> None:
    empty = Clip(notes_from([], [], []), grid=10.0)
    with pytest.raises(NothingToDamage):
        KINDS[kind](empty, np.random.default_rng(0))


def test_one_held_chord_has_no_other_order() -> None:
    clip = Clip(notes_from([0, 0], [10, 10], [60, 64])).on_grid()
    with pytest.raises(NothingToDamage):
        KINDS["shuffle"](clip, np.random.default_rng(0))


def test_damaged_frames_are_those_under_the_touched_notes() -> None:
    clip = Clip(notes_from([2.0], [2.5], [60])).on_grid()
    damaged = damage("off-key", clip, 0)
    assert np.flatnonzero(damaged.frames).tolist() == [20, 21, 22, 23, 24]


def test_seams_of_a_shuffle_are_where_the_order_breaks() -> None:
    # A rising line, one pitch a frame for as long as there are keys: order can be read off it.
    roll = np.zeros((88, 88), dtype=np.uint8)
    roll[np.arange(88), np.arange(88)] = 1
    damaged = damage("shuffle", clip_of_roll(roll), 3)
    line = damaged.clip.roll().argmax(axis=0)
    seams = np.flatnonzero(np.diff(line) != 1) + 1
    expected = np.zeros(88, dtype=bool)
    for seam in seams:
        expected[seam - 2 : seam + 2] = True
    assert np.array_equal(damaged.frames, expected)


def test_an_unknown_kind_names_the_known() -> None:
    with pytest.raises(UnknownName, match=r"shuffle"):
        corruption("jazz")
