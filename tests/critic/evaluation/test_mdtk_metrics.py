"""MDTK's figures, each against what can be reckoned another way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching
from tests.critic.evaluation.milliseconds import ms, triples

from musecritic.critic.evaluation.mdtk_faults import milliseconds
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
