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
    """A corrupted piece, and which notes were touched or are gone.

    Attributes
    ----------
    piece
        The changed piece; drums and notes off the keyboard are as they were.
    touched
        The touched notes as they now stand, in order of onset.
    severity
        Share of the touched and the removed among the notes that could be touched, those that are
        there and those that are gone.
    removed
        The notes that are there no more, as they stood, in order of onset: left out by `removed`,
        the second of every two that `joined` made one, those in whose place `repeated` plays
        others. The seed's three kinds remove none.
    """

    piece: Piece
    touched: Notes
    severity: float
    removed: Notes


def corrupt_piece(piece: Piece, kind: str, severity: float, seed: int = 0) -> DamagedPiece:
    """Corrupt every ten seconds of a piece in milliseconds, each by its own draw.

    A note belongs to the ten seconds in which it begins, and where it may stand is settled among
    those of the same ten seconds: it may meet one of its pitch that rings over from before. Notes
    ring beyond the end of their ten seconds no farther than the longest of them did.

    Parameters
    ----------
    kind
        A name of `CORRUPTIONS`.
    severity
        Share of the notes to touch, above 0 and up to 1; of some kinds of those to begin with:
        each kind's function says which.
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
    kept, touched, removed = [notes[~eligible]], [], []
    for index in np.unique(window[eligible]):
        before = notes[eligible & (window == index)]
        own = before.copy()
        start = index * CLIP_SECONDS
        own["onset"] -= start
        own["offset"] -= start
        length = min(CLIP_SECONDS, max(piece.duration - start, 0.01))
        try:
            damaged = damage(
                Clip(own, start, length), np.random.default_rng([seed, index]), severity=severity
            )
            own, mask = damaged.clip.notes.copy(), damaged.notes
            removed.append(before[damaged.gone])
        except NothingToDamage:
            mask = np.zeros(len(own), dtype=bool)
        own["onset"] += start
        own["offset"] += start
        kept.append(own)
        touched.append(own[mask])
    changed = in_order(np.concatenate(touched)) if touched else notes[:0]
    gone = in_order(np.concatenate(removed)) if removed else notes[:0]
    n_damaged = len(changed) + len(gone)
    if not n_damaged:
        raise NothingToDamage(f"no part of the piece can be damaged by {kind}.")
    whole = in_order(np.concatenate(kept))
    n_eligible = len(whole) - int((~eligible).sum()) + len(gone)
    return DamagedPiece(replace(piece, notes=whole), changed, n_damaged / n_eligible, gone)
