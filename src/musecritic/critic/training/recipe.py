"""How a network is trained, in one record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from musecritic.errors import BadInput, UnknownName


@dataclass(frozen=True)
class Recipe:
    """All choices of a training run; the defaults are the seed's own (section 4.1).

    Attributes
    ----------
    clips
        "drawn": the manifest's 5,600 training clips, again every epoch. "stream": any ten
        seconds of the official training part's 159 hours, new ones every epoch.
    epochs
        Length of the run.
    pairs
        Real clips in an epoch of the stream. Every real clip comes with one negative, drawn anew
        each time, so an epoch shows twice as many rolls.
    batch
        Pairs in a batch, of each process where several train together.
    optimizer
        "adam" (AdamW where there is decay), or "muon" for the weight matrices.
    rate
        Step size of Adam.
    matrix_rate
        Step size of Muon.
    weight_decay
        Of Adam and Muon.
    warmup
        Steps over which the rate rises from 0.
    decay_epochs
        Last epochs, over which the rate falls to 0 in a straight line.
    average
        Decay of the exponential moving average of the weights; 0 trains without.
    easing
        Epochs of curriculum, after those of the joins alone: damage begins heavy and eases to the
        protocol's.
    heaviest
        How heavy the curriculum begins, 0 .. 1.
    together
        Share of the shuffled negatives, 0 .. 1, that also have notes moved off key; such a clip
        teaches both.
    local
        Weight of the auxiliary loss on where the damage is.
    joins_first
        Epochs at the beginning that learn nothing but what follows what, from real clips; for
        networks with joins. The rate falls at their end, and rises again for the rest.
    joins
        Weight of that loss beside the others.
    learns
        "attention": only the attention over notes (and the joins, in their epochs); all else stays
        as the initial weights have it.
    noise
        Share of noise among the three kinds, the easiest; the other two share the rest evenly.
    transpose
        Largest transposition of a training clip, in semitones either way.
    degenerate
        Share of negatives that are no music at all (silence, one chord, random notes…).
    clip_gradient
        Largest gradient norm; 0 leaves gradients alone.

    Raises
    ------
    BadInput
        A share lies outside 0 .. 1.
    """

    clips: Literal["drawn", "stream"] = "drawn"
    epochs: int = 30
    pairs: int = 5600
    batch: int = 32
    optimizer: Literal["adam", "muon"] = "adam"
    rate: float = 1e-3
    matrix_rate: float = 0.02
    weight_decay: float = 0.0
    warmup: int = 0
    decay_epochs: int = 0
    average: float = 0.0
    easing: float = 0.0
    heaviest: float = 1.0
    together: float = 0.0
    local: float = 0.0
    joins_first: int = 0
    joins: float = 0.0
    learns: Literal["all", "attention"] = "all"
    noise: float = 1 / 3
    transpose: int = 0
    degenerate: float = 0.0
    clip_gradient: float = 0.0

    def __post_init__(self) -> None:
        for name in ("heaviest", "together", "noise", "degenerate"):
            if not 0 <= getattr(self, name) <= 1:
                raise BadInput(f"{name} is {getattr(self, name):g}; it is a share, 0 to 1.")


_TRUNK = Recipe(
    clips="stream",
    epochs=24,
    pairs=4800,
    optimizer="muon",
    rate=1.5e-3,
    weight_decay=0.01,
    warmup=100,
    decay_epochs=13,
    average=0.99,
    easing=6.0,
    local=2.0,
    joins=0.3,
    noise=0.15,
    transpose=6,
    degenerate=0.03,
    clip_gradient=1.0,
)

RECIPES: dict[str, Recipe] = {
    "seed": Recipe(),
    "trunk": _TRUNK,
    "attention": replace(
        _TRUNK,
        epochs=29,
        pairs=9600,
        rate=1e-3,
        matrix_rate=0.006,
        decay_epochs=7,
        easing=8.0,
        heaviest=0.4,
        together=0.3,
        local=4.0,
        joins_first=11,
        joins=0.0,
        learns="attention",
        noise=0.2,
        degenerate=0.06,
    ),
}


#: The network that a recipe is for.
OWN_NETWORK = {"seed": "crnn-plain", "trunk": "crnn-trunk", "attention": "crnn"}


def recipe_named(name: str) -> Recipe:
    """Return the recipe of this name, or raise `UnknownName`."""
    if name not in RECIPES:
        raise UnknownName("recipe", name, list(RECIPES))
    return RECIPES[name]
