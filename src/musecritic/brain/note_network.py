"""MusicBrain's network over notes: what a score says before anybody plays it.

Where the input is symbolic, nothing need be heard to know which notes there are. A transformer
over the notes in the one form that all pieces take (`musecritic.brain.one_form`) judges them: by
interval, distance in time and place in the beat, in whatever key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from musecritic.brain.one_form import GRID, Sheet, passage
from musecritic.networks.note_layers import (
    HEAD,
    PITCH_CLASSES,
    Layer,
    groups_of,
    softmax_by,
    turns,
)

PITCHES = 128
_PERIODS = (GRID / 2, 100.0 * GRID)  # steps: from an eighth note to four excerpts
_FINENESS = 4  # kinds of duration to an octave of them
_BATCH = 16  # passages in a forward pass
_LONGEST = 40  # the kind of ten octaves: 43 quarters


class Notes(NamedTuple):
    """The N notes of B excerpts, one excerpt after the other.

    Attributes
    ----------
    counts
        (B,), how many each has.
    pitch
        (N,), 0 .. 127.
    onset, offset
        (N,), steps of the grid from the excerpt's beginning.
    """

    counts: Tensor
    pitch: Tensor
    onset: Tensor
    offset: Tensor


def together(excerpts: Sequence[Sheet]) -> Notes:
    """Put excerpts together."""
    counts = torch.tensor([len(excerpt) for excerpt in excerpts], dtype=torch.long)
    columns = np.concatenate([np.zeros((0, 3), dtype=np.int64), *excerpts])
    return Notes(counts, *torch.from_numpy(columns).unbind(1))


@dataclass(frozen=True)
class NoteConfig:
    """What a network over notes is made of; stored beside its weights.

    Attributes
    ----------
    labels
        The labels of each head, in order; a head of one label is a yes or no.
    width
        Of a note's description; a multiple of 128.
    depth
        Number of layers.
    dropout
        Of what a layer adds, and before the last one.
    """

    labels: Mapping[str, tuple[str, ...]]
    width: int = 128
    depth: int = 3
    dropout: float = 0.1

    def record(self) -> dict[str, Any]:
        """Return the configuration as plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> NoteConfig:
        """Build a configuration from `record`'s values; lists become tuples."""
        labels = {head: tuple(names) for head, names in record["labels"].items()}
        return cls(**{**record, "labels": labels})


class NoteReading(NamedTuple):
    """What the network reads off B excerpts of N notes.

    Attributes
    ----------
    logits
        Of each head, (B, L): above 0 for a label that holds.
    weight
        (N,), how much each note counted, summing to 1 over an excerpt.
    moved
        (N,), a logit for each: is it another note than the composer's?
    summary
        (B, D), which the logits are read off.
    """

    logits: dict[str, Tensor]
    weight: Tensor
    moved: Tensor
    summary: Tensor


class NoteNetwork(nn.Module):
    """See the module's docstring."""

    def __init__(self, config: NoteConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        # Pitch, pitch class, duration, place in the quarter.
        self.embeddings = nn.ModuleList(
            nn.Embedding(n, width) for n in (PITCHES, PITCH_CLASSES, _LONGEST + 1, GRID)
        )
        for embedding in self.embeddings:
            nn.init.normal_(embedding.get_parameter("weight"), std=0.3)
        self.settle = nn.LayerNorm(width)
        self.layers = nn.ModuleList(Layer(width, config.dropout) for _ in range(config.depth))
        self.norm = nn.LayerNorm(width)
        self.judge = nn.Linear(width, 1)
        self.attend = nn.Linear(width, width // HEAD)
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(2 * width, sum(map(len, config.labels.values())))

    def forward(self, notes: Notes) -> NoteReading:
        n_excerpts = len(notes.counts)
        owner = torch.repeat_interleave(notes.counts)
        # Excerpts with few notes first, so that those that attend together have about as many.
        counts, order = notes.counts.sort()
        sorting = order.argsort()[owner].argsort(stable=True)
        own = Notes(counts, *(column[sorting] for column in notes[1:]))
        x = self.settle(self._traits(own))
        groups = groups_of(counts)
        n_heads = self.config.width // HEAD
        turn = turns(own.pitch, own.onset, own.offset, n_heads, _PERIODS, x.dtype)
        for layer in self.layers if groups else ():
            x = layer(x, groups, turn)
        x = self.norm(x)[sorting.argsort()]
        weight = softmax_by(self.attend(x), owner, n_excerpts)  # (N, heads)
        heard = (weight[..., None] * x.view(len(x), n_heads, HEAD)).flatten(1)
        nothing = x.new_zeros(n_excerpts, x.shape[1])
        mean = nothing.index_add(0, owner, x) / notes.counts.clamp(min=1)[:, None]
        summary = torch.cat([nothing.index_add(0, owner, heard), mean], dim=1)
        sizes = [len(names) for names in self.config.labels.values()]
        logits = self.head(self.dropout(summary)).split(sizes, dim=1)
        return NoteReading(
            dict(zip(self.config.labels, logits, strict=True)),
            weight.mean(1),
            self.judge(x).squeeze(1),
            summary,
        )

    def passages(self, sheet: Sheet, begins: Sequence[int], steps: int) -> list[NoteReading]:
        """Read the passages of a piece in one form that begin at some steps of the grid."""
        readings = []
        for some in range(0, len(begins), _BATCH):
            notes = together([passage(sheet, at, steps) for at in begins[some : some + _BATCH]])
            readings.append(self(Notes(*(column.to(self.head.weight.device) for column in notes))))
        return readings

    def _traits(self, notes: Notes) -> Tensor:
        """Return what a note is by itself, (N, D)."""
        length = (notes.offset - notes.onset).clamp(min=1).float()
        duration = (_FINENESS * length.log2()).round().long().clamp(max=_LONGEST)
        traits = (notes.pitch, notes.pitch % PITCH_CLASSES, duration, notes.onset % GRID)
        return torch.stack([e(t) for e, t in zip(self.embeddings, traits, strict=True)]).sum(0)
