"""The corruptions by name. A new one is a file beside this and a line below."""

from __future__ import annotations

from typing import Protocol

from musecritic.corrupt.damage import Damaged, Generator
from musecritic.corrupt.noise import noise
from musecritic.corrupt.off_key import off_key
from musecritic.corrupt.shuffle import shuffle
from musecritic.errors import UnknownName
from musecritic.music.clip import Clip


class Corruption(Protocol):
    """Change a clip; see the three kinds for what `severity` and `count` mean to each."""

    def __call__(
        self,
        clip: Clip,
        rng: Generator,
        *,
        severity: float | None = None,
        count: tuple[int, int] = ...,
    ) -> Damaged: ...


KINDS: dict[str, Corruption] = {"shuffle": shuffle, "off-key": off_key, "noise": noise}


def corruption(kind: str) -> Corruption:
    """Return the corruption of this name, or raise `UnknownName`."""
    if kind not in KINDS:
        raise UnknownName("corruption", kind, list(KINDS))
    return KINDS[kind]
