"""Layering keeps its settings, its seed and its primer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from musecritic.compose.candidates import score_candidates
from musecritic.compose.layering import compose
from musecritic.critic.inference import Critic
from musecritic.errors import BadInput
from musecritic.music.piece import Part, Piece
from musecritic.music.roll import piano_roll


def test_every_voice_has_a_note_at_every_position(tiny_critic: Critic) -> None:
    made = compose(tiny_critic, seconds=12, voices=3)
    assert made.pitches.shape == made.ranks.shape == made.p_real.shape == (3, 12)
    assert len(made.piece.notes) == 36
    assert [part.name for part in made.piece.parts] == ["voice 1", "voice 2", "voice 3"]
    assert np.array_equal(made.onsets, np.arange(12.0))
    for voice in range(3):
        mine = made.piece.notes[made.piece.notes["part"] == voice]
        assert np.array_equal(mine["pitch"], made.pitches[voice])
        assert np.allclose(mine["onset"], made.onsets)
        assert np.allclose(mine["offset"], made.onsets + 0.9)
    assert all(len(set(chord)) == 3 for chord in made.pitches.T)  # nothing sounds twice
    assert ((made.p_real >= 0) & (made.p_real <= 1)).all()
    assert np.array_equal(made.roll, piano_roll(made.piece.notes, 12))


@pytest.mark.parametrize(("rate", "n_notes"), [(0.5, 2), (1, 4), (3, 12), (10, 40)])
def test_other_rates(tiny_critic: Critic, rate: float, n_notes: int) -> None:
    made = compose(tiny_critic, seconds=4, voices=1, notes_per_second=rate)
    assert made.pitches.shape == (1, n_notes)
    assert made.roll.shape == (88, 40)
    assert np.allclose(made.onsets, np.round(np.arange(n_notes) * 10 / rate) / 10)


def test_the_seed_decides(tiny_critic: Critic) -> None:
    one, same, other = (compose(tiny_critic, seconds=5, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.pitches, same.pitches)
    assert not np.array_equal(one.pitches, other.pitches)


def test_every_note_was_among_the_best(tiny_critic: Critic) -> None:
    made = compose(tiny_critic, seconds=12, voices=1, top_k=3)
    assert set(made.ranks.ravel()) == {0, 1, 2}
    # The last position's ten seconds are the last ten, and hold all the others.
    before = made.roll[:, 20:].copy()
    before[made.pitches[0, -1] - 21, 90:99] = 0
    logits = score_candidates(tiny_critic, before, 90, 9)
    order = np.argsort(-logits, kind="stable")
    assert order[made.ranks[0, -1]] == made.pitches[0, -1] - 21
    assert made.p_real[0, -1] == pytest.approx(1 / (1 + np.exp(-logits[order[made.ranks[0, -1]]])))


def test_the_best_alone(tiny_critic: Critic) -> None:
    assert not compose(tiny_critic, seconds=3, top_k=1).ranks.any()


def test_a_primer_is_kept_as_it_is(tiny_critic: Critic, piece: Piece) -> None:
    primer = Piece(piece.notes, (Part("piano", 4),), title="A walk")
    made = compose(tiny_critic, seconds=3, voices=2, primer=primer)
    assert made.piece.title == "A walk"
    assert made.piece.parts == (Part("piano", 4), Part("voice 1"), Part("voice 2"))
    given = made.piece.notes[made.piece.notes["part"] == 0]
    assert np.array_equal(given, primer.notes)
    new = made.piece.notes[made.piece.notes["part"] > 0]
    assert made.begin == pytest.approx(np.ceil(primer.duration * 10 - 1e-6) / 10)
    assert new["onset"].min() == pytest.approx(made.begin)
    assert made.onsets[0] == pytest.approx(made.begin)
    assert np.array_equal(made.roll, piano_roll(made.piece.notes, made.roll.shape[1] / 10))


def test_what_was_composed_without_its_primer(tiny_critic: Critic, piece: Piece) -> None:
    whole = compose(tiny_critic, seconds=3, primer=piece)
    alone = compose(tiny_critic, seconds=3, primer=piece, keep_primer=False)
    assert np.array_equal(alone.pitches, whole.pitches)
    assert alone.begin == 0
    assert len(alone.piece.notes) == 9
    assert alone.piece.notes["onset"].min() == 0
    assert not np.array_equal(alone.pitches, compose(tiny_critic, seconds=3).pitches)


def test_a_primer_of_drums_alone_is_silence_to_the_critic(
    tiny_critic: Critic, piece: Piece
) -> None:
    drums = Piece(piece.notes[:20], (Part("drums", is_drum=True),))
    made = compose(tiny_critic, seconds=2, voices=1, primer=drums)
    assert not made.roll[:, : round(made.begin * 10)].any()


def test_progress_is_told(tiny_critic: Critic) -> None:
    told = []
    made = compose(tiny_critic, seconds=3, voices=2, progress=lambda *step: told.append(step))
    assert [done for done, _, _ in told] == [1, 2, 3, 4, 5, 6]
    assert {total for _, total, _ in told} == {6}
    assert np.allclose([p for _, _, p in told], made.p_real.ravel())


@pytest.mark.parametrize(
    "setting",
    [
        {"seconds": 0},
        {"seconds": 1e9},
        {"seconds": float("nan")},
        {"voices": 0},
        {"voices": 11},
        {"top_k": 0},
        {"top_k": 89},
        {"notes_per_second": 0},
        {"notes_per_second": 11},
    ],
)
def test_settings_out_of_range(tiny_critic: Critic, setting: dict) -> None:
    with pytest.raises(BadInput, match=next(iter(setting))):
        compose(tiny_critic, **setting)


def test_record_and_picture(tiny_critic: Critic, piece: Piece, tmp_path: Path) -> None:
    made = compose(tiny_critic, seconds=2, voices=2, primer=piece)
    record = made.record()
    assert len(record["voices"]) == 2
    assert record["voices"][0]["pitches"] == made.pitches[0].tolist()
    assert record["model"]["name"] == "tiny"
    made.plot(tmp_path / "made.png")
    assert (tmp_path / "made.png").read_bytes().startswith(b"\x89PNG")
