"""What a critic says of notes, in MDTK's words."""

import numpy as np
import pytest
from tests.conftest import made_up_notes
from tests.repair.oracle import CONFIG

from musecritic.critic.checkpoint import Card
from musecritic.critic.edits import DELETE, EDITS, JOIN, KEEP, SPLIT, move
from musecritic.critic.evaluation.mdtk import mdtk_tasks
from musecritic.critic.evaluation.mdtk_faults import CLASSES
from musecritic.critic.finding import Finding, NoteFinding
from musecritic.critic.inference import Critic
from musecritic.critic.note_transformer import NoteTransformer
from musecritic.music.clip import Clip
from musecritic.music.notes import notes_from
from musecritic.repair.mdtk_judge import MdtkJudge, corrected, features

CLIP = Clip(notes_from([0.0, 1.0, 1.5, 3.0], [1.0, 1.5, 2.0, 4.0], [60, 64, 64, 67]), 0.0, 5.0)


def finding_of(index: int, edit: int) -> Finding:
    """The critic suspects one note, and knows what would mend it."""
    edits = np.zeros((len(CLIP.notes), len(EDITS)), dtype=np.float32)
    edits[:, KEEP] = 1.0
    edits[index, [KEEP, edit]] = 0.2, 0.8
    nothing = np.zeros(len(CLIP.notes), dtype=np.float32)
    said = NoteFinding(edits, nothing, nothing, 0.2, {"noise": 0.5})
    return Finding(0.0, np.full(100, 0.01, dtype=np.float32), said)


def sure_of(fault: str) -> np.ndarray:
    return np.eye(len(CLASSES))[CLASSES.index(fault)]


@pytest.mark.parametrize(
    ("fault", "index", "edit", "pitches"),
    [
        ("add_note", 0, DELETE, [64, 64, 67]),
        ("pitch_shift", 3, move(-2), [60, 64, 64, 65]),
        ("split_note", 1, JOIN, [60, 64, 67]),
        ("split_note", 2, JOIN, [60, 64, 67]),
        ("none", 0, DELETE, [60, 64, 64, 67]),
        ("join_notes", 0, SPLIT, [60, 64, 64, 67]),
    ],
)
def test_the_fault_that_is_named_is_undone(fault, index, edit, pitches) -> None:
    mended = corrected(CLIP, finding_of(index, edit), sure_of(fault))
    assert mended["pitch"].tolist() == pitches
    if fault == "split_note":
        assert (mended["onset"][1], mended["offset"][1]) == (1.0, 2.0)


def test_what_the_classifier_sees_tells_causes_and_notes_apart() -> None:
    seen = [features(CLIP, finding_of(index, edit)) for index, edit in ((0, DELETE), (3, move(1)))]
    assert np.isfinite(seen).all()
    assert not np.allclose(*seen)
    alone = Clip(CLIP.notes[:1], 0.0, 5.0)
    said = finding_of(0, DELETE).notes
    one = NoteFinding(said.edits[:1], said.seam[:1], said.missing[:1], 0.2, said.kinds)
    assert features(alone, Finding(0.0, np.full(100, 0.01, np.float32), one)).shape == seen[0].shape


def test_a_judge_is_fitted_and_measured() -> None:
    critic = Critic(NoteTransformer(CONFIG).eval(), Card("x", "0", CONFIG), device="cpu")
    works = [made_up_notes(seed, 60.0) for seed in range(6)]
    judge = MdtkJudge.fit(critic, works[:3], n=90)
    figures = mdtk_tasks(judge, works[3:], n=45, threshold=judge.chosen.clean, resamples=20)
    # It has something to go by: a network that learned nothing still sees lengths and gaps.
    assert figures["classify"]["accuracy"].value > 1 / 9
    assert 0.4 < figures["correct"]["helpfulness"].value < 1
