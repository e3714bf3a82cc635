"""MDTK's four tasks, of judges who know all and who do nothing."""

import numpy as np
import pytest
from tests.critic.evaluation.milliseconds import ms

from musecritic.critic.evaluation.mdtk import Judged, mdtk_tasks
from musecritic.critic.evaluation.mdtk_excerpts import excerpts
from musecritic.critic.evaluation.mdtk_faults import CLASSES
from musecritic.critic.evaluation.mdtk_metrics import (
    wrong_frames,
)
from musecritic.errors import BadInput, UnknownName
from musecritic.measure.bootstrap import intervals, values

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
