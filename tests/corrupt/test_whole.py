"""A whole piece corrupted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from musecritic.corrupt import KINDS, corrupt_piece
from musecritic.errors import BadInput, NothingToDamage
from musecritic.music.notes import in_order, notes_from
from musecritic.music.piece import Part, Piece


@pytest.mark.parametrize("kind", KINDS)
def test_every_ten_seconds_are_damaged(kind: str, piece: Piece) -> None:
    damaged = corrupt_piece(piece, kind, 0.2, seed=1)
    assert set(damaged.touched["onset"] // 10) == {0, 1, 2}
    assert 0.05 < damaged.severity < 0.5
    again = corrupt_piece(piece, kind, 0.2, seed=1)
    assert np.array_equal(damaged.piece.notes, again.piece.notes)
    other = corrupt_piece(piece, kind, 0.2, seed=2)
    assert not np.array_equal(damaged.piece.notes, other.piece.notes)


@pytest.mark.parametrize("kind", KINDS)
def test_drums_and_notes_off_the_keyboard_stay(kind: str, piece: Piece) -> None:
    drums = notes_from(np.arange(20.0), np.arange(20.0) + 0.1, [38] * 20, 100, 1)
    low = notes_from([3.0], [4.0], [5])
    mixed = replace(
        piece,
        notes=in_order(np.concatenate([piece.notes, drums, low])),
        parts=(Part(), Part("kit", 0, is_drum=True)),
    )
    after = corrupt_piece(mixed, kind, 0.3).piece.notes
    assert np.array_equal(after[after["part"] == 1], drums)
    assert np.array_equal(after[after["pitch"] == 5], low)


@pytest.mark.parametrize("severity", [0.0, -0.1, 1.5, float("nan")])
def test_severity_out_of_range(severity: float, piece: Piece) -> None:
    with pytest.raises(BadInput):
        corrupt_piece(piece, "noise", severity)


def test_a_piece_without_notes_is_refused() -> None:
    with pytest.raises(NothingToDamage):
        corrupt_piece(Piece(notes_from([], [], [])), "noise", 0.1)
