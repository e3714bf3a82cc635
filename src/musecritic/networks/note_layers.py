"""Attention between notes, whatever network they stand in.

Notes relate by interval and distance in time (rotary angles: Su et al., RoFormer, 2021), so that
what is learned in one key and at one moment holds in all. Rolls, pieces and windows have very
different numbers of notes; those with about as many attend together, each within itself.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

PITCH_CLASSES = 12
HEAD = 32  # numbers in a head, turned in pairs
TOGETHER = 8  # sets in a group; attention takes as long as the longest of them for each

_PITCH_ANGLES = (1, 2, 3, 4, 5, 6)  # turns of the circle of pitch classes; 5 is that of fifths
_OCTAVE_PERIODS = (48.0, 176.0)  # semitones, which tell the octaves apart


class Layer(nn.Module):
    """Attention, then a layer on each note by itself.

    Parameters
    ----------
    width
        Of a note's description; a multiple of four heads of 32.
    dropout
        Of what each of the two adds.
    """

    def __init__(self, width: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
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
        x = x + self.dropout(self.out(torch.cat(heard)))
        wide = F.relu(self.widen(self.before_widening(x)))
        wide = wide * wide  # autocast would square in full precision
        narrow: Tensor = self.dropout(self.narrow(wide))
        return x + narrow


def attend(queries: Tensor, keys: Tensor, values: Tensor, group: Group) -> Tensor:
    """Return what the notes of a group (n, D) hear from each other."""
    n_sets, most = group.mask.shape[0], group.mask.shape[-1]

    def spread(notes: Tensor) -> Tensor:
        padded = notes.new_zeros(n_sets * most, notes.shape[1]).index_copy(0, group.place, notes)
        return padded.view(n_sets, most, -1, HEAD).transpose(1, 2)

    # Written out, and all in the values' precision: on a processor the fused operation takes three
    # times as long to go back through, and autocast would take softmax's table to full precision.
    with torch.autocast(values.device.type, enabled=False):
        queries, keys = queries.to(values.dtype), keys.to(values.dtype)
        bias = torch.where(group.mask, 0.0, -1e4).to(values.dtype)
        likeness = spread(queries) @ spread(keys).mT + bias  # (sets, heads, most, most)
        heard = likeness.softmax(-1) @ spread(values)
    return heard.transpose(1, 2).reshape(n_sets * most, -1)[group.place]


class Group(NamedTuple):
    """A few sets of notes with about as many notes each, for attention to take together.

    Attributes
    ----------
    n_notes
        Of all of them.
    place
        (n_notes,), where each note stands in a table of one row a set.
    mask
        (sets, 1, 1, most), which places of that table are taken.
    """

    n_notes: int
    place: Tensor
    mask: Tensor


def groups_of(counts: Tensor) -> list[Group]:
    """Return the groups of sets with so many notes each, (B,) and rising."""
    groups = []
    for some in alike(counts[counts > 0].tolist()):
        n_notes, most = sum(some), some[-1]
        sizes = torch.tensor(some, device=counts.device)
        row = torch.repeat_interleave(sizes)
        within = torch.arange(n_notes, device=counts.device) - (sizes.cumsum(0) - sizes)[row]
        taken = torch.arange(most, device=counts.device) < sizes[:, None]
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


def turns(
    pitch: Tensor,
    onset: Tensor,
    offset: Tensor,
    n_heads: int,
    periods: tuple[float, float],
    dtype: torch.dtype,
) -> Turns:
    """Return the angles of N notes.

    Of every four heads two compare onset with onset, one the query's end with the key's onset,
    one the other way round: what follows is as much a matter of where a note ends.

    Parameters
    ----------
    pitch
        (N,), semitones above whatever pitch.
    onset, offset
        (N,), in one unit of time.
    n_heads
        A multiple of four.
    periods
        The shortest and the longest distance in time that the angles tell apart.
    """
    n_time = HEAD // 2 - len(_PITCH_ANGLES) - len(_OCTAVE_PERIODS)
    shortest, longest = periods
    steps = shortest * (longest / shortest) ** (torch.arange(n_time) / (n_time - 1))
    speed = (2 * math.pi / steps).to(pitch.device)
    by_pitch = torch.tensor(
        [2 * math.pi * n / PITCH_CLASSES for n in _PITCH_ANGLES]
        + [2 * math.pi / period for period in _OCTAVE_PERIODS],
        device=pitch.device,
    )
    height = pitch[:, None].float() * by_pitch
    start = torch.cat([height, onset[:, None].float() * speed], dim=1)  # (N, 16)
    end = torch.cat([height, offset[:, None].float() * speed], dim=1)
    query = torch.stack([start, start, end, start], dim=1).repeat(1, n_heads // 4, 1)
    key = torch.stack([start, start, start, end], dim=1).repeat(1, n_heads // 4, 1)
    return Turns(
        (query.cos().to(dtype), query.sin().to(dtype)), (key.cos().to(dtype), key.sin().to(dtype))
    )


def turned(x: Tensor, by: tuple[Tensor, Tensor]) -> Tensor:
    """Turn the pairs of (N, heads, 32), halves apart, by the angles of (N, heads, 16)."""
    cos, sin = by
    one, other = x.chunk(2, dim=2)
    return torch.cat([one * cos - other * sin, one * sin + other * cos], dim=2)


def mean_by(value: Tensor, weight: Tensor, owner: Tensor, n_sets: int) -> Tensor:
    """Return the mean of each set's notes, weighed by exp `weight`, (B,).

    Beside them stands a silent one of value and weight 0: silence has a mean too.
    """
    floor = weight.new_zeros(n_sets).scatter_reduce(0, owner, weight.detach(), "amax")
    share = (weight - floor[owner]).exp()
    total = (-floor).exp().scatter_add(0, owner, share)
    return weight.new_zeros(n_sets).scatter_add(0, owner, share * value) / total


def softmax_by(logit: Tensor, owner: Tensor, n_sets: int) -> Tensor:
    """Return the softmax of (N, K) over the notes of each owner."""
    index = owner[:, None].expand_as(logit)
    top = logit.new_full((n_sets, logit.shape[1]), -torch.inf)
    top = top.scatter_reduce(0, index, logit.detach(), "amax")
    share = (logit - top[owner]).exp()
    total = share.new_zeros(top.shape).scatter_add(0, index, share)
    return share / total[owner]
