"""The n-gram model says nothing that it has not learned; random notes are as many as asked for."""

from __future__ import annotations

import numpy as np
import pytest
from tests.conftest import made_up_notes

from musecritic.critic.baselines import NGram, random_notes
from musecritic.errors import BadInput
from musecritic.music.notes import HIGHEST, LOWEST, Notes, notes_from


def line(*pitches: int, step: float = 0.25) -> Notes:
    """Return notes one after the other, half a step long."""
    onset = np.arange(len(pitches)) * step
    return notes_from(onset, onset + step / 2, pitches)


def intervals(notes: Notes) -> list[int]:
    return np.diff(notes["pitch"].astype(int)).tolist()


def in_threes(values: list[int]) -> set[tuple[int, ...]]:
    return set(zip(values, values[1:], values[2:], strict=False))


# Up and down by unequal steps, so that two intervals settle the next one or leave it open.
TUNE = line(
    *(60 + p for p in (0, 2, 4, 7, 4, 2, 0, 2, 4, 5, 4, 2, 0, 2, 4, 7, 9, 7, 4, 2, 0, 2, 4))
)


def test_only_transitions_of_the_training_music_are_made() -> None:
    model = NGram.learn([TUNE])
    learned = in_threes(intervals(TUNE))
    made = set[tuple[int, ...]]()
    for seed in range(20):
        made |= in_threes(intervals(model.generate(np.random.default_rng(seed), 4.0)))
    assert made <= learned
    # And it goes on by more than one way where the tune does.
    assert {last for *first, last in made if first == [2, 2]} == {3, 1}


def test_a_longer_context_follows_the_tune_more_closely() -> None:
    # Of order 1 a fourth up may follow a step, as it does somewhere; never so after two steps.
    tune = line(60, 62, 67, 60, 62, 64, 66, 60, 62, 67, 60, 62, 64, 66, 60, 62, 67)
    made: dict[int, set[tuple[int, ...]]] = {}
    for order in (1, 2):
        model = NGram.learn([tune], order)
        made[order] = {
            three
            for seed in range(20)
            for three in in_threes(intervals(model.generate(np.random.default_rng(seed), 4.0)))
        }
    assert (2, 2, 5) in made[1]
    assert (2, 2, 5) not in made[2]


def test_steps_and_lengths_are_those_learned() -> None:
    made = NGram.learn([TUNE]).generate(np.random.default_rng(0))
    assert np.diff(made["onset"]) == pytest.approx(0.25)
    assert (made["offset"] - made["onset"])[:-1] == pytest.approx(0.125)
    assert made["onset"][0] == 0
    assert made["offset"].max() <= 10
    assert len(made) == 40


def test_no_performance_goes_on_in_the_next() -> None:
    up, down = line(60, 61, 62, 63, 64), line(90, 89, 88, 87, 86)
    model = NGram.learn([up, down])
    made = intervals(model.generate(np.random.default_rng(0)))
    assert set(made) <= {1, -1}  # never the 26 between them


def test_what_leads_off_the_keyboard_is_not_taken() -> None:
    model = NGram.learn([line(*range(100, 109), *range(107, 99, -1), *range(101, 109))])
    for seed in range(10):
        pitch = model.generate(np.random.default_rng(seed), 30.0)["pitch"]
        assert pitch.min() >= LOWEST
        assert pitch.max() <= HIGHEST


def test_music_that_only_rises_is_refused_where_it_leaves_the_keyboard() -> None:
    onset = np.arange(6) / 10
    rising = notes_from(onset, onset + 0.1, np.arange(40, 100, 10))
    with pytest.raises(BadInput, match="off the keyboard"):
        NGram.learn([rising]).generate(np.random.default_rng(0))


def test_a_seed_gives_the_same_notes_and_another_gives_others() -> None:
    model = NGram.learn([made_up_notes(seed) for seed in range(5)])
    first, again, other = (model.generate(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_no_key_is_struck_while_it_sounds() -> None:
    model = NGram.learn([made_up_notes(seed) for seed in range(5)])
    rng = np.random.default_rng(0)
    for notes in (model.generate(rng), random_notes(300, rng), random_notes(300, rng, grid=0.125)):
        for pitch in np.unique(notes["pitch"]):
            own = notes[notes["pitch"] == pitch]
            assert (own["offset"][:-1] <= own["onset"][1:]).all()
        assert (notes["offset"] > notes["onset"]).all()


@pytest.mark.parametrize(
    "music", [[], [line(60, 62, 64)], [notes_from([0] * 9, [1] * 9, range(60, 69))]]
)
def test_too_little_to_learn_from(music: list[Notes]) -> None:
    with pytest.raises(BadInput, match="order 2"):
        NGram.learn(music)


def test_random_notes_are_as_many_and_anywhere() -> None:
    notes = random_notes(100, np.random.default_rng(0))
    assert 95 <= len(notes) <= 100  # two may begin at once on one key
    assert notes["pitch"].min() < 40
    assert notes["pitch"].max() > 90
    assert notes["offset"].max() <= 10
    assert (notes["offset"] - notes["onset"]).max() <= 1


def test_random_notes_on_a_grid() -> None:
    notes = random_notes(100, np.random.default_rng(0), grid=0.125)
    for name in ("onset", "offset"):
        assert notes[name] / 0.125 == pytest.approx(np.round(notes[name] / 0.125))
