"""Training examples: a real clip, its negative, and the truth about the damage."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from musecritic.critic.degenerate import DEGENERATE
from musecritic.critic.training.pairs import (
    FRAMES,
    DrawnClips,
    Pairs,
    StreamedClips,
    collate,
    transposed,
)
from musecritic.critic.training.recipe import RECIPES, Recipe, recipe_named
from musecritic.errors import BadInput, UnknownName


@pytest.fixture(params=["drawn", "stream"])
def clips(request, toy_corpus, toy_manifest):
    if request.param == "drawn":
        return DrawnClips(toy_corpus, toy_manifest)
    return StreamedClips(toy_corpus, 40)


def test_an_epoch_repeats_and_the_next_differs(clips) -> None:
    recipe = Recipe(transpose=3)
    once, again = Pairs(clips, recipe, 0, 1)[3], Pairs(clips, recipe, 0, 1)[3]
    assert all(np.array_equal(a, b) for a, b in zip(once, again, strict=True))
    later = Pairs(clips, recipe, 0, 2)[3]
    assert not np.array_equal(once[1], later[1])


def test_damage_is_marked_where_the_rolls_differ(clips) -> None:
    pairs = Pairs(clips, Recipe(), 0, 0)
    kinds = set()
    for index in range(len(pairs)):
        real, fake, wrong, seam = pairs[index]
        assert real.shape == fake.shape == wrong.shape == (88, FRAMES)
        assert not np.array_equal(real, fake)
        if seam.any():
            kinds.add("shuffle")
            assert sorted(map(bytes, real.T)) == sorted(map(bytes, fake.T))
            assert not wrong.any()
        else:
            kinds.add("notes")
            # Every cell lit anew belongs to a note marked as damaged, and marked notes sound.
            assert (wrong[(fake == 1) & (real == 0)] == 1).all()
            assert (fake[wrong == 1] == 1).all()
    assert kinds == {"shuffle", "notes"}


def test_the_curriculum_begins_heavy_and_eases(clips) -> None:
    recipe = Recipe(easing=4)
    damaged_cells = [
        sum(int(pairs[index][2].sum()) for index in range(25))
        for pairs in (Pairs(clips, recipe, 0, epoch) for epoch in (0, 8))
    ]
    assert damaged_cells[0] > 1.5 * damaged_cells[1]


def test_the_curriculum_begins_as_heavy_as_asked(clips) -> None:
    def cells(heaviest: float) -> int:
        pairs = Pairs(clips, Recipe(easing=4, heaviest=heaviest), 0, 0)
        return sum(int(pairs[index][2].sum()) for index in range(25))

    assert cells(1.0) > 1.5 * cells(0.2)


def test_shuffled_clips_may_also_have_notes_off_key(clips) -> None:
    def moved(together: float) -> set[bool]:
        pairs = Pairs(clips, Recipe(together=together, noise=0.0), 0, 0)
        found = set()
        for index in range(len(pairs)):
            real, fake, wrong, seam = pairs[index]
            if seam.any():
                same = sorted(map(bytes, real.T)) == sorted(map(bytes, fake.T))
                assert wrong.any() != same
                assert (fake[wrong == 1] == 1).all()  # marked where the shuffle has put them
                found.add(bool(wrong.any()))
        return found

    assert moved(0.0) == {False}
    assert moved(1.0) == {True}
    assert moved(0.5) == {False, True}


@pytest.mark.parametrize("name", ["heaviest", "together", "noise", "degenerate"])
def test_a_share_beyond_one_is_refused(name: str) -> None:
    for value in (-0.1, 1.1):
        with pytest.raises(BadInput, match=name):
            replace(Recipe(), **{name: value})


def test_the_kinds_have_the_shares_asked_for(clips) -> None:
    for share in (0.0, 1.0):
        pairs = Pairs(clips, Recipe(noise=share), 0, 0)
        for index in range(20):
            real, fake, _, seam = pairs[index]
            adds_alone = not seam.any() and bool((fake >= real).all())
            assert adds_alone == (share == 1)


def test_a_batch_is_half_real(clips) -> None:
    pairs = Pairs(clips, Recipe(), 0, 0)
    batch = collate([pairs[i] for i in range(4)])
    assert batch.rolls.shape == (8, 88, FRAMES)
    assert batch.real.tolist() == [1] * 4 + [0] * 4
    assert not batch.wrong[:4].any()
    assert not batch.seam[:4].any()
    assert torch.equal(batch.rolls[4], torch.from_numpy(pairs[0][1]))


@given(st.integers(0, 87), st.integers(0, 87), st.integers(0, 12), st.integers(0, 2**31))
def test_transposing_keeps_every_note_and_interval(low, high, most, seed) -> None:
    roll = np.zeros((88, 100), dtype=np.uint8)
    roll[low, 3:9] = roll[high, 40:50] = 1
    moved = transposed(roll, most, np.random.default_rng(seed))
    assert moved.sum() == roll.sum()
    keys, old = np.flatnonzero(moved.any(1)), np.flatnonzero(roll.any(1))
    assert np.ptp(keys) == np.ptp(old)
    assert abs(keys[0] - old[0]) <= most


@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_inputs_are_rolls_drawn_by_the_seed(name: str) -> None:
    make = DEGENERATE[name]
    roll = make(np.random.default_rng(0))
    assert roll.shape == (88, 100)
    assert roll.dtype == np.uint8
    assert set(np.unique(roll)) <= {0, 1}
    assert np.array_equal(roll, make(np.random.default_rng(0)))
    assert roll.any() == (name != "silence")


def test_degenerate_inputs_serve_as_negatives(clips) -> None:
    pairs = Pairs(clips, replace(Recipe(), degenerate=1.0), 0, 0)
    assert all(not pairs[i][2].any() and not pairs[i][3].any() for i in range(10))


def test_the_seeds_recipe_is_the_seeds() -> None:
    seed = RECIPES["seed"]
    assert (seed.epochs, seed.rate, seed.weight_decay, seed.local) == (30, 1e-3, 0.0, 0.0)
    with pytest.raises(UnknownName, match="trunk"):
        recipe_named("best")
