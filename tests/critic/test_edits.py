"""What a label says mends the note."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import made_up_notes
from tests.corrupt.clips import clips, crowded, either, lines, seeds

from musecritic.corrupt import CORRUPTIONS
from musecritic.corrupt.damage import ADDED, Damaged
from musecritic.critic.edits import (
    DELETE,
    EDITS,
    FARTHEST,
    JOIN,
    KEEP,
    MOVE,
    REORDERED,
    SHIFT,
    SHIFT_OFFSET,
    SHIFT_ONSET,
    SPLIT,
    Labels,
    after_seams,
    at_or_before,
    labels,
    move,
    semitones_of,
    undamaged,
)
from musecritic.errors import NothingToDamage
from musecritic.music.clip import Clip
from musecritic.music.notes import HIGHEST, LOWEST, notes_from

some_music = st.one_of(either, crowded, lines())


def labelled(kind: str, clip: Clip, seed: int) -> tuple[Damaged, Labels] | None:
    try:
        damaged = CORRUPTIONS[kind](clip, np.random.default_rng(seed))
    except NothingToDamage:
        return None
    return damaged, labels(clip, damaged, kind)


def test_every_edit_has_a_name_of_its_own() -> None:
    assert len(set(EDITS)) == len(EDITS)
    assert EDITS[KEEP] == "keep"
    assert {EDITS[edit] for edit in (DELETE, MOVE, JOIN, SPLIT)} == {
        "delete", "move", "join", "split",
    }  # fmt: skip


@given(st.integers(LOWEST - HIGHEST, HIGHEST - LOWEST).filter(bool))
def test_a_move_says_how_far_up_to_an_octave(semitones: int) -> None:
    far = abs(semitones) > FARTHEST
    assert (move(semitones) == MOVE) == far
    assert semitones_of(move(semitones)) == (None if far else semitones)


@pytest.mark.parametrize(
    "edit", [KEEP, DELETE, MOVE, SHIFT, SHIFT_ONSET, SHIFT_OFFSET, JOIN, SPLIT]
)
def test_other_edits_are_of_no_distance(edit: int) -> None:
    assert semitones_of(edit) is None


def test_real_music_is_kept() -> None:
    known = undamaged(3)
    assert (known.edit == KEEP).all()
    assert not known.seam.any()
    assert not known.missing.any()


@pytest.mark.parametrize("kind", CORRUPTIONS)
@given(some_music, seeds)
@settings(max_examples=40)
def test_the_edit_mends_the_note(kind: str, clip: Clip, seed: int) -> None:
    if not (done := labelled(kind, clip, seed)):
        return
    damaged, known = done
    notes = damaged.clip.notes
    assert all(len(label) == len(notes) for label in known)
    assert (known.edit[~damaged.notes] == KEEP).all()
    if kind in REORDERED:
        assert (known.edit == KEEP).all()  # every note is right but for its place
        return
    assert (known.edit[damaged.notes] != KEEP).all()
    for index in np.flatnonzero(damaged.notes):
        edit, now = known.edit[index], notes[index]
        assert (edit == DELETE) == (damaged.was[index] == ADDED)
        if edit == DELETE:
            continue
        old = clip.notes[damaged.was[index]]
        same = {name for name in ("onset", "offset", "pitch") if old[name] == now[name]}
        if edit == MOVE:
            assert abs(int(old["pitch"]) - int(now["pitch"])) > FARTHEST
        elif semitones_of(edit) is not None:
            assert int(now["pitch"]) + semitones_of(edit) == old["pitch"]
            assert {"onset", "offset"} <= same
        elif edit == SHIFT:
            assert same == {"pitch"}
        elif edit == SHIFT_ONSET:
            assert same == {"pitch", "offset"}
        elif edit == SHIFT_OFFSET:
            assert same == {"pitch", "onset"}
        elif edit == JOIN:
            assert kind == "split"
            assert (damaged.was == damaged.was[index]).sum() == 2
        else:
            assert edit == SPLIT
            assert kind == "joined"
            assert now["offset"] >= old["offset"]


@given(clips(grid=False), seeds)
def test_joining_what_is_labelled_so_gives_back_the_note(clip: Clip, seed: int) -> None:
    if done := labelled("split", clip, seed):
        damaged, known = done
        for index in set(damaged.was[known.edit == JOIN].tolist()):
            halves = damaged.clip.notes[damaged.was == index]
            old = clip.notes[index]
            assert (halves["onset"].min(), halves["offset"].max()) == (old["onset"], old["offset"])


@pytest.mark.parametrize("kind", [kind for kind in CORRUPTIONS if kind not in REORDERED])
@given(some_music, seeds)
@settings(max_examples=20)
def test_nothing_is_cut_where_notes_alone_are_changed(kind: str, clip: Clip, seed: int) -> None:
    if done := labelled(kind, clip, seed):
        assert not done[1].seam.any()
        assert kind == "removed" or not done[1].missing.any()


@pytest.mark.parametrize("kind", REORDERED)
@pytest.mark.parametrize("grid", [False, True])
def test_the_first_notes_after_a_seam_are_labelled(kind: str, grid: bool) -> None:
    clip = Clip(made_up_notes(0, 10.0))
    clip = clip.on_grid() if grid else clip
    for seed in range(10):
        damaged, known = labelled(kind, clip, seed)
        onset = damaged.clip.notes["onset"]
        first = [onset[onset >= seam - 1e-3].min(initial=np.inf) for seam in damaged.seams]
        expected = np.isin(onset, first)
        assert expected.any()
        assert np.array_equal(known.seam, expected)  # chords of this music begin as one


@given(some_music, seeds)
def test_where_a_note_is_missing_it_is_said_of_the_notes_before(clip: Clip, seed: int) -> None:
    if not (done := labelled("removed", clip, seed)):
        return
    damaged, known = done
    onset = damaged.clip.notes["onset"]
    assert known.missing.any()
    for time in clip.notes["onset"][damaged.gone]:
        before = onset[onset <= time + 0.04]
        last = before.max() if len(before) else onset.min()
        assert known.missing[onset == last].all()


def test_a_chord_spread_by_a_player_is_one_chord() -> None:
    notes = notes_from([1.0, 2.0, 2.02, 2.035, 3.0], [4.0] * 5, [60, 62, 64, 65, 67])
    assert after_seams(notes, np.array([1.5])).tolist() == [False, True, True, True, False]
    assert after_seams(notes, np.array([2.0])).tolist() == [False, True, True, True, False]
    assert at_or_before(notes, np.array([2.9])).tolist() == [False, True, True, True, False]
    assert at_or_before(notes, np.array([0.5])).tolist() == [True, False, False, False, False]
    assert at_or_before(notes[1:], np.array([0.5])).tolist() == [True, True, True, False]
    assert not len(at_or_before(notes[:0], np.array([0.5])))
    assert not after_seams(notes, np.array([3.5])).any()
    assert not after_seams(notes, np.empty(0)).any()
    assert not at_or_before(notes, np.empty(0)).any()
