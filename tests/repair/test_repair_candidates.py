"""What could be done about one note."""

import numpy as np

from musecritic.critic.edits import DELETE, JOIN, SPLIT, move
from musecritic.music.notes import notes_from
from musecritic.music.piece import Piece
from musecritic.repair.candidates import of_cause
from musecritic.repair.edit import edited

NOTES = notes_from([0.0, 0.5, 1.2, 1.5, 4.0], [2.0, 1.0, 1.5, 2.5, 5.0], [60, 64, 67, 67, 72])


def test_a_note_is_struck_again_where_others_begin_the_middle_first() -> None:
    found = of_cause(NOTES, 0, SPLIT)
    assert [edit.after["onset"][1] for edit in found] == [1.2, 0.5, 1.5]
    for edit in found:
        after = edited(Piece(NOTES), [edit]).notes
        own = after[after["pitch"] == 60]
        assert own["offset"][0] == own["onset"][1]
        assert (own["onset"][0], own["offset"][1]) == (0.0, 2.0)


def test_what_cannot_be_done_is_not_proposed() -> None:
    assert not of_cause(NOTES, 4, SPLIT)  # nothing begins within it
    assert not of_cause(NOTES, 4, JOIN)  # there is no other of its pitch
    high = notes_from([0.0], [1.0], [108])
    assert not of_cause(high, 0, move(1))


def test_halves_are_joined_whichever_is_suspected() -> None:
    for index in (2, 3):
        (edit,) = of_cause(NOTES, index, JOIN)
        assert edit.after.tolist()[0][:3] == (1.2, 2.5, 67)
        assert len(edited(Piece(NOTES), [edit]).notes) == len(NOTES) - 1


def test_a_note_is_left_out() -> None:
    (edit,) = of_cause(NOTES, 1, DELETE)
    assert np.array_equal(edited(Piece(NOTES), [edit]).notes, np.delete(NOTES, 1))
