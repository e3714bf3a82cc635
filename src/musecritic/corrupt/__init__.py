"""Named, seeded, graded changes of a clip, each with the damage it did."""

from musecritic.corrupt.damage import Damaged
from musecritic.corrupt.registry import KINDS, Corruption, corruption

__all__ = ["KINDS", "Corruption", "Damaged", "corruption"]
