"""MDTK's faults: what they do to a clip, and where."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.critic.evaluation.milliseconds import ms, triples

from musecritic.critic.evaluation.mdtk_excerpts import _one_part
from musecritic.critic.evaluation.mdtk_faults import FAULTS
from musecritic.music.clip import Clip


def difference(before, after):
    """Return the notes that are gone and those that are new, as sorted triples."""
    before, after = triples(before), triples(after)
    return sorted((before - after).elements()), sorted((after - before).elements())


def clip_of(*notes):
    return Clip(ms(*notes), seconds=5.0)


def done(fault, clip, n=200):
    """Return what n seeds make of a clip, as (gone, new)."""
    made = (FAULTS[fault](clip, np.random.default_rng(seed)) for seed in range(n))
    return [None if m is None else difference(clip.notes, m.notes) for m in made]


# Few keys, so that notes follow each other on one, and some with a gap of 50 ms at most.
clips = st.lists(
    st.tuples(st.integers(0, 4800), st.integers(1, 900), st.integers(59, 62)),
    min_size=1,
    max_size=25,
).map(
    lambda found: Clip(
        _one_part(ms(*((onset, min(onset + dur, 5000), pitch) for onset, dur, pitch in found))),
        seconds=5.0,
    )
)
seeds = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize("fault", FAULTS)
@settings(max_examples=60)
@given(clips, seeds)
def test_a_fault_does_to_one_note_what_it_is_named_for(fault, clip, seed):
    before = clip.notes.copy()
    faulty = FAULTS[fault](clip, np.random.default_rng(seed))
    assert np.array_equal(clip.notes, before)
    if faulty is None:
        return
    again = FAULTS[fault](clip, np.random.default_rng(seed))
    assert np.array_equal(again.notes, faulty.notes)
    assert (faulty.seconds, faulty.start, faulty.grid) == (clip.seconds, clip.start, clip.grid)
    assert (np.diff(faulty.notes["onset"]) >= 0).all()
    assert not np.setdiff1d(faulty.notes["velocity"], before["velocity"]).size
    assert np.array_equal(_one_part(faulty.notes), faulty.notes) or not len(faulty.notes)

    first, last = before["onset"].min() * 1000, before["offset"].max() * 1000
    gone, new = difference(before, faulty.notes)
    if fault == "join_notes":
        ((onset, offset, pitch),) = new
        assert (onset, offset) == (gone[0][0], gone[-1][1])
        assert {p for _, _, p in gone} == {pitch}
        assert 2 <= len(gone) <= 20
        assert all(b[0] - a[1] <= 50 for a, b in pairwise(gone))
        return
    assert len(gone) == (fault != "add_note")
    assert len(new) == {"remove_note": 0, "split_note": 2}.get(fault, 1)
    if fault == "add_note":
        ((onset, offset, pitch),) = new
        assert first <= onset
        assert onset + 50 <= offset < last
        assert 21 <= pitch <= 108
    elif fault == "split_note":
        (a, b), (old,) = new, gone
        assert (a[0], a[1], b[1], a[2], b[2]) == (old[0], b[0], old[1], old[2], old[2])
        assert abs((a[1] - a[0]) - (b[1] - b[0])) <= 1
        assert min(a[1] - a[0], b[1] - b[0]) >= 50
    elif fault != "remove_note":
        ((was_on, was_off, was_key),), ((onset, offset, pitch),) = gone, new
        assert 0 <= onset < offset <= last
        assert {
            "pitch_shift": (onset, offset) == (was_on, was_off) and was_key != pitch,
            "time_shift": pitch == was_key
            and offset - onset == was_off - was_on
            and abs(onset - was_on) >= 100,
            "onset_shift": (offset, pitch) == (was_off, was_key)
            and abs(onset - was_on) >= 100
            and offset - onset >= 50,
            "offset_shift": (onset, pitch) == (was_on, was_key)
            and abs(offset - was_off) >= 100
            and offset - onset >= 50,
        }[fault]
        assert 21 <= pitch <= 108


def assert_uniform(drawn, first, last):
    """Check the ends and, within four standard errors, the mean of a draw from first .. last."""
    span = last - first
    assert first <= min(drawn) < first + 0.05 * span
    assert last - 0.05 * span < max(drawn) <= last
    assert np.mean(drawn) == pytest.approx(
        (first + last) / 2, abs=4 * span / np.sqrt(12 * len(drawn))
    )


def test_every_place_that_fits_is_as_likely():
    two = clip_of((0, 300, 60), (500, 700, 72))
    of_key = {60: [], 72: []}
    for _, ((onset, _, pitch),) in done("time_shift", two, 800):
        of_key[pitch].append(onset)
    assert len(of_key[60]) == pytest.approx(400, abs=57)  # four standard deviations
    assert_uniform(of_key[60], 100, 400)
    assert_uniform(of_key[72], 0, 400)

    # 500 can come 100 .. 500 sooner, or 100 .. 550 later: two stretches, each as likely as long.
    onsets = [new[0][0] for gone, new in done("onset_shift", clip_of((500, 1100, 60)), 800)]
    sooner, later = [o for o in onsets if o < 500], [o for o in onsets if o > 500]
    assert_uniform(sooner, 0, 400)
    assert_uniform(later, 600, 1050)
    assert len(sooner) / 800 == pytest.approx(401 / 852, abs=0.07)

    drawn = done("offset_shift", clip_of((0, 800, 60), (10, 40, 72)), 800)
    assert_uniform([new[0][1] for gone, new in drawn if new[0][2] == 60], 50, 700)
    assert_uniform([new[0][1] for gone, new in drawn if new[0][2] == 72], 140, 800)

    keys = [new[0][2] for _, new in done("pitch_shift", clip_of((0, 300, 60)), 800)]
    assert_uniform(keys, 21, 108)
    added = [new[0] for _, new in done("add_note", clip_of((100, 120, 60), (900, 1000, 72)), 800)]
    assert_uniform([key for _, _, key in added], 21, 108)
    assert_uniform([onset for onset, _, _ in added], 100, 949)
    late = [(off - on - 50) / (1000 - on - 50) for on, off, _ in added if on < 900]
    assert_uniform(late, 0, 1)


@pytest.mark.parametrize(
    ("fault", "enough", "new", "too_little"),
    [
        ("time_shift", (0, 100, 60), [(100, 200, 60)], (0, 101, 60)),
        ("onset_shift", (0, 150, 60), [(100, 150, 60)], (0, 149, 60)),
        ("offset_shift", (0, 150, 60), [(0, 50, 60)], (0, 149, 60)),
        ("split_note", (0, 100, 60), [(0, 50, 60), (50, 100, 60)], (0, 99, 60)),
        ("add_note", (0, 51, 60), None, (0, 50, 60)),
    ],
)
def test_the_limits_of_what_can_be_done(fault, enough, new, too_little):
    # Beside a note on another key that ends at 200 ms where the shift of time needs one.
    beside = [(0, 200, 72)] if fault == "time_shift" else []
    found = [m for m in done(fault, clip_of(enough, *beside)) if not m[0] or m[0][0][2] == 60]
    assert found
    if new:
        assert all(made == new for _, made in found)
    else:
        assert {made[0][:2] for _, made in found} == {(0, 50)}
    assert all(m is None or m[0][0][2] == 72 for m in done(fault, clip_of(too_little, *beside)))


def test_what_cannot_be_done_gives_none():
    empty = Clip(ms(), seconds=5.0)
    assert all(fault(empty, np.random.default_rng(0)) is None for fault in FAULTS.values())
    assert set(done("join_notes", clip_of((0, 100, 60), (151, 300, 60), (0, 9, 61)))) == {None}
    full = clip_of(*((0, 5000, key) for key in range(21, 109)))
    assert set(done("pitch_shift", full, 5)) == set(done("add_note", full, 5)) == {None}
    assert set(done("time_shift", clip_of((0, 5000, 60)))) == {None}


def test_touching_notes_do_not_overlap():
    # Either note can move to one place alone, where it touches the other.
    found = done("time_shift", clip_of((0, 100, 60), (200, 300, 60)))
    assert {m[1][0] for m in found if m} == {(100, 200, 60)}
    assert {m[0][0] for m in found if m} == {(0, 100, 60), (200, 300, 60)}
    assert None in found  # ten draws of a hundred places


def test_a_run_is_joined_to_its_end_or_to_twenty_notes():
    run = [(100 * i, 100 * i + 60, 60) for i in range(25)]
    found = done("join_notes", clip_of(*run, (2560, 2600, 60), (0, 2500, 61)))
    assert {gone[0][0] for gone, _ in found} == {100 * i for i in range(24)}
    assert all(len(gone) == min(20, 25 - gone[0][0] // 100) for gone, _ in found)
    ((onset, offset, _),) = next(new for gone, new in found if gone[0][0] == 0)
    assert (onset, offset) == (0, 1960)
