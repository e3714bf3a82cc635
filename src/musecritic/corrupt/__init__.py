"""Named, seeded, graded changes of a clip, each with the damage it did."""

from musecritic.corrupt.damage import Damaged
from musecritic.corrupt.registry import KINDS, Corruption, corruption
from musecritic.corrupt.whole import DamagedPiece, corrupt_piece

__all__ = ["KINDS", "Corruption", "Damaged", "DamagedPiece", "corrupt_piece", "corruption"]
