"""MDTK's faults, excerpts, figures and tasks, each against what can be reckoned another way."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from musecritic.critic.evaluation.mdtk import Judged, mdtk_tasks
from musecritic.critic.evaluation.mdtk_excerpts import _one_part, excerpts
from musecritic.critic.evaluation.mdtk_faults import CLASSES, FAULTS, milliseconds
from musecritic.critic.evaluation.mdtk_metrics import (
    agreement,
    confusion,
    f1,
    frame_f1,
    helpfulness,
    hits,
    onset_f1,
    precision,
    recall,
    wrong_frames,
)
from musecritic.errors import BadInput, UnknownName
from musecritic.measure.bootstrap import intervals, values
from musecritic.music.clip import Clip
from musecritic.music.notes import notes_from


def ms(*notes):
    """Return notes given as (onset, offset, pitch), in milliseconds."""
    onset, offset, pitch = np.array(notes).reshape(-1, 3).T
    return notes_from(onset / 1000, offset / 1000, pitch)


def triples(notes):
    onset, offset = milliseconds(notes["onset"]), milliseconds(notes["offset"])
    return Counter(zip(onset.tolist(), offset.tolist(), notes["pitch"].tolist(), strict=True))


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


def test_excerpts_are_as_mdtk_takes_them(toy_corpus):
    works = [notes for _, notes in toy_corpus]
    taken = excerpts(works, 90, seed=3)
    assert Counter(e.fault for e in taken) == dict.fromkeys(CLASSES, 10)
    assert len({e.work for e in taken}) == len(works)
    for e in taken:
        assert (e.clip.seconds, e.clean.seconds, e.clean.grid) == (5.0, 5.0, None)
        assert len(e.clean.notes) >= 10
        onset = milliseconds(e.clean.notes["onset"])
        assert 0 <= onset[0] < 200
        assert onset[-1] < 5000
        assert e.clean.notes["offset"].max() <= 5
        work = works[e.work]
        at = milliseconds(work["onset"]) - round(e.clean.start * 1000)
        inside = (at >= onset[0]) & (at < 5000)
        # Two voices may strike one key together; it is one note then.
        assert set(zip(at[inside], work["pitch"][inside], strict=True)) == set(
            zip(onset, e.clean.notes["pitch"], strict=True)
        )
        assert np.array_equal(e.clip.notes, e.clean.notes) == (e.fault == "none")
    assert [triples(e.clip.notes) for e in excerpts(works, 20, seed=3)] == [
        triples(e.clip.notes) for e in taken[:20]
    ]
    assert excerpts(works, 1, seed=4)[0].clean.start != taken[0].clean.start


def test_a_key_is_held_once_at_a_time():
    notes = ms((0, 1000, 60), (200, 400, 60), (1200, 1300, 60), (1200, 1250, 60), (100, 900, 61))
    assert triples(_one_part(notes)) == triples(
        ms((0, 200, 60), (200, 1000, 60), (1200, 1300, 60), (100, 900, 61))
    )


def test_too_little_music_is_refused():
    few = ms(*((i * 100, i * 100 + 50, 60 + i) for i in range(10)))
    sparse = ms(*((i * 1000, i * 1000 + 50, 60) for i in range(40)))
    lone = ms(*((i * 200, i * 200 + 300, 40 + i) for i in range(40)))  # nothing to join
    with pytest.raises(BadInput, match="more than 10 notes"):
        excerpts([few], 1)
    with pytest.raises(BadInput, match="none"):
        excerpts([sparse], 1)
    with pytest.raises(BadInput, match="join_notes"):
        excerpts([lone], 9)


def test_figures_of_counts_by_hand():
    said = np.array([[1, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0]], dtype=bool)
    truth = np.array([[1, 0, 1, 0], [0, 0, 1, 1], [0, 0, 0, 0]], dtype=bool)
    found = hits(said, truth)
    assert found.tolist() == [[1, 1, 0], [1, 0, 1], [1, 1, 0]]
    weights = np.array([[1.0, 1, 1], [0, 1, 0], [0, 0, 1], [2, 0, 0]])
    # 2 hits, 2 extra, 2 missed; then each excerpt by itself, the third with nothing to find.
    assert f1(found, weights) == pytest.approx([0.5, 2 / 3, np.nan, 0.5], nan_ok=True)
    assert precision(found, weights) == pytest.approx([0.5, 1, 0, 0.5])
    assert recall(found, weights) == pytest.approx([0.5, 0.5, np.nan, 0.5], nan_ok=True)
    silent = hits(np.zeros(3, bool), np.array([True, False, True]))
    assert f1(silent, np.ones((1, 3))) == precision(silent, np.ones((1, 3))) == 0
    counts = confusion(np.array([0, 1, 1, 8]), np.array([0, 0, 1, 2]))
    assert counts[[0, 0, 1, 2], [0, 1, 1, 8]].tolist() == [1, 1, 1, 1]
    assert counts.sum() == 4


def test_changed_frames_by_hand():
    clean = ms((0, 400, 60), (1000, 1400, 64))
    same = np.zeros(125, dtype=bool)
    assert np.array_equal(wrong_frames(clean, clean, 5.0), same)
    # A note lights 10 frames from round(1000 / 40) = 25; a second onset is one frame.
    gone = wrong_frames(clean[:1], clean, 5.0)
    assert np.flatnonzero(gone).tolist() == list(range(25, 35))
    halves = ms((0, 200, 60), (200, 400, 60), (1000, 1400, 64))
    assert np.flatnonzero(wrong_frames(halves, clean, 5.0)).tolist() == [5]
    # 20 / 40 goes down to 0 and 60 / 40 up to 2, as halves go to even numbers.
    for onset, first in ((20, 0), (60, 2), (100, 2), (101, 3), (4979, 124), (4999, 124)):
        short = wrong_frames(ms((onset, onset + 1, 70)), ms(), 5.0)
        assert np.flatnonzero(short).tolist() == [first]


def test_helpfulness_by_hand():
    clean = ms((0, 1000, 60), (1000, 2000, 64))
    faulty = ms((0, 1000, 60), (1200, 2000, 64))
    better = ms((0, 1000, 60), (1040, 2000, 64))
    worse = ms((0, 1000, 60))
    # Cells: 25 + 25, of which 25 + 20, 25 + 24 and 25 are lit. Onsets: one of two, both, one.
    assert frame_f1(faulty, clean) == pytest.approx(90 / 95)
    assert onset_f1(faulty, clean) == 0.5
    assert frame_f1(better, clean) == pytest.approx(98 / 99)
    assert onset_f1(better, clean) == 1
    assert frame_f1(worse, clean) == onset_f1(worse, clean) == pytest.approx(2 / 3)
    before, up, down = (agreement(notes, clean) for notes in (faulty, better, worse))
    assert helpfulness(before, before, clean=False) == 0.5
    assert helpfulness(up, before, clean=False) == pytest.approx(0.990861, abs=1e-6)
    assert helpfulness(down, before, clean=False) == pytest.approx(0.460606, abs=1e-6)
    assert helpfulness(1.0, before, clean=False) == 1
    assert helpfulness(0.0, 0.0, clean=False) == 0
    # Nothing to correct: the agreement itself, or half of it by the strict rule.
    assert helpfulness(down, 1.0, clean=True) == down
    assert helpfulness(down, 1.0, clean=True, strict=True) == down / 2
    assert helpfulness(down, 1.0, clean=False) == down / 2
    assert helpfulness(1.0, 1.0, clean=True, strict=True) == 1


@pytest.mark.parametrize(("apart", "pairs"), [(50, 1), (51, 0), (-50, 1), (-51, 0)])
def test_onsets_within_fifty_milliseconds_are_one(apart, pairs):
    here, there = ms((1000, 1100, 60)), ms((1000 + apart, 3000, 60))
    assert onset_f1(here, there) == onset_f1(there, here) == pairs
    assert onset_f1(here, ms((1000, 1100, 61))) == onset_f1(here, ms()) == 0


def test_no_note_answers_for_two():
    two, between = ms((950, 990, 60), (1050, 1090, 60)), ms((1000, 1040, 60))
    assert onset_f1(two, between) == onset_f1(between, two) == pytest.approx(2 / 3)


def most_pairs(notes, truth):
    """Return the most pairs of one key and near onsets, as a matching of a bipartite graph."""
    near = np.abs(np.subtract.outer(milliseconds(notes["onset"]), milliseconds(truth["onset"])))
    fits = (near <= 50) & np.equal.outer(notes["pitch"], truth["pitch"])
    return int((maximum_bipartite_matching(csr_matrix(fits)) >= 0).sum())


def drawn_cells(notes):
    roll = np.zeros((128, 300), dtype=bool)
    for onset, offset, pitch in triples(notes):
        first = round(onset / 40)
        roll[pitch, first : max(round(offset / 40), first + 1)] = True
    return roll


crowds = st.lists(
    st.tuples(st.integers(0, 400), st.integers(1, 300), st.integers(60, 61)),
    min_size=1,
    max_size=14,
).map(lambda found: ms(*((onset, onset + length, pitch) for onset, length, pitch in found)))


@given(crowds, crowds)
def test_agreement_is_that_of_drawn_rolls_and_the_best_matching(notes, truth):
    lit, to_light = drawn_cells(notes), drawn_cells(truth)
    by_cells = 2 * (lit & to_light).sum() / (lit.sum() + to_light.sum())
    by_onsets = 2 * most_pairs(notes, truth) / (len(notes) + len(truth))
    assert frame_f1(notes, truth) == pytest.approx(by_cells)
    assert onset_f1(notes, truth) == pytest.approx(by_onsets)
    assert agreement(notes, truth) == pytest.approx((by_cells + by_onsets) / 2)
    assert agreement(notes, truth) == pytest.approx(agreement(truth, notes))


N = 45


@pytest.fixture(scope="module")
def works(toy_corpus):
    return [notes for _, notes in toy_corpus]


def do_nothing(clips):
    return [Judged(1.0, "none", np.zeros(125, dtype=bool), clip.notes) for clip in clips]


def oracle_of(works):
    def judge(clips):
        taken = excerpts(works, N)
        assert all(
            c.notes is not e.clean.notes or e.fault == "none"
            for c, e in zip(clips, taken, strict=True)
        )
        return [
            Judged(
                float(e.fault == "none"),
                e.fault,
                wrong_frames(e.clip.notes, e.clean.notes, 5.0),
                e.clean.notes,
            )
            for e in taken
        ]

    return judge


def heads(figures):
    keys = {
        "detect": "reverse_f1",
        "classify": "accuracy",
        "locate": "f1",
        "correct": "helpfulness",
    }
    return {task: figures[task][key].value for task, key in keys.items()}


def test_one_who_knows_gets_ones(works):
    figures = mdtk_tasks(oracle_of(works), works, n=N)
    assert set(heads(figures).values()) == {1.0}
    assert figures["correct"]["strict"].value == figures["detect"]["auroc"].value == 1
    assert figures["classify"]["confusion"] == (5 * np.eye(9, dtype=int)).tolist()
    assert all(of.value == 1 for of in figures["locate"]["by_class"].values())
    assert "none" not in figures["locate"]["by_class"]
    assert intervals(figures)["correct"]["helpfulness"] == [1.0, 1.0]


def test_one_who_does_nothing_gets_the_known_constants(works):
    figures = mdtk_tasks(do_nothing, works, n=N)
    assert heads(figures) == pytest.approx(
        {"detect": 0.2, "classify": 1 / 9, "locate": 0, "correct": 5 / 9}
    )
    assert {task: figures[task]["baseline"].value for task in heads(figures)} == pytest.approx(
        {"detect": 0, "classify": 1 / 9, "locate": 0, "correct": 5 / 9}
    )
    assert figures["correct"]["strict"].value == pytest.approx(5 / 9)
    assert figures["detect"]["recall"].value == 1
    assert figures["detect"]["auroc"].value == 0.5
    assert figures["classes"] == dict.fromkeys(CLASSES, 5)
    assert (figures["n"], figures["n_songs"]) == (N, len(works))
    of = figures["detect"]["reverse_f1"]
    assert of.low < of.value < of.high
    assert values(figures)["detect"]["acme_baseline"] == 0
    assert np.array(figures["classify"]["confusion"])[:, 0].tolist() == [5] * 9


def test_the_threshold_moves_detection_alone(works):
    def unsure(clips):
        return [Judged(0.4, "add_note", np.ones(125, dtype=bool), c.notes[:-1]) for c in clips]

    at_half, lower = (mdtk_tasks(unsure, works, n=N, threshold=t) for t in (0.5, 0.4))
    assert at_half["detect"]["reverse_f1"].value == 0
    assert lower["detect"]["reverse_f1"].value == pytest.approx(0.2)
    assert at_half["locate"] == lower["locate"]
    assert at_half["locate"]["recall"].value == 1
    wrong = [wrong_frames(e.clip.notes, e.clean.notes, 5.0) for e in excerpts(works, N)]
    assert at_half["locate"]["precision"].value == pytest.approx(np.mean(wrong))
    harm = at_half["correct"]
    assert harm["strict"].value < harm["helpfulness"].value < 5 / 9
    assert harm["strict"].value == pytest.approx(
        harm["helpfulness"].value - harm["by_class"]["none"].value / 18
    )


def test_songs_are_what_is_drawn_anew(works):
    figures = mdtk_tasks(do_nothing, works, n=N, songs=["one"] * len(works), resamples=10)
    assert figures["n_songs"] == 1
    assert figures["detect"]["reverse_f1"].low == figures["detect"]["reverse_f1"].high
    with pytest.raises(BadInput, match="songs"):
        mdtk_tasks(do_nothing, works, n=N, songs=["one"])


@pytest.mark.parametrize(
    ("judged", "error", "match"),
    [
        (Judged(0.5, "wrong", np.zeros(125, dtype=bool), ms()), UnknownName, "wrong"),
        (Judged(0.5, "none", np.zeros(50, dtype=bool), ms()), BadInput, "125"),
        (Judged(1.5, "none", np.zeros(125, dtype=bool), ms()), BadInput, "p_real"),
        (None, BadInput, "judged 0"),
    ],
)
def test_answers_that_do_not_fit_are_refused(works, judged, error, match):
    with pytest.raises(error, match=match):
        mdtk_tasks(lambda clips: [judged] * len(clips) if judged else [], works, n=9)


def test_no_excerpts_are_no_test(works):
    with pytest.raises(BadInput, match="1 or more"):
        mdtk_tasks(do_nothing, works, n=0)
