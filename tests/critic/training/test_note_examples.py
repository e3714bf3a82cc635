"""Examples for the network over notes: labels that are true, batches that are whole."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.conftest import made_up_notes

from musecritic.corrupt.damage import Damaged
from musecritic.critic.edits import KEEP, undamaged
from musecritic.critic.seams import N_FRAMES
from musecritic.critic.training.note_examples import (
    NAMES,
    Epoch,
    Example,
    Examples,
    Source,
    batched,
    collate,
    cuts_of,
    damaged_once_more,
    stretch_of,
)
from musecritic.critic.training.note_recipe import NOTE_RECIPES, NoteRecipe
from musecritic.errors import BadInput
from musecritic.music.clip import Clip, clip_at, clip_of_roll
from musecritic.music.notes import NOTE
from musecritic.music.piece import Piece

RECIPE = NoteRecipe(steps=5, notes=2048)
WORKS = [made_up_notes(i, 40.0) for i in range(3)]


def drawn(recipe: NoteRecipe, n: int = 200, heaviness: float = 0.5):
    examples = Examples([Source(WORKS)], recipe)
    rng = np.random.default_rng(0)
    return [examples.draw(rng, heaviness) for _ in range(n)]


def test_shares_are_kept() -> None:
    examples = drawn(RECIPE, 600)
    assert np.mean([e.real for e in examples]) == pytest.approx(RECIPE.real, abs=0.06)
    assert np.mean([e.clip.grid is not None for e in examples]) == pytest.approx(0.5, abs=0.07)
    assert {kind for e in examples for kind in e.kinds} >= set(NAMES) - {"joined"}
    assert all(len(e.kinds) <= 2 for e in examples)


def test_real_clips_have_nothing_to_mend_and_damaged_ones_do() -> None:
    for example in drawn(replace(RECIPE, degenerate=0.0)):
        to_mend = (example.labels.edit != KEEP).any() or any(map(np.any, example.labels[1:]))
        assert len(example.labels.edit) == len(example.clip.notes)
        if example.real:
            assert not to_mend
            assert example.severity == 0
        else:
            assert 0 < example.severity <= 1
            assert to_mend or set(example.kinds) & {"joined", "backwards", "repeated"}


def test_clips_stay_on_the_keyboard_and_within_ten_seconds() -> None:
    for example in drawn(replace(RECIPE, transpose=40, stretch=0.5, short=0.5)):
        notes = example.clip.notes
        if len(notes):
            assert notes["pitch"].min() >= 21
            assert notes["pitch"].max() <= 108
            assert notes["onset"].min() >= 0
            assert notes["onset"].max() < 10


def test_what_is_no_music_teaches_no_notes() -> None:
    batch = collate(drawn(replace(RECIPE, real=0.0, degenerate=1.0), 20))
    assert not batch.placed.any()
    assert not batch.real.any()
    assert (batch.severity == 1).all()


def test_a_batch_has_a_label_for_every_note() -> None:
    examples = drawn(RECIPE, 50)
    batches = batched(examples, 2048)
    assert sum(map(len, batches)) == len(examples)
    for batch in map(collate, batches):
        n_notes = int(batch.clips.taken.sum())
        assert all(len(c) == n_notes for c in (batch.edit, batch.seam, batch.missing, batch.placed))
        assert batch.clips.taken.numel() <= max(2048, batch.clips.taken.shape[1])
        assert batch.kinds.shape == (len(batch.real), len(NAMES))


def test_processes_that_train_together_draw_what_no_other_does() -> None:
    examples = Examples([Source(WORKS)], RECIPE)
    shares = [[b.edit for b in Epoch(examples, RECIPE, 0, 0, 2, rank)] for rank in range(2)]
    assert [len(share) for share in shares] == [RECIPE.steps] * 2
    assert not any(
        a.shape == b.shape and torch.equal(a, b) and a.any() for a in shares[0] for b in shares[1]
    )


def test_an_epoch_is_the_same_again_and_another_is_not() -> None:
    examples = Examples([Source(WORKS)], RECIPE)

    def all_of(epoch: int) -> list[torch.Tensor]:
        return [batch.edit for batch in Epoch(examples, RECIPE, 0, epoch)]

    first, again, second = all_of(0), all_of(0), all_of(1)
    assert len(first) == RECIPE.steps
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert any(
        len(a) != len(b) or not torch.equal(a, b) for a, b in zip(first, second, strict=True)
    )


def test_other_corpora_are_taken_as_often_as_told() -> None:
    low = made_up_notes(9, 40.0)
    low["pitch"] = 21 + low["pitch"] % 3
    recipe = replace(RECIPE, others=0.3, transpose=0, real=1.0)
    examples = Examples([Source(WORKS), Source([low])], recipe)
    rng = np.random.default_rng(1)
    lows = [examples.draw(rng, 0.0).clip.notes["pitch"].max() < 30 for _ in range(400)]
    assert np.mean(lows) == pytest.approx(0.3, abs=0.07)


def test_a_stretch_is_the_clip_there() -> None:
    notes = made_up_notes(1, 40.0)
    for start in (0.0, 3.33, 29.0):
        plain = clip_at(Piece(notes), start)
        ours = stretch_of(notes, start, 10.0)
        key = ["onset", "offset", "pitch"]
        assert sorted(ours[key].tolist()) == sorted(plain.notes[key].tolist())


def test_a_share_beyond_one_is_refused() -> None:
    with pytest.raises(BadInput, match="share"):
        NoteRecipe(real=1.2)


def test_the_second_recipe_learns_from_other_corpora_too() -> None:
    assert NOTE_RECIPES["notes"].others == 0
    assert NOTE_RECIPES["styles"].others > 0


def test_cuts_lie_where_they_are_heard() -> None:
    """On a grid at the cut itself, though no note begins there; in milliseconds at the next."""
    notes = np.zeros(2, dtype=NOTE)
    notes["pitch"], notes["velocity"] = (60, 64), 80
    notes["onset"], notes["offset"] = (0.0, 6.05), (2.0, 7.0)
    for clip, expected in ((Clip(notes).on_grid(), {40, 97}), (Clip(notes), {60})):
        damaged = Damaged(
            clip,
            np.zeros(len(clip.notes), dtype=bool),
            np.zeros(N_FRAMES, dtype=bool),
            0.5,
            seams=np.array([4.0, 9.7]),
        )
        assert cuts_of(damaged) == expected


def test_shuffles_are_cut_where_their_rolls_break() -> None:
    # A rising line, one pitch a frame for as long as there are keys: order can be read off it.
    clip = clip_of_roll(np.eye(88, dtype=np.uint8))
    real = Example(clip, undamaged(len(clip.notes)), real=True)
    examples = [
        damaged_once_more(real, "shuffle", np.random.default_rng(seed), 0.0) for seed in range(5)
    ]
    for example, row in zip(examples, collate(examples).cut, strict=True):
        breaks = np.flatnonzero(np.diff(example.clip.roll().argmax(axis=0)) != 1) + 1
        assert example.cuts == tuple(breaks.tolist())
        assert tuple((row.nonzero().flatten() + 1).tolist()) == example.cuts
