"""Attention, severity, invariance and the blind tests, each on what can be reckoned by hand."""

import numpy as np
import pytest

from musecritic.corpora.draw import drawn_rolls
from musecritic.corrupt import KINDS
from musecritic.critic.evaluation.attention_mass import attention_mass
from musecritic.critic.evaluation.calibration import Calibration
from musecritic.critic.evaluation.degenerate_inputs import degenerate_inputs
from musecritic.critic.evaluation.invariance import Performances, invariance, roll_at
from musecritic.critic.evaluation.outcome import blind_tests
from musecritic.critic.evaluation.scores import KindScores, score_test_set
from musecritic.critic.evaluation.seed_protocol import _places
from musecritic.critic.evaluation.severity import ONE_NOTE, Grade, damaged, share
from musecritic.critic.evaluation.table import table
from musecritic.critic.testset import seed_test_set
from musecritic.measure.bootstrap import Bootstrap
from musecritic.music.clip import clip_of_roll

EVEN = Calibration(1.0, 0.5)


def density_reader(rolls):
    """A critic that likes density, and attends evenly."""
    n = len(rolls)
    return (rolls.mean(axis=(1, 2)) * 100).astype(np.float32), np.full((n, 100), 0.01, np.float32)


def kind_scores(attention, frames):
    n = len(attention)
    return KindScores(np.zeros(n), attention, np.arange(n), frames, np.ones(n))


def test_even_attention_has_ratio_one_and_sharp_attention_more():
    rng = np.random.default_rng(0)
    frames = rng.random((6, 100)) < 0.2
    bootstrap = Bootstrap.over(np.array(list("abcdef")))
    even = attention_mass(kind_scores(np.full((6, 100), 0.01), frames), bootstrap)
    assert even["mass_ratio"].value == pytest.approx(1)
    assert even["mass_ratio"].low == pytest.approx(1)
    sharp = attention_mass(kind_scores(frames / frames.sum(1, keepdims=True), frames), bootstrap)
    assert sharp["share"].value == pytest.approx(1)
    assert sharp["mass_ratio"].value == pytest.approx(1 / frames.mean())


def test_a_perfect_critic_has_a_perfect_table(toy_corpus, toy_manifest):
    test = seed_test_set(toy_corpus, toy_manifest, "test")
    real = {roll.tobytes() for roll in test.real}

    def oracle(rolls):
        logits = np.array([9.0 if roll.tobytes() in real else -9.0 for roll in rolls])
        return logits, np.full((len(rolls), 100), 0.01)

    scores = score_test_set(oracle, test)
    found = table(scores, EVEN, Bootstrap.over(test.song))
    assert found["total"].value == found["real"].value == 1
    for row in found["kinds"].values():
        assert row["accuracy"].value == row["auroc"].value == row["ap"].value == 1
        assert (row["auroc"].low, row["auroc"].high) == (1, 1)
    assert all(blind.is_hit for blind in blind_tests(scores, test, EVEN))


def test_grades_touch_what_they_say(toy_corpus, toy_manifest):
    clips = [clip_of_roll(roll) for _, rolls in drawn_rolls(toy_corpus, toy_manifest, "test")
             for roll in rolls]  # fmt: skip
    one = damaged(clips, "off-key", np.random.default_rng, ONE_NOTE)
    assert one.severity == pytest.approx([1 / len(clips[i].notes) for i in one.of])
    tenth = damaged(clips, "off-key", np.random.default_rng, share(0.1))
    n_notes = np.array([len(clips[i].notes) for i in tenth.of])
    assert tenth.severity == pytest.approx(np.maximum(np.round(0.1 * n_notes), 1) / n_notes)
    at_most = damaged(clips, "off-key", np.random.default_rng, Grade("at most", at_most=0.12))
    assert (at_most.severity[n_notes >= 9] <= 0.12).all()


def test_graded_damage_at_the_protocols_counts_is_the_protocols(toy_corpus, toy_manifest):
    test = seed_test_set(toy_corpus, toy_manifest, "test")
    places = _places(toy_manifest, "test")
    for number, kind in enumerate(KINDS):
        again = damaged(
            [clip_of_roll(roll) for roll in test.real],
            kind,
            lambda i, number=number: toy_manifest.rng_for("test", *places[i], number),
            Grade("the protocol's"),
        )
        assert np.array_equal(again.rolls, test.kinds[kind].rolls)


def test_clips_cut_again_are_the_test_sets(toy_corpus, toy_manifest):
    drawn = toy_manifest.parts["test"]
    places = Performances.drawn(toy_corpus, drawn)
    rolls = seed_test_set(toy_corpus, toy_manifest, "test", kinds=()).real
    for of, start, roll in zip(places.of, places.start, rolls, strict=True):
        assert np.array_equal(roll_at(places.notes[of], start), roll)


def test_invariance_of_a_critic_that_likes_density(toy_corpus, toy_manifest):
    test = seed_test_set(toy_corpus, toy_manifest, "test", kinds=())
    logits, _ = density_reader(test.real)
    places = Performances.drawn(toy_corpus, toy_manifest.parts["test"])
    found = invariance(density_reader, logits, places, EVEN, Bootstrap.over(test.song))
    assert found["velocity"]["x0.5"]["rolls_changed"] == 0
    assert found["velocity"]["x0.5"]["logit"].value == 0
    # Transposition moves every cell and loses none.
    assert found["transposition"]["+3"]["rolls_changed"] == 1
    assert found["transposition"]["+3"]["logit"].value == pytest.approx(0, abs=1e-6)
    assert found["start"]["+1 s"]["logit"].value > 0


def test_degenerate_inputs_that_please_are_named():
    found = degenerate_inputs(density_reader, EVEN, np.full(5, 20.0))
    assert "all keys" in found["beat_median"]
    assert "silence" not in found["beat_median"]
    assert found["families"]["all keys"]["beats"] == 1
