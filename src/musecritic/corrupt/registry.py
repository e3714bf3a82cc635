"""The corruptions by name. A new one is a file beside this and a line below."""

from __future__ import annotations

from typing import Protocol

from musecritic.corrupt.crossed import crossed
from musecritic.corrupt.damage import Damaged, Generator
from musecritic.corrupt.hand import hand
from musecritic.corrupt.joined import joined
from musecritic.corrupt.noise import noise
from musecritic.corrupt.octave import octave
from musecritic.corrupt.off_key import off_key
from musecritic.corrupt.offset_shift import offset_shift
from musecritic.corrupt.onset_shift import onset_shift
from musecritic.corrupt.passage import backwards, repeated
from musecritic.corrupt.pitch_shift import pitch_shift
from musecritic.corrupt.removed import removed
from musecritic.corrupt.shuffle import shuffle
from musecritic.corrupt.split import split
from musecritic.corrupt.time_shift import time_shift
from musecritic.errors import UnknownName
from musecritic.music.clip import Clip


class Corruption(Protocol):
    """Change a clip; each kind says what `severity` and `count` mean to it."""

    def __call__(
        self,
        clip: Clip,
        rng: Generator,
        *,
        severity: float | None = None,
        count: tuple[int, int] = ...,
    ) -> Damaged: ...


#: The seed's three, which its protocol is made of.
KINDS: dict[str, Corruption] = {"shuffle": shuffle, "off-key": off_key, "noise": noise}

#: All of them.
CORRUPTIONS: dict[str, Corruption] = {
    **KINDS,
    "pitch": pitch_shift,
    "octave": octave,
    "time": time_shift,
    "onset": onset_shift,
    "offset": offset_shift,
    "removed": removed,
    "split": split,
    "joined": joined,
    "hand": hand,
    "repeated": repeated,
    "backwards": backwards,
    "crossed": crossed,
}


def corruption(kind: str) -> Corruption:
    """Return the corruption of this name, or raise `UnknownName`."""
    if kind not in CORRUPTIONS:
        raise UnknownName("corruption", kind, list(CORRUPTIONS))
    return CORRUPTIONS[kind]
