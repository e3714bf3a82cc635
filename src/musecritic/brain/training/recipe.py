"""How a network is trained, in one record; optimizer and schedule are its seed's (section 5.1)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """All choices of a training run.

    Attributes
    ----------
    epochs
        Most epochs; of the network over figures, most steps of L-BFGS over all passages.
    draws
        Windows, or excerpts of notes, in an epoch; drawn anew each time. Of the network over
        figures all the excerpts that its language model learns from.
    reuse
        Epochs that hear the same draws; rendering takes as long as learning. Only with no worker,
        for what a worker keeps ends with the epoch.
    batch
        Of how many a step learns, in each process where several train together.
    rate
        Of Adam.
    patience
        Epochs without a better validation loss after which the rate falls to a tenth.
    weight_decay
        Of Adam; 0 in the seed. Of the network over figures the penalty on its squared weights.
    average
        Decay of the exponential moving average of the weights; 0 trains without.
    moved
        Share of the excerpts of notes, 0 .. 1, in which some notes are moved; the network learns
        which. Of no use to the network that hears.
    """

    epochs: int = 40
    draws: int = 6000
    reuse: int = 1
    batch: int = 32
    rate: float = 1e-3
    patience: int = 2
    weight_decay: float = 0.0
    average: float = 0.0
    moved: float = 0.0


#: By the network that each is for.
RECIPES = {
    "audio": Recipe(reuse=3, batch=8, rate=2e-3, average=0.998),
    "figures": Recipe(epochs=100, draws=48_000, batch=48, rate=3e-3, weight_decay=1.6e-5),
    "notes": Recipe(draws=12_000, weight_decay=0.05, average=0.99, moved=0.3),
}
