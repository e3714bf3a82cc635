"""Every note hears every other: a small transformer over the notes of a roll.

A wrong note is wrong against the harmony and the line it stands in, and a seam shows where what
follows does not fit what came before; both are relations between notes, few and far apart in a
roll that is silent almost everywhere. So the roll is read as its runs, some eighty in ten seconds.
Each comes with what the rest of the network knows of its place; attention relates them by interval
and distance in time (rotary angles: Su et al., RoFormer, 2021). What is learned in one key and at
one moment holds in all.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from musecritic.networks.note_layers import (
    HEAD,
    PITCH_CLASSES,
    Layer,
    groups_of,
    mean_by,
    turns,
)

KEYS = 88
LONGEST = 40  # frames; longer notes count as this long

_TIME_PERIODS = (3.0, 400.0)  # frames, from the shortest to the longest


class Runs(NamedTuple):
    """The N notes of B rolls, in the order of key and onset within each; each (N,) long.

    Attributes
    ----------
    roll
        Which roll, 0 .. B - 1.
    key
        0 .. 87.
    onset, offset
        First frame, and one past the last.
    """

    roll: Tensor
    key: Tensor
    onset: Tensor
    offset: Tensor


class Place(NamedTuple):
    """What is known of the N notes before they hear each other.

    Attributes
    ----------
    features
        (N, F), of the place where each stands.
    wrong
        (N,), a logit for each: is it damaged?
    """

    features: Tensor
    wrong: Tensor


class Heard(NamedTuple):
    """What the attention over notes finds in B rolls with N notes.

    Attributes
    ----------
    told
        (B, 3), of each roll: the logits that any note is damaged, that the music was cut, and that
        it is real for another reason.
    runs
        The notes.
    wrong
        (N,), a logit for each: is it damaged?
    seam
        (N,), a logit for each: was the music cut between the onset before this one and this one?
    """

    told: Tensor
    runs: Runs
    wrong: Tensor
    seam: Tensor

    def in_order(self, values: Tensor) -> Tensor:
        """Return a number of each note (N,) in the order of roll, key and onset."""
        # Within a roll they are in order.
        return values[self.runs.roll.argsort(stable=True)]


class NoteAttention(nn.Module):
    """A transformer over the notes of rolls.

    Parameters
    ----------
    width
        Of a note's description; a multiple of four heads of 32.
    depth
        Number of layers.
    n_features
        What is known of a note's place, see `Place`.
    """

    def __init__(self, width: int, depth: int, n_features: int) -> None:
        super().__init__()
        self.n_heads = width // HEAD
        # Key, pitch class, duration, and whether the clip's start or end cuts the note.
        self.embeddings = nn.ModuleList(
            nn.Embedding(n, width) for n in (KEYS, PITCH_CLASSES, LONGEST + 1, 4)
        )
        for embedding in self.embeddings:
            nn.init.normal_(embedding.get_parameter("weight"), std=0.3)
        self.place = nn.Linear(n_features, width)
        self.settle = nn.LayerNorm(width)
        self.layers = nn.ModuleList(Layer(width) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.judge = nn.Linear(width, 2)
        nn.init.zeros_(self.judge.weight)
        # Of damage enough is known already; few notes follow a seam.
        self.judge.bias.data.copy_(torch.tensor([0.0, -3.0]))
        self.pool = nn.Linear(width, 2)  # how much each note matters to the clip, and what it says

    def forward(self, rolls: Tensor, runs: Runs, counts: Tensor, place: Place) -> Heard:
        """Read rolls (B, 88, T) in {0, 1} with the notes of `sorted_runs`."""
        n_rolls = len(rolls)
        x = self.settle(self._traits(runs, rolls.shape[2]) + self.place(place.features))
        groups = groups_of(counts)
        turn = turns(runs.key, runs.onset, runs.offset, self.n_heads, _TIME_PERIODS, x.dtype)
        for layer in self.layers if groups else ():  # silence has nothing to hear
            x = layer(x, groups, turn)
        x = self.norm(x)
        more, seam = self.judge(x).unbind(1)
        wrong = place.wrong + more
        weight, opinion = self.pool(x).unbind(1)
        told = torch.stack(
            [
                log_sum_exp(wrong, runs.roll, n_rolls),
                log_sum_exp(seam, runs.roll, n_rolls),
                mean_by(opinion, weight, runs.roll, n_rolls),
            ],
            dim=1,
        )
        return Heard(told, runs, wrong, seam)

    def _traits(self, runs: Runs, n_frames: int) -> Tensor:
        """Return what a note is by itself, (N, D)."""
        edge = (runs.onset == 0).long() + 2 * (runs.offset == n_frames).long()
        duration = (runs.offset - runs.onset).clamp(max=LONGEST)
        traits = (runs.key, runs.key % PITCH_CLASSES, duration, edge)
        return torch.stack([e(t) for e, t in zip(self.embeddings, traits, strict=True)]).sum(0)


def onsets_of(rolls: Tensor) -> Tensor:
    """Return where notes begin in rolls (B, 88, T), as booleans."""
    sounds = rolls > 0
    return sounds & ~F.pad(sounds, (1, 0))[..., :-1]


def runs_of(rolls: Tensor) -> Runs:
    """Return the notes of rolls (B, 88, T): the longest stretches of one key without a break."""
    sounds = rolls > 0
    roll, key, onset = onsets_of(rolls).nonzero().unbind(1)
    offset = (sounds & ~F.pad(sounds, (0, 1))[..., 1:]).nonzero()[:, 2] + 1
    return Runs(roll, key, onset, offset)


def sorted_runs(rolls: Tensor) -> tuple[Runs, Tensor]:
    """Return the notes of rolls, those of rolls with few of them first, and how many each has.

    So that the rolls of a group have about as many.
    """
    counts, order = onsets_of(rolls).sum((1, 2)).sort()
    runs = runs_of(rolls[order])
    return runs._replace(roll=order[runs.roll]), counts


def painted(notes: Tensor, rolls: Tensor, silent: float) -> Tensor:
    """Lay a number of each note, (N,) in the order of roll, key and onset, over rolls (B, 88, T).

    Every cell where the note sounds gets it; the others get `silent`.
    """
    if not len(notes):
        return notes.new_full(rolls.shape, silent)
    which = onsets_of(rolls).flatten().cumsum(0).view(rolls.shape) - 1
    return torch.where(rolls > 0, notes[which.clamp(min=0)], silent)


def log_sum_exp(logit: Tensor, roll: Tensor, n_rolls: int) -> Tensor:
    """Return log Σ exp over each roll's notes and a silent one, (B,)."""
    floor = logit.new_zeros(n_rolls).scatter_reduce(0, roll, logit.detach(), "amax")
    total = (-floor - 5.0).exp().scatter_add(0, roll, (logit - floor[roll]).exp())
    return floor + total.log()
