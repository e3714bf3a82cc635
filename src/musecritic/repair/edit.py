"""An edit: a few notes of a piece, and what is to stand in their place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from musecritic.music.notes import Notes, in_order
from musecritic.music.piece import Piece


@dataclass(frozen=True)
class Edit:
    """One change, in seconds from the piece's start.

    Attributes
    ----------
    action
        "delete", "move" (to another pitch), "shift" (in time), "shift onset", "shift offset",
        "join" (two notes of a key become one) or "split" (one becomes two).
    before
        The notes as they stand in the piece, one or two (join).
    after
        What stands there then: none (delete), one, or two (split).
    p_before, p_after
        The critic's `p_real` of the passage without and with the edit, all edits before it made.
    p_wrong
        How probable the critic held it that the note is wrong.
    p_mends
        How probable it held it that this very edit mends it; the places to which one action may
        lead share what it has.
    """

    action: str
    before: Notes = field(repr=False)
    after: Notes = field(repr=False)
    p_before: float = float("nan")
    p_after: float = float("nan")
    p_wrong: float = float("nan")
    p_mends: float = float("nan")

    @property
    def onset(self) -> float:
        """Seconds at which the first of its notes begins."""
        return float(self.before["onset"].min())

    def record(self) -> dict[str, Any]:
        """Return the edit as plain values."""
        return {
            "action": self.action,
            "before": [_note(note) for note in self.before],
            "after": [_note(note) for note in self.after],
            "p_wrong": round(self.p_wrong, 4),
            "p_mends": round(self.p_mends, 4),
            "p_real_before": round(self.p_before, 4),
            "p_real_after": round(self.p_after, 4),
        }


def _note(note: np.void) -> dict[str, Any]:
    return {
        "onset_s": round(float(note["onset"]), 4),
        "offset_s": round(float(note["offset"]), 4),
        "pitch": int(note["pitch"]),
        "part": int(note["part"]),
    }


def edited(piece: Piece, edits: Iterable[Edit]) -> Piece:
    """Return the piece with its edits made; all notes that no edit names stay as they are."""
    notes = piece.notes
    for edit in edits:
        kept = np.ones(len(notes), dtype=bool)
        for note in edit.before:
            same = np.flatnonzero(kept & (notes == note))
            kept[same[:1]] = False
        notes = in_order(np.concatenate([notes[kept], edit.after]))
    return replace(piece, notes=notes)
