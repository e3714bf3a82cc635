"""Named, seeded, graded changes of a clip, each with the damage it did."""

from musecritic.corrupt.damage import Damaged
from musecritic.corrupt.registry import CORRUPTIONS, KINDS, Corruption, corruption
from musecritic.corrupt.whole import DamagedPiece, corrupt_piece

__all__ = [
    "CORRUPTIONS",
    "KINDS",
    "Corruption",
    "Damaged",
    "DamagedPiece",
    "corrupt_piece",
    "corruption",
]
