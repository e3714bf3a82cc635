"""Proposals: what is wrong is mended, what is right is left alone, and nothing else is touched."""

import numpy as np
import pytest
from tests.conftest import made_up_notes
from tests.repair.oracle import oracle

from musecritic.corrupt import corrupt_piece
from musecritic.errors import BadInput
from musecritic.music.notes import Notes
from musecritic.music.piece import Piece
from musecritic.repair.edit import edited
from musecritic.repair.propose import propose

TRUE = Piece(made_up_notes(4, 60.0))


def heard(notes: Notes) -> list[tuple[float, int]]:
    return sorted(zip(notes["onset"].round(3).tolist(), notes["pitch"].tolist(), strict=True))


@pytest.mark.parametrize(("kind", "action"), [("off-key", "move"), ("noise", "delete")])
def test_what_is_known_to_be_wrong_is_mended(kind: str, action: str) -> None:
    damaged = corrupt_piece(TRUE, kind, 0.02, seed=3)
    repair = propose(oracle(TRUE.notes), damaged.piece)
    assert len(repair.edits) == len(damaged.touched)
    assert {edit.action for edit in repair.edits} == {action}
    assert heard(repair.mended.notes) == heard(TRUE.notes)
    assert heard(edited(damaged.piece, repair.made).notes) == heard(TRUE.notes)
    assert repair.p_after > repair.p_before
    assert all(edit.p_after > edit.p_before for edit in repair.edits)
    assert [e.onset for e in repair.edits] == sorted(e.onset for e in repair.edits)


def test_clean_music_is_left_alone() -> None:
    repair = propose(oracle(TRUE.notes), TRUE)
    assert repair.edits == ()
    assert repair.mended is TRUE
    assert repair.p_after == repair.p_before


def test_no_more_edits_than_asked_for() -> None:
    damaged = corrupt_piece(TRUE, "off-key", 0.05, seed=1)
    assert len(propose(oracle(TRUE.notes), damaged.piece, most=3).edits) == 3


def test_an_edit_that_does_not_help_is_not_proposed() -> None:
    damaged = corrupt_piece(TRUE, "off-key", 0.02, seed=2)
    critic = oracle(TRUE.notes)
    read = critic.reader.read

    def unmoved(clips):
        return [type(f)(-3.0, f.attention, f.notes) for f in read(clips)]

    critic.reader.read = unmoved
    assert propose(critic, damaged.piece).edits == ()


def test_the_original_is_not_changed() -> None:
    damaged = corrupt_piece(TRUE, "noise", 0.03, seed=5).piece
    before = damaged.notes.copy()
    propose(oracle(TRUE.notes), damaged)
    assert np.array_equal(damaged.notes, before)


def test_a_critic_of_rolls_cannot_propose(tiny_critic) -> None:
    with pytest.raises(BadInput, match="does not judge single notes"):
        propose(tiny_critic, TRUE)
