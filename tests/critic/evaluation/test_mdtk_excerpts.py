"""MDTK's excerpts: how they are taken from works."""

from collections import Counter

import numpy as np
import pytest
from tests.critic.evaluation.milliseconds import ms, triples

from musecritic.critic.evaluation.mdtk_excerpts import _one_part, excerpts
from musecritic.critic.evaluation.mdtk_faults import CLASSES, milliseconds
from musecritic.errors import BadInput


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
