"""The kinds of damage beside the seed's three keep their promises, on the grid and in ms."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.corrupt.clips import clips, crowded, either, lines, seeds

from musecritic.corrupt import CORRUPTIONS, KINDS, Damaged
from musecritic.corrupt.damage import ADDED, frames_under, in_whole_frames
from musecritic.corrupt.distance import shift_by_lot
from musecritic.errors import NothingToDamage
from musecritic.music.clip import Clip
from musecritic.music.notes import HIGHEST, LOWEST, in_order, notes_from
from musecritic.music.roll import runs

MORE = tuple(kind for kind in CORRUPTIONS if kind not in KINDS)
IN_MS_ALONE = ("split", "joined")
ON_GRID = tuple(kind for kind in MORE if kind not in IN_MS_ALONE)
PASSAGES = ("repeated", "backwards")

#: What a kind may change of a note that it touches; all else stays.
CHANGES = {
    "pitch": {"pitch"},
    "octave": {"pitch"},
    "hand": {"pitch"},
    "crossed": {"pitch"},
    "time": {"onset", "offset"},
    "onset": {"onset"},
    "offset": {"offset"},
    "removed": set(),
    "split": {"onset", "offset"},
    "joined": {"offset"},
    "repeated": {"onset", "offset"},
    "backwards": {"onset", "offset"},
}
#: Notes of the original that one change of a kind touches or does away with.
NOTES_A_CHANGE = {"joined": 2, "crossed": 2}
ONE_BY_ONE = ("pitch", "octave", "time", "onset", "offset", "removed", *IN_MS_ALONE, "crossed")

some_music = st.one_of(either, crowded, lines())
some_grid = st.one_of(clips(grid=True), clips(grid=True, lowest=60, highest=66))


def damage(kind: str, clip: Clip, seed: int, **options) -> Damaged | None:
    try:
        return CORRUPTIONS[kind](clip, np.random.default_rng(seed), **options)
    except NothingToDamage:
        return None


def roomy() -> Clip:
    """Forty notes with room on every side, each overlapping the next by half."""
    onset = np.arange(40) * 0.2
    return Clip(notes_from(onset, onset + 0.3, 40 + np.arange(40) * 7 % 40, 30 + np.arange(40)))


@pytest.mark.parametrize("kind", MORE)
@given(some_music, seeds, st.sampled_from([None, 0.05, 0.5, 1.0]))
@settings(max_examples=40)
def test_a_seed_repeats_and_nothing_is_changed_in_place(kind, clip, seed, severity) -> None:
    before = clip.notes.copy()
    one = damage(kind, clip, seed, severity=severity)
    two = damage(kind, clip, seed, severity=severity)
    assert np.array_equal(clip.notes, before)
    assert (one is None) == (two is None)
    if one is None:
        return
    assert np.array_equal(one.clip.notes, two.clip.notes)
    assert np.array_equal(one.was, two.was)
    assert not np.array_equal(one.clip.notes, in_order(before)), "it came back unchanged"
    assert one.clip.grid == clip.grid
    assert one.clip.seconds == clip.seconds


@pytest.mark.parametrize("kind", MORE)
@given(some_music, seeds, st.sampled_from([None, 0.3]))
@settings(max_examples=60)
def test_the_damage_is_told_in_full(kind, clip, seed, severity) -> None:
    damaged = damage(kind, clip, seed, severity=severity)
    if damaged is None:
        return
    notes, was, gone = damaged.clip.notes, damaged.was, damaged.gone
    assert damaged.notes.dtype == bool
    assert len(notes) == len(was) == len(damaged.notes)
    assert (was != ADDED).all()  # none of these kinds adds a note that nobody played
    assert np.array_equal(gone, np.setdiff1d(np.arange(len(clip.notes)), was))
    assert damaged.notes.any() or len(gone)
    n_damaged = damaged.notes.sum() + len(gone)
    assert damaged.severity == pytest.approx(n_damaged / (len(notes) + len(gone)))
    lit = np.concatenate([notes[damaged.notes], clip.notes[gone]])
    assert np.array_equal(damaged.frames, frames_under(lit, clip.seconds))


@pytest.mark.parametrize("kind", MORE)
@given(some_music, seeds)
@settings(max_examples=60)
def test_only_what_is_said_is_changed(kind: str, clip: Clip, seed: int) -> None:
    damaged = damage(kind, clip, seed)
    if damaged is None:
        return
    before, after = clip.notes[damaged.was], damaged.clip.notes
    for name in ("onset", "offset", "pitch", "velocity", "part"):
        differs = before[name] != after[name]
        if kind in PASSAGES and name == "offset" and clip.grid is None:
            # A note that stays may end earlier, where its key is struck anew.
            assert (after[name] <= before[name])[~damaged.notes].all()
        elif not (kind in PASSAGES and name == "offset"):
            assert not differs[~damaged.notes].any()
        if name not in CHANGES[kind]:
            assert not differs.any()


@pytest.mark.parametrize("kind", MORE)
@given(some_music, seeds)
@settings(max_examples=60)
def test_notes_are_in_order_within_clip_and_keyboard(kind: str, clip: Clip, seed: int) -> None:
    damaged = damage(kind, clip, seed)
    if damaged is None:
        return
    notes = damaged.clip.notes
    assert np.array_equal(notes, in_order(notes))
    assert notes["onset"].min() >= 0
    assert notes["offset"].max() <= clip.seconds
    assert (notes["onset"] < notes["offset"]).all()
    assert notes["pitch"].min() >= LOWEST
    assert notes["pitch"].max() <= HIGHEST
    assert ((damaged.seams > 0) & (damaged.seams < clip.seconds)).all()


@pytest.mark.parametrize("kind", ON_GRID)
@given(some_grid, seeds, st.sampled_from([None, 0.5]))
@settings(max_examples=100)
def test_on_the_grid_the_notes_are_the_runs_of_the_roll(kind, clip, seed, severity) -> None:
    damaged = damage(kind, clip, seed, severity=severity)
    if damaged is None:
        return
    assert np.array_equal(damaged.clip.notes, runs(damaged.clip.roll(), 10.0))
    assert not np.array_equal(damaged.clip.roll(), clip.roll())


@pytest.mark.parametrize("kind", ["pitch", "octave", "time", "onset", "offset", "crossed", "hand"])
@given(st.one_of(crowded, lines()), seeds, st.sampled_from([None, 0.5]))
@settings(max_examples=100)
def test_a_changed_note_stands_alone(kind, clip, seed, severity) -> None:
    damaged = damage(kind, clip, seed, severity=severity)
    if damaged is None:
        return
    notes, touched = damaged.clip.notes, damaged.notes
    for index in np.flatnonzero(touched):
        note = notes[index]
        others = np.arange(len(notes)) != index
        if kind == "hand":  # within it the notes stand to each other as they did
            others &= ~touched
        same = notes[others & (notes["pitch"] == note["pitch"])]
        meets = (same["onset"] <= note["offset"]) & (same["offset"] >= note["onset"])
        assert not meets.any()


@pytest.mark.parametrize("kind", ONE_BY_ONE)
@given(st.one_of(some_music, lines()), seeds, st.integers(1, 7))
@settings(max_examples=40)
def test_never_more_than_asked_for(kind: str, clip: Clip, seed: int, n: int) -> None:
    damaged = damage(kind, clip, seed, count=(n, n))
    if damaged is None:
        return
    concerned = np.union1d(damaged.was[damaged.notes], damaged.gone)
    assert 1 <= len(concerned) <= n * NOTES_A_CHANGE.get(kind, 1)


@pytest.mark.parametrize("kind", ONE_BY_ONE)
@pytest.mark.parametrize("grid", [False, True])
def test_as_many_as_asked_for_where_there_is_room(kind: str, grid: bool) -> None:
    clip = roomy()
    if kind == "joined":
        onset = np.arange(40) * 0.24
        clip = Clip(notes_from(onset, onset + 0.2, 60))
    if grid and kind in IN_MS_ALONE:
        return
    clip = clip.on_grid() if grid else clip
    notes_a_change = NOTES_A_CHANGE.get(kind, 1)
    # Of those that are joined with their next: the share of the first ones.
    share = 1 if kind == "joined" else notes_a_change
    for n in (1, 5, 10):
        for asked in ({"count": (n, n)}, {"severity": n * share / 40}):
            damaged = damage(kind, clip, n, **asked)
            concerned = np.union1d(damaged.was[damaged.notes], damaged.gone)
            assert len(concerned) == n * notes_a_change


@pytest.mark.parametrize("kind", ["pitch", "octave", "time", "onset", "offset"])
def test_a_draw_that_cannot_be_does_not_mean_that_no_note_can(kind: str) -> None:
    lowest = Clip(notes_from([4.0], [6.0], [LOWEST]))
    assert all(damage(kind, lowest, seed) is not None for seed in range(20))


@pytest.mark.parametrize("kind", ["hand", *PASSAGES])
def test_longer_stretches_touch_more(kind: str) -> None:
    mean = []
    for n in (4, 12):
        done = [damage(kind, roomy(), seed, count=(n, n)) for seed in range(10)]
        mean.append(np.mean([damaged.notes.sum() for damaged in done if damaged]))
    assert mean[0] < mean[1]


@given(some_music, seeds)
def test_octave_moves_by_twelve_semitones(clip: Clip, seed: int) -> None:
    if damaged := damage("octave", clip, seed):
        step = damaged.clip.notes["pitch"].astype(int) - clip.notes["pitch"][damaged.was]
        assert set(np.abs(step[damaged.notes])) == {12}


@given(some_music, seeds)
def test_wrong_pitch_is_another_pitch(clip: Clip, seed: int) -> None:
    if damaged := damage("pitch", clip, seed):
        differs = damaged.clip.notes["pitch"] != clip.notes["pitch"][damaged.was]
        assert np.array_equal(differs, damaged.notes)


@given(some_music, seeds)
def test_time_shift_keeps_the_length(clip: Clip, seed: int) -> None:
    if damaged := damage("time", clip, seed):
        before, after = (
            notes[damaged.notes] for notes in (clip.notes[damaged.was], damaged.clip.notes)
        )
        by = after["onset"] - before["onset"]
        assert np.allclose(by, after["offset"] - before["offset"])
        assert ((np.abs(by) > 0.1 - 1e-9) & (np.abs(by) < 4 + 1e-9)).all()


@pytest.mark.parametrize("end", ["onset", "offset"])
@given(some_music, seeds)
def test_onset_and_offset_shift_move_one_end(end: str, clip: Clip, seed: int) -> None:
    if damaged := damage(end, clip, seed):
        before, after = clip.notes[damaged.was], damaged.clip.notes
        by = np.abs(after[end] - before[end])[damaged.notes]
        assert ((by > 0.1 - 1e-9) & (by < 4 + 1e-9)).all()
        assert ((after["offset"] - after["onset"])[damaged.notes] > 0.05 - 1e-8).all()


@given(some_music, seeds)
def test_removed_leaves_the_rest_as_it_was(clip: Clip, seed: int) -> None:
    damaged = damage("removed", clip, seed)
    assert (damaged is None) == (len(clip.notes) < 2)
    if damaged is not None:
        kept = np.setdiff1d(np.arange(len(clip.notes)), damaged.gone)
        assert np.array_equal(damaged.clip.notes, in_order(clip.notes[kept]))
        assert len(damaged.clip.notes) > 0
        assert not damaged.notes.any()


@given(st.one_of(clips(grid=False), lines()), seeds)
def test_split_halves_are_the_note(clip: Clip, seed: int) -> None:
    damaged = damage("split", clip, seed)
    if damaged is None:
        long = clip.notes["offset"] - clip.notes["onset"] >= 0.1
        assert not long.any()
        return
    notes = damaged.clip.notes
    for index in set(damaged.was[damaged.notes].tolist()):
        first, second = np.flatnonzero(damaged.was == index)
        old = clip.notes[index]
        assert notes["onset"][first] == old["onset"]
        assert notes["offset"][first] == notes["onset"][second]
        assert notes["offset"][second] == old["offset"]
        length = notes["offset"][[first, second]] - notes["onset"][[first, second]]
        assert (length > 0.05 - 1e-8).all()


@given(lines(), seeds)
def test_joined_notes_reach_to_the_end_of_the_next(clip: Clip, seed: int) -> None:
    damaged = damage("joined", clip, seed)
    if damaged is None:
        return
    assert damaged.notes.sum() == len(damaged.gone)
    for index in np.flatnonzero(damaged.notes):
        old = clip.notes[damaged.was[index]]
        later = (clip.notes["pitch"] == old["pitch"]) & (clip.notes["onset"] > old["onset"])
        following = np.flatnonzero(later)[0]
        assert following in damaged.gone
        assert clip.notes["onset"][following] - old["offset"] <= 0.05 + 1e-9
        assert damaged.clip.notes["offset"][index] == clip.notes["offset"][following]


@given(some_music, seeds)
def test_a_hand_is_transposed_as_one(clip: Clip, seed: int) -> None:
    damaged = damage("hand", clip, seed)
    if damaged is None:
        return
    before, touched = clip.notes[damaged.was], damaged.notes
    step = damaged.clip.notes["pitch"].astype(int) - before["pitch"]
    assert len(set(step[touched])) == 1
    assert 1 <= abs(step[touched][0]) <= 6
    # The other hand's notes of the stretch lie all above it, or all below.
    onset = before["onset"][touched]
    inside = (before["onset"] > onset.min()) & (before["onset"] < onset.max())
    rest = before["pitch"][inside & ~touched]
    own = before["pitch"][touched]
    assert (rest > own.max()).all() or (rest < own.min()).all()


@given(some_music, seeds)
def test_crossed_notes_exchange_their_pitches(clip: Clip, seed: int) -> None:
    damaged = damage("crossed", clip, seed)
    if damaged is None:
        return
    before, after = clip.notes[damaged.was][damaged.notes], damaged.clip.notes[damaged.notes]
    assert Counter(before["pitch"].tolist()) == Counter(after["pitch"].tolist())
    for old, new in zip(before, after, strict=True):
        other = before[
            (before["pitch"] == new["pitch"])
            & (after["pitch"] == old["pitch"])
            & (before["onset"] < old["offset"])
            & (before["offset"] > old["onset"])
            & (np.abs(before["onset"] - old["onset"]) >= 0.1 - 1e-9)
        ]
        assert len(other) >= 1
        assert 0 < abs(int(new["pitch"]) - int(old["pitch"])) <= 19


@given(some_music, seeds)
def test_a_repetition_stands_where_its_seams_are(clip: Clip, seed: int) -> None:
    damaged = damage("repeated", clip, seed)
    if damaged is None:
        return
    before, after = clip.notes[damaged.was][damaged.notes], damaged.clip.notes[damaged.notes]
    by = after["onset"] - before["onset"]
    assert np.allclose(by, by[0])
    start = damaged.seams[0]
    assert by[0] >= 0.5 - 1e-9
    assert (after["onset"] >= start - 1e-9).all()
    assert (after["onset"] < start + by[0] + 1e-9).all()
    assert (before["onset"] >= start - by[0] - 1e-9).all()
    assert (before["onset"] < start).all()
    if len(damaged.seams) == 2:
        assert damaged.seams[1] == pytest.approx(start + by[0])
    # All that stood there is gone; on the grid runs may melt besides.
    onset = clip.notes["onset"]
    there = np.flatnonzero((onset >= start) & (onset < start + by[0] - 1e-6))
    assert set(there) <= set(damaged.gone)
    if clip.grid is None:
        assert (onset[damaged.gone] < start + by[0] + 1e-6).all()


@given(some_music, seeds)
def test_a_passage_backwards_is_mirrored(clip: Clip, seed: int) -> None:
    damaged = damage("backwards", clip, seed)
    if damaged is None:
        return
    before, after = clip.notes[damaged.was][damaged.notes], damaged.clip.notes[damaged.notes]
    mirror = before["onset"] + after["onset"]
    assert np.allclose(mirror, mirror[0])
    if clip.grid is None:
        longer = (after["offset"] - after["onset"]) - (before["offset"] - before["onset"])
        assert (longer < 1e-9).all()
        assert not len(damaged.gone)


@pytest.mark.parametrize("kind", PASSAGES)
@given(crowded, seeds)
def test_no_key_of_a_passage_is_struck_while_it_is_down(kind: str, clip: Clip, seed: int) -> None:
    damaged = damage(kind, clip, seed)
    if damaged is None:
        return
    notes = damaged.clip.notes
    for index in np.flatnonzero(damaged.notes):
        same = notes["pitch"] == notes["pitch"][index]
        later = notes["onset"][same & (notes["onset"] > notes["onset"][index] + 1e-5)]
        assert notes["offset"][index] <= later.min(initial=np.inf)
        earlier = notes["offset"][same & (notes["onset"] < notes["onset"][index] - 1e-5)]
        assert earlier.max(initial=0.0) <= notes["onset"][index]


@pytest.mark.parametrize("kind", PASSAGES)
def test_unisons_and_overlaps_elsewhere_stay(kind: str) -> None:
    # Two parts in unison and a key struck while it is down, before the passage and after it.
    onset = np.array([0.1, 0.1, 0.2, 0.3, 9.5, 9.5, 9.6, 9.7])
    own = notes_from(onset, onset + 0.25, [60, 60, 61, 61] * 2, 64, [0, 1, 0, 0] * 2)
    line = 1 + np.arange(38) * 0.2
    clip = Clip(
        in_order(np.concatenate([own, notes_from(line, line + 0.15, 30 + np.arange(38) % 20)]))
    )
    for seed in range(20):
        damaged = damage(kind, clip, seed, count=(4, 8))
        notes, touched = damaged.clip.notes, damaged.notes
        around = ~np.isin(own["onset"], clip.notes["onset"][damaged.was[touched]])
        around &= ~np.isin(own["onset"], clip.notes["onset"][damaged.gone])
        kept = Counter(notes[~touched].tolist())
        assert not Counter(own[around].tolist()) - kept


def test_backwards_is_joined_before_its_first_and_after_its_last_note() -> None:
    onset = 0.5 + np.arange(20) * 0.4
    clip = Clip(notes_from(onset, onset + 0.2, 40 + np.arange(20)))
    for seed in range(20):
        damaged = damage("backwards", clip, seed, count=(5, 5))
        onset = damaged.clip.notes["onset"]
        (inside,) = np.nonzero(damaged.notes)
        expected = [onset[inside[0]]] if inside[0] > 0 else []
        expected += [onset[inside[-1] + 1]] if inside[-1] + 1 < len(onset) else []
        assert damaged.seams.tolist() == pytest.approx(expected)


def test_on_the_grid_notes_that_meet_are_one_run() -> None:
    # Two keys in turn, each held until just before it is struck again.
    onset = np.cumsum(np.tile([0.2, 0.3, 0.2, 0.4], 9))
    held = np.append(onset[2:], [onset[-1] + 0.3, onset[-1] + 0.6]) - onset - 0.1
    clip = Clip(notes_from(onset, onset + held, np.tile([60, 62], 18))).on_grid()
    for kind in PASSAGES:
        damaged = [damage(kind, clip, seed, count=(4, 5)) for seed in range(20)]
        met = [done for done in damaged if done and len(done.clip.notes) < len(clip.notes)]
        assert met
        for done in met:
            assert np.array_equal(done.clip.notes, runs(done.clip.roll(), 10.0))
            assert len(done.gone)


@pytest.mark.parametrize("kind", MORE)
@pytest.mark.parametrize("grid", [None, 10.0])
def test_silence_cannot_be_damaged(kind: str, grid: float | None) -> None:
    with pytest.raises(NothingToDamage):
        CORRUPTIONS[kind](Clip(notes_from([], [], []), grid=grid), np.random.default_rng(0))


@pytest.mark.parametrize("kind", ["removed", "joined", "hand", "crossed", *PASSAGES])
def test_a_single_note_is_not_enough(kind: str) -> None:
    with pytest.raises(NothingToDamage):
        CORRUPTIONS[kind](Clip(notes_from([1], [2], [60])), np.random.default_rng(0))


@pytest.mark.parametrize(
    ("kind", "notes"),
    [
        ("time", notes_from([0], [10], [60])),  # no room to move
        ("onset", notes_from([0], [0.14], [60])),  # a tenth later it would be too short
        ("offset", notes_from([9.86], [10], [60])),
        ("split", notes_from([1], [1.09], [60])),
        ("joined", notes_from([1, 2.1], [2, 3], [60, 60])),
        ("crossed", notes_from([1, 1.05], [2, 2], [60, 64])),  # one chord
        ("crossed", notes_from([1, 1.5], [2, 2], [60, 80])),  # too wide
        ("octave", notes_from([0] * 8, [10] * 8, range(LOWEST, HIGHEST + 1, 12))),
        ("backwards", notes_from(np.arange(9) / 2, np.arange(9) / 2 + 0.2, 60)),
        ("repeated", notes_from(np.arange(20) / 2, np.arange(20) / 2 + 0.2, 60)),
    ],
)
def test_what_cannot_be_damaged_is_refused(kind: str, notes) -> None:
    for seed in range(10):
        assert damage(kind, Clip(notes), seed) is None


@pytest.mark.parametrize("kind", IN_MS_ALONE)
@given(clips(grid=True), seeds)
@settings(max_examples=20)
def test_on_the_grid_nothing_can_be_split_or_joined(kind: str, clip: Clip, seed: int) -> None:
    assert damage(kind, clip, seed) is None


@given(seeds, st.sampled_from([4.0, 10.0, 16.0, 50.0]))
def test_a_shift_on_a_grid_is_in_whole_frames(seed: int, grid: float) -> None:
    clip = Clip(notes_from([], [], []), grid=grid)
    shift = shift_by_lot(clip, np.random.default_rng(seed)) * grid
    assert shift == pytest.approx(round(shift))
    assert abs(shift) > 0.5


def test_whole_frames_are_a_roll_s_numbers() -> None:
    notes = notes_from([0.1 + 0.2], [0.7 + 0.1], [60])
    exact = in_whole_frames(notes, 10.0)
    assert (exact["onset"][0], exact["offset"][0]) == (0.3, 0.8)
    assert notes["onset"][0] != 0.3
    assert in_whole_frames(notes, None) is notes


def test_notes_that_ring_beyond_the_clip_are_damaged_without_ringing_on() -> None:
    # A piece is damaged ten seconds after ten seconds: notes may end in the next ten.
    done = set()
    onset = np.arange(20) * 0.5
    clip = Clip(notes_from(onset, onset + 4.0, 40 + np.arange(20)))
    last = clip.notes["offset"].max()
    for kind in MORE:
        for seed in range(10):
            damaged = damage(kind, clip, seed)
            if damaged is None:
                continue
            done.add(kind)
            assert damaged.clip.notes["onset"].max() < 10
            assert damaged.clip.notes["offset"].max() <= last
            if kind in ("time", "offset"):
                before = clip.notes["offset"][damaged.was]
                later = damaged.clip.notes["offset"] > before
                assert (damaged.clip.notes["offset"][later] <= 10).all()
    assert done == set(MORE) - {"joined"}  # every key is struck but once
