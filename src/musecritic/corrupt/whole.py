"""A whole piece corrupted, ten seconds after ten seconds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from musecritic.corrupt.registry import corruption
from musecritic.errors import BadInput, NothingToDamage
from musecritic.music.clip import Clip
from musecritic.music.notes import HIGHEST, LOWEST, Notes, in_order
from musecritic.music.piece import Piece
from musecritic.music.roll import CLIP_SECONDS


@dataclass(frozen=True)
class DamagedPiece:
    """A corrupted piece and which notes were touched.

    Attributes
    ----------
    piece
        The changed piece; drums and notes off the keyboard are as they were.
    touched
        The touched notes as they now stand, in order of onset.
    severity
        Their share of the notes that could be touched.
    """

    piece: Piece
    touched: Notes
    severity: float


def corrupt_piece(piece: Piece, kind: str, severity: float, seed: int = 0) -> DamagedPiece:
    """Corrupt every ten seconds of a piece in milliseconds, each by its own draw.

    A note belongs to the ten seconds in which it begins.

    Parameters
    ----------
    kind
        A name of `KINDS`.
    severity
        Share of the notes to touch, above 0 and up to 1.
    seed
        The same seed gives the same damage.

    Raises
    ------
    BadInput
        The severity is out of range.
    NothingToDamage
        No ten seconds of the piece can be damaged in this kind.
    """
    if not 0 < severity <= 1:
        raise BadInput(f"a severity of {severity:g} is out of range; it is above 0 and up to 1.")
    damage = corruption(kind)
    notes = piece.notes
    drums = np.array([part.is_drum for part in piece.parts], dtype=bool)[notes["part"]]
    eligible = ~drums & (notes["pitch"] >= LOWEST) & (notes["pitch"] <= HIGHEST)
    window = (notes["onset"] // CLIP_SECONDS).astype(np.int64)
    kept, touched = [notes[~eligible]], []
    for index in np.unique(window[eligible]):
        own = notes[eligible & (window == index)].copy()
        start = index * CLIP_SECONDS
        own["onset"] -= start
        own["offset"] -= start
        length = min(CLIP_SECONDS, max(piece.duration - start, 0.01))
        try:
            damaged = damage(
                Clip(own, start, length), np.random.default_rng([seed, index]), severity=severity
            )
            own, mask = damaged.clip.notes.copy(), damaged.notes
        except NothingToDamage:
            mask = np.zeros(len(own), dtype=bool)
        own["onset"] += start
        own["offset"] += start
        kept.append(own)
        touched.append(own[mask])
    changed = in_order(np.concatenate(touched)) if touched else notes[:0]
    if not len(changed):
        raise NothingToDamage(f"no part of the piece can be damaged by {kind}.")
    whole = in_order(np.concatenate(kept))
    n_eligible = len(whole) - int((~eligible).sum())
    return DamagedPiece(replace(piece, notes=whole), changed, len(changed) / n_eligible)
