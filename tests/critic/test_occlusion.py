"""Notes tried one after the other, with critics whose answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.conftest import made_up_notes

from musecritic.critic.finding import Finding
from musecritic.critic.occlusion import occluded
from musecritic.music.clip import Clip
from musecritic.music.notes import notes_from

EVEN = np.full(100, 0.01, np.float32)


class Counting:
    """Stands for a reader: every note of some pitches takes so much from the logit."""

    def __init__(self, costs: dict[int, float]) -> None:
        self.costs, self.most = costs, 0

    def read(self, clips) -> list[Finding]:
        self.most = max(self.most, len(clips))
        return [
            Finding(5.0 - sum(self.costs.get(int(p), 0.0) for p in c.notes["pitch"]), EVEN)
            for c in clips
        ]


@pytest.fixture
def counting(tiny_critic):
    def made(costs):
        tiny_critic.reader = Counting(costs)
        return tiny_critic

    return made


def tried(critic, clip: Clip, which=None):
    which = np.arange(len(clip.notes)) if which is None else np.array(which)
    logit = critic.read_clips([clip])[0].logit
    return occluded(critic, [clip], np.array([logit]), [which])[0]


def test_gains_are_those_of_the_verdict_in_calibrated_logits(counting) -> None:
    critic = counting({61: 3.0, 62: 2.0})
    critic.card = replace(critic.card, temperature=2.0)
    clip = Clip(notes_from([0, 1, 2, 3], [0.5, 1.5, 2.5, 3.5], [60, 61, 64, 67]))
    gains = tried(critic, clip)
    assert gains.out.tolist() == [0, 1.5, 0, 0]  # 3 logits, at a temperature of 2
    assert gains.moved.tolist() == [0, 1.5, 0, 0]  # to 60 and not to 62; of 60 to 59
    assert gains.best.tolist() == [0, 1.5, 0, 0]


def test_a_note_is_not_moved_onto_another_nor_off_the_keyboard(counting) -> None:
    # 60 between two neighbours that sound with it; the lowest key has its upper neighbour taken.
    clip = Clip(notes_from([0, 0, 0, 3, 3], [2, 2, 2, 4, 4], [59, 60, 61, 21, 22]))
    gains = tried(counting({60: 1.0, 21: 1.0}), clip)
    order = clip.notes["pitch"].tolist()
    assert np.isnan(gains.moved[order.index(60)])
    assert np.isnan(gains.moved[order.index(21)])
    assert gains.best[order.index(60)] == gains.out[order.index(60)] == 1
    assert np.isfinite(gains.out).all()


def test_only_the_notes_asked_for_are_tried(counting) -> None:
    gains = tried(counting({60: 1.0}), Clip(notes_from([0, 1, 2], [1, 2, 3], [60, 64, 67])), [2])
    assert np.isnan(gains.best).tolist() == [True, True, False]


def test_clips_are_judged_some_hundred_at_a_time(counting) -> None:
    critic = counting({})
    clips = [Clip(made_up_notes(seed, 10.0)) for seed in range(4)]
    every = [np.arange(len(clip.notes)) for clip in clips]
    occluded(critic, clips, np.full(4, 5.0), every)
    assert sum(map(len, every)) > 300
    assert critic.reader.most <= 256


def test_the_last_note_can_be_left_out_of_a_roll(tiny_critic) -> None:
    gains = tried(tiny_critic, Clip(notes_from([1.0], [2.0], [60])))
    assert np.isfinite(gains.out).all()
