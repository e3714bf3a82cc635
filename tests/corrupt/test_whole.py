"""A whole piece corrupted."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from musecritic.corrupt import CORRUPTIONS, KINDS, corrupt_piece
from musecritic.errors import BadInput, NothingToDamage
from musecritic.music.notes import in_order, notes_from
from musecritic.music.piece import Part, Piece


@pytest.fixture
def piece(piece: Piece) -> Piece:
    """Two voices, one held beneath the next notes of the other, and a key struck again at once."""
    notes = piece.notes.copy()
    notes["offset"][::2] += 0.17
    again = np.arange(1.0, 29.0, 0.5)
    return replace(
        piece, notes=in_order(np.concatenate([notes, notes_from(again, again + 0.47, 24)]))
    )


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_every_ten_seconds_are_damaged(kind: str, piece: Piece) -> None:
    damaged = corrupt_piece(piece, kind, 0.2, seed=1)
    changed = np.concatenate([damaged.touched, damaged.removed])
    assert set(changed["onset"] // 10) == {0, 1, 2}
    assert 0.05 < damaged.severity < 0.5
    again = corrupt_piece(piece, kind, 0.2, seed=1)
    assert np.array_equal(damaged.piece.notes, again.piece.notes)
    other = corrupt_piece(piece, kind, 0.2, seed=2)
    assert not np.array_equal(damaged.piece.notes, other.piece.notes)


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_what_is_changed_is_told(kind: str, piece: Piece) -> None:
    damaged = corrupt_piece(piece, kind, 0.2, seed=1)
    before, after = Counter(_told(piece.notes)), Counter(_told(damaged.piece.notes))
    touched, removed = Counter(_told(damaged.touched)), Counter(_told(damaged.removed))
    assert touched <= after
    assert removed <= before
    if kind not in ("shuffle", "repeated", "backwards"):  # there notes end where others begin
        assert after - touched <= before
    n_all = len(damaged.piece.notes) + len(damaged.removed)
    assert damaged.severity == pytest.approx((touched.total() + removed.total()) / n_all)
    for notes in (damaged.touched, damaged.removed):
        assert np.array_equal(notes, in_order(notes))


def test_removed_notes_are_told_as_they_stood(piece: Piece) -> None:
    damaged = corrupt_piece(piece, "removed", 0.1)
    assert not len(damaged.touched)
    assert len(damaged.piece.notes) == len(piece.notes) - len(damaged.removed)
    assert np.isin(damaged.removed, piece.notes).all()
    assert damaged.severity == pytest.approx(0.1, abs=0.01)


def test_of_two_joined_notes_one_is_touched_and_one_removed(piece: Piece) -> None:
    damaged = corrupt_piece(piece, "joined", 0.05)
    assert len(damaged.touched) == len(damaged.removed) > 0
    assert len(damaged.piece.notes) == len(piece.notes) - len(damaged.removed)


def test_what_a_repetition_replaces_is_removed(piece: Piece) -> None:
    damaged = corrupt_piece(piece, "repeated", 0.2)
    n_more = len(damaged.touched) - len(damaged.removed)
    assert len(damaged.piece.notes) == len(piece.notes) + n_more


@pytest.mark.parametrize("kind", KINDS)
def test_the_seeds_kinds_remove_nothing(kind: str, piece: Piece) -> None:
    assert not len(corrupt_piece(piece, kind, 0.2).removed)


@pytest.mark.parametrize("kind", CORRUPTIONS)
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


def _told(notes) -> list[tuple[float, ...]]:
    """Return notes to be compared: taken from their ten seconds and put back they are rounded."""
    return [
        (
            round(float(note["onset"]), 6),
            round(float(note["offset"]), 6),
            *map(int, note.tolist()[2:]),
        )
        for note in notes
    ]
