"""Every note hears every other: a small transformer over the notes of a roll.

A wrong note is wrong against the harmony and the line it stands in, and a seam shows where what
follows does not fit what came before; both are relations between notes, few and far apart in a
roll that is silent almost everywhere. So the roll is read as its runs, some eighty in ten seconds.
Each comes with what the rest of the network knows of its place; attention relates them by interval
and distance in time (rotary angles: Su et al., RoFormer, 2021). What is learned in one key and at
one moment holds in all.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from musecritic.critic.tonal import PITCH_CLASSES

KEYS = 88
LONGEST = 40  # frames; longer notes count as this long
HEAD = 32  # numbers in a head, turned in pairs
TOGETHER = 8  # rolls in a group; attention takes as long as the longest of them for each

_PITCH_ANGLES = (1, 2, 3, 4, 5, 6)  # turns of the circle of pitch classes; 5 is that of fifths
_OCTAVE_PERIODS = (48.0, 176.0)  # semitones, which tell the octaves apart
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
        turn = turns(runs, self.n_heads, x.dtype)
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


class Layer(nn.Module):
    """Attention, then a layer on each note by itself."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.before_attention = nn.LayerNorm(width)
        self.query = nn.Linear(width, width, bias=False)
        self.against = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width, bias=False)
        self.gain = nn.Parameter(torch.full((width // HEAD, 1), 10.0))
        self.out = nn.Linear(width, width, bias=False)
        self.before_widening = nn.LayerNorm(width)
        self.widen = nn.Linear(width, 4 * width)
        self.narrow = nn.Linear(4 * width, width)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.narrow.weight)

    def forward(self, x: Tensor, groups: list[Group], turn: Turns) -> Tensor:
        """Map notes (N, D) to notes (N, D)."""
        n_notes = len(x)
        seen = self.before_attention(x)
        # Unit vectors, so that attention can never become blind certainty as the weights grow.
        queries = F.normalize(self.query(seen).view(n_notes, -1, HEAD), dim=2) * self.gain
        keys = F.normalize(self.against(seen).view(n_notes, -1, HEAD), dim=2)
        queries, keys = turned(queries, turn.query).flatten(1), turned(keys, turn.key).flatten(1)
        values = self.value(seen)
        sizes = [group.n_notes for group in groups]
        parts = (notes.split(sizes) for notes in (queries, keys, values))
        heard = [attend(*part) for part in zip(*parts, groups, strict=True)]
        x = x + self.out(torch.cat(heard))
        wide = F.relu(self.widen(self.before_widening(x))).square()
        narrow: Tensor = self.narrow(wide)
        return x + narrow


def attend(queries: Tensor, keys: Tensor, values: Tensor, group: Group) -> Tensor:
    """Return what the notes of a group (n, D) hear from each other."""
    n_rolls, most = group.mask.shape[0], group.mask.shape[-1]

    def spread(notes: Tensor) -> Tensor:
        padded = notes.new_zeros(n_rolls * most, notes.shape[1]).index_copy(0, group.place, notes)
        return padded.view(n_rolls, most, -1, HEAD).transpose(1, 2)

    heard = F.scaled_dot_product_attention(
        spread(queries), spread(keys), spread(values), attn_mask=group.mask, scale=1.0
    )
    return heard.transpose(1, 2).reshape(n_rolls * most, -1)[group.place]


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


class Group(NamedTuple):
    """A few rolls with about as many notes each, for attention to take together.

    Attributes
    ----------
    n_notes
        Of all of them.
    place
        (n_notes,), where each note stands in a table of one row a roll.
    mask
        (rolls, 1, 1, most), which places of that table are taken.
    """

    n_notes: int
    place: Tensor
    mask: Tensor


def groups_of(counts: Tensor) -> list[Group]:
    """Return the groups of rolls with so many notes each (B,), least first."""
    groups = []
    for some in alike(counts[counts > 0].tolist()):
        n_notes, most = sum(some), some[-1]
        counts = torch.tensor(some, device=counts.device)
        row = torch.repeat_interleave(counts)
        within = torch.arange(n_notes, device=counts.device) - (counts.cumsum(0) - counts)[row]
        taken = torch.arange(most, device=counts.device) < counts[:, None]
        groups.append(Group(n_notes, row * most + within, taken[:, None, None]))
    return groups


def alike(counts: list[int]) -> list[list[int]]:
    """Split increasing numbers of notes where a group is full or they have doubled."""
    groups: list[list[int]] = []
    for count in counts:
        if not groups or len(groups[-1]) == TOGETHER or count > 2 * groups[-1][0]:
            groups.append([])
        groups[-1].append(count)
    return groups


class Turns(NamedTuple):
    """Cosine and sine (N, heads, 16) by which queries and keys are turned."""

    query: tuple[Tensor, Tensor]
    key: tuple[Tensor, Tensor]


def turns(runs: Runs, n_heads: int, dtype: torch.dtype) -> Turns:
    """Return the angles of notes.

    Of every four heads two compare onset with onset, one the query's end with the key's onset,
    one the other way round: what follows is as much a matter of where a note ends.
    """
    n_time = HEAD // 2 - len(_PITCH_ANGLES) - len(_OCTAVE_PERIODS)
    shortest, longest = _TIME_PERIODS
    periods = shortest * (longest / shortest) ** (torch.arange(n_time) / (n_time - 1))
    speed = (2 * math.pi / periods).to(runs.key.device)
    by_pitch = torch.tensor(
        [2 * math.pi * n / PITCH_CLASSES for n in _PITCH_ANGLES]
        + [2 * math.pi / period for period in _OCTAVE_PERIODS],
        device=runs.key.device,
    )
    pitch = runs.key[:, None].float() * by_pitch
    onset = torch.cat([pitch, runs.onset[:, None].float() * speed], dim=1)  # (N, 16)
    offset = torch.cat([pitch, runs.offset[:, None].float() * speed], dim=1)
    query = torch.stack([onset, onset, offset, onset], dim=1).repeat(1, n_heads // 4, 1)
    key = torch.stack([onset, onset, onset, offset], dim=1).repeat(1, n_heads // 4, 1)
    return Turns(
        (query.cos().to(dtype), query.sin().to(dtype)), (key.cos().to(dtype), key.sin().to(dtype))
    )


def turned(x: Tensor, by: tuple[Tensor, Tensor]) -> Tensor:
    """Turn the pairs of (N, heads, 32), halves apart, by the angles of (N, heads, 16)."""
    cos, sin = by
    one, other = x.chunk(2, dim=2)
    return torch.cat([one * cos - other * sin, one * sin + other * cos], dim=2)


def log_sum_exp(logit: Tensor, roll: Tensor, n_rolls: int) -> Tensor:
    """Return log Σ exp over each roll's notes and a silent one, (B,)."""
    floor = logit.new_zeros(n_rolls).scatter_reduce(0, roll, logit.detach(), "amax")
    total = (-floor - 5.0).exp().scatter_add(0, roll, (logit - floor[roll]).exp())
    return floor + total.log()


def mean_by(value: Tensor, weight: Tensor, roll: Tensor, n_rolls: int) -> Tensor:
    """Return the mean of each roll's notes, weighed by the softmax of `weight`, (B,)."""
    floor = weight.new_zeros(n_rolls).scatter_reduce(0, roll, weight.detach(), "amax")
    share = (weight - floor[roll]).exp()
    total = (-floor).exp().scatter_add(0, roll, share)
    return weight.new_zeros(n_rolls).scatter_add(0, roll, share * value) / total
