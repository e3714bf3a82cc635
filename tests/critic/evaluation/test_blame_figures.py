"""Blame measured on clips whose damage is known, by blamers whose skill is known."""

from __future__ import annotations

import numpy as np
import pytest
from tests.conftest import made_up_notes

from musecritic.critic.evaluation.blame_figures import GRADES, KINDS, blame_figures
from musecritic.critic.evaluation.blame_section import blame_section
from musecritic.critic.evaluation.severity import damaged
from musecritic.measure.bootstrap import intervals, values
from musecritic.music.clip import Clip

CLIPS = [Clip(made_up_notes(seed, 10.0)) for seed in range(4)]
SONG = np.array(["a", "a", "b", "c"])


def make(kind, grade):
    return damaged(CLIPS, kind, lambda i: np.random.default_rng([i, 5]), grade)


def figures(blame):
    return blame_figures(blame, CLIPS, make, SONG, 0, lambda *_: None)


def knowing(clips):
    """Give what is right, what is the reverse, and what knows nothing, of every note."""
    true = {
        done.clip.notes.tobytes(): done.notes.astype(float)
        for kind in KINDS
        for grade in GRADES.values()
        for done in make(kind, grade).damaged
    }
    right = [true[clip.notes.tobytes()] for clip in clips]
    return {
        "occlusion": right,
        "p_wrong": [1 - own for own in right],
        "attention": [np.zeros(len(own)) for own in right],
    }


def test_who_knows_finds_all_and_who_does_not_finds_none() -> None:
    found = figures(knowing)
    assert found["n_clips"] == 4
    for kind in KINDS:
        of_kind = found["kinds"][kind]
        assert of_kind["occlusion"]["auroc"].value == of_kind["occlusion"]["ap"].value == 1
        assert of_kind["p_wrong"]["auroc"].value == 0
        assert of_kind["attention"]["auroc"].value == 0.5
        assert of_kind["agreement"]["spearman"].value == pytest.approx(-1)
        assert of_kind["agreement"]["top3"].value == 0
    assert found["single"]["noise"]["occlusion"]["ap"].value == 1
    assert found["single"]["noise"]["occlusion"]["n"] == 4
    assert 4 * 3 <= found["kinds"]["off-key"]["occlusion"]["n"] <= 4 * 7


def test_the_section_has_every_figure_with_its_interval() -> None:
    found = {"blame": figures(knowing)}
    text = blame_section({**values(found), "intervals": intervals(found)})
    assert "| off-key, occlusion | 1.000 [1.000, 1.000] | 1.000 [1.000, 1.000] |" in text
    assert "| noise, `p_wrong` | 0.000 [0.000, 0.000]" in text
    assert "| one note noise, occlusion | 1.000 [1.000, 1.000] |" in text
    assert "gradient" not in text
    assert "| off-key | -1.000 [-1.000, -1.000] | 0.0 [0.0, 0.0] |" in text


def test_the_section_without_p_wrong_tells_of_no_agreement() -> None:
    found = {"blame": figures(lambda clips: {"occlusion": knowing(clips)["occlusion"]})}
    assert "agrees" not in blame_section({**values(found), "intervals": intervals(found)})
