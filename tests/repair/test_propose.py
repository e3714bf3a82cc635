"""Proposals: what is wrong is mended, what is right is left alone, and nothing else is touched."""

import numpy as np
import pytest
from tests.conftest import made_up_notes
from tests.repair.oracle import oracle

from musecritic.corrupt import corrupt_piece
from musecritic.critic.edits import DELETE, EDITS, KEEP, SHIFT
from musecritic.critic.finding import Finding, NoteFinding
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


@pytest.mark.parametrize(
    ("raised", "p_keep", "p_mends", "kept"),
    [
        (-0.5, 0.1, 0.90, False),  # the verdict falls, whatever is said of the note
        (0.5, 0.1, 0.90, True),
        (0.5, 0.1, 0.06, True),  # another edit would mend it, but the note is surely wrong
        (0.5, 0.6, 0.06, False),  # the note is rather right
        (3.0, 0.6, 0.06, True),  # and the verdict overrules that: log((.06 + .4) / 2 / .6) > .7 - 3
    ],
)
def test_two_opinions_are_weighed(raised: float, p_keep: float, p_mends: float, kept: bool) -> None:
    critic = oracle(TRUE.notes)
    stray = TRUE.notes[100:101].copy()
    stray["pitch"] += 1
    piece = Piece(np.sort(np.concatenate([TRUE.notes, stray]), order=["onset", "pitch"]))

    def read(clips):
        return [opinion(clip) for clip in clips]

    def opinion(clip) -> Finding:
        there = (clip.notes["pitch"] == stray["pitch"]) & np.isclose(
            clip.notes["onset"] + clip.start, stray["onset"], atol=1e-3
        )
        edits = np.zeros((len(clip.notes), len(EDITS)), dtype=np.float32)
        edits[:, KEEP] = 1 - 1e-6
        edits[there] = 0
        edits[there, KEEP], edits[there, DELETE] = p_keep, p_mends
        edits[there, SHIFT] = 1 - p_keep - p_mends
        nothing = np.zeros(len(clip.notes), dtype=np.float32)
        logit = -8.0 if there.any() else -8.0 + raised
        said = NoteFinding(edits, nothing, nothing, 0.1, {})
        return Finding(logit, np.full(100, 0.01, np.float32), said)

    critic.reader.read = read
    repair = propose(critic, piece, only_notes=True)
    assert [edit.action for edit in repair.edits] == ["delete"] * kept
    assert repair.refused == (not kept)
    assert all(edit.record()["p_mends"] == pytest.approx(p_mends) for edit in repair.edits)
