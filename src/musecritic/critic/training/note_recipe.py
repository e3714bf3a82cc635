"""How the network over notes is trained, in one record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from musecritic.errors import BadInput


@dataclass(frozen=True)
class NoteRecipe:
    """All choices of a training run.

    Attributes
    ----------
    part
        What learns: "notes", all but the part that hears seams, or "seams", that part alone.
    epochs
        Length of the run.
    steps
        Batches in an epoch, of clips drawn anew each time.
    notes
        Places for notes in a batch; clips with about as many notes are put together.
    rate
        Step size of AdamW, for vectors and tables.
    matrix_rate
        Step size of Muon, for matrices.
    weight_decay
        Of both.
    warmup
        Steps over which the rates rise from 0.
    decay_epochs
        Last epochs, over which the rates fall to 0 in a straight line.
    average
        Decay of the exponential moving average of the weights; 0 trains without.
    clip_gradient
        Largest gradient norm; 0 leaves gradients alone.
    heaviest, easing
        How heavy the damage is at first, 0 .. 1, and the epochs over which it eases to the seed
        protocol's, 0.
    others
        Share of clips, 0 .. 1, that come from the other corpora's training works, evenly from each.
    real
        Share of clips that are left as they are.
    grid
        Share of clips given as a roll's runs, as the seed's protocol gives them; the rest are in
        milliseconds.
    seed_kinds
        Share of damaged clips with one of the seed's three kinds, by `grid` or not; on a grid half
        of the rest is spared too.
    shuffles
        Share of the seed's kinds that are shuffles, which are the hardest to hear.
    twice
        Share of damaged clips that are damaged in two kinds.
    short
        Share of clips cut to between three and ten seconds.
    transpose
        Largest transposition, in semitones either way.
    stretch
        Largest change of tempo, as a share either way.
    degenerate
        Share of damaged clips that are no music at all.
    edits, places, severity, kinds
        Weights of the losses on the notes' edits, on seams and missing notes, on severity and on
        the kinds of damage, beside that on the verdict.

    Raises
    ------
    BadInput
        A share lies outside 0 .. 1.
    """

    part: Literal["notes", "seams"] = "notes"
    epochs: int = 12
    steps: int = 400
    notes: int = 6144
    rate: float = 2e-3
    matrix_rate: float = 0.02
    weight_decay: float = 0.01
    warmup: int = 100
    decay_epochs: int = 0
    average: float = 0.999
    clip_gradient: float = 1.0
    heaviest: float = 1.0
    easing: float = 8.0
    others: float = 0.0
    real: float = 0.38
    grid: float = 0.5
    seed_kinds: float = 0.6
    shuffles: float = 0.5
    twice: float = 0.1
    short: float = 0.1
    transpose: int = 6
    stretch: float = 0.15
    degenerate: float = 0.02
    edits: float = 4.0
    places: float = 4.0
    severity: float = 1.0
    kinds: float = 1.5

    def __post_init__(self) -> None:
        shares = (
            "heaviest",
            "others",
            "real",
            "grid",
            "seed_kinds",
            "shuffles",
            "twice",
            "short",
            "stretch",
            "degenerate",
        )
        for name in shares:
            if not 0 <= getattr(self, name) <= 1:
                raise BadInput(f"{name} is {getattr(self, name):g}; it is a share, 0 to 1.")


_MAESTRO = NoteRecipe()

#: First the seams; then, begun with those weights, all else on MAESTRO alone; then other corpora
#: too, and rates that fall.
NOTE_RECIPES: dict[str, NoteRecipe] = {
    "seams": replace(
        _MAESTRO,
        part="seams",
        epochs=12,
        decay_epochs=10,
        rate=1.5e-3,
        heaviest=0.0,
        easing=0.0,
        others=0.2,
        real=0.5,
        grid=0.7,
        seed_kinds=1.0,
        shuffles=1.0,
        twice=0.0,
        degenerate=0.0,
    ),
    "notes": _MAESTRO,
    "styles": replace(_MAESTRO, epochs=16, decay_epochs=10, heaviest=0.4, easing=10.0, others=0.25),
}
