"""The seed's network, ResNet-CRNN-Attention, and the simpler ones it is measured against.

Seed, sections 3.3 and 5.1. One class builds all: residual convolutions over the piano roll bring
88 keys to 5 rows and 1 channel to 256; the rows are flattened so that time is a sequence; a
bidirectional LSTM reads it; self-attention weighs its steps; a fully connected layer gives one
logit. ``crnn-plain`` is that and nothing more; the straw men leave out its attention
(``crnn-mean``) or its LSTM too (``cnn``).

``crnn``, which ships, has three aids beside: it hears every note in its harmony (`tonal`), says of
every note how wrong it is, and of every boundary between two frames whether what follows fits what
came before (`joins`). The LSTM reads what they say, and so does the last layer.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from musecritic.critic.joins import N_FEATURES, Joins
from musecritic.critic.layers import AttentionPool, MeanPool, ResidualBlock
from musecritic.critic.tonal import TonalContext
from musecritic.errors import UnknownName

KEYS, FRAMES, ROWS = 88, 100, 5  # the roll's height and length; the height after the convolutions
STRIDE = 2  # of the stem, over keys and frames
POOLED = 4  # frames a step of the LSTM

_SILENT = -12.0  # the logit of damage where nothing sounds
_SHARE = 0.25  # brings the aids' logits to the size of the other features


@dataclass(frozen=True)
class Config:
    """What a network is made of; stored beside its weights.

    Attributes
    ----------
    channels
        Of the stem and of each residual stage; the last is what the LSTM reads, times 5 rows.
    stem
        Height (semitones) and width (frames) of the first kernel. Two octaves and a semitone let
        the very first layer see the intervals around a note.
    kernel
        Height and width of the kernels of the residual blocks.
    separable
        Whether those kernels work on each channel alone, followed by a mix of the channels.
    projection
        Width to which the rows are brought before the LSTM reads them; 0 leaves them as they are.
    hidden
        Width of the LSTM, each way.
    recurrent, attention
        False for the straw men: no LSTM, a plain mean over time.
    tonal
        Width of the tonal context; 0 leaves it out.
    notes
        Whether every note is judged at the stem's resolution, two frames, for the rest to read.
    joins, gaps
        Width of the encoders that judge every boundary between two frames (0 leaves them out), and
        how far back they hear, see `Encoder`.
    dropout
        Before the last layer, and between the convolutions and the LSTM.
    """

    channels: tuple[int, ...] = (48, 64, 128, 256)
    stem: tuple[int, int] = (25, 5)
    kernel: tuple[int, int] = (3, 3)
    separable: bool = False
    projection: int = 0
    hidden: int = 128
    recurrent: bool = True
    attention: bool = True
    tonal: int = 0
    notes: bool = False
    joins: int = 0
    gaps: tuple[int, ...] = (2, 5, 8)
    dropout: float = 0.0

    def record(self) -> dict[str, Any]:
        """Return the configuration as plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Config:
        """Build a configuration from `record`'s values; lists become tuples."""
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in record.items()
        }
        return cls(**values)


class Reading(NamedTuple):
    """What a network reads off B rolls of T frames; S = T / 4 steps of time.

    Attributes
    ----------
    logit
        (B,), above 0 for music taken as real.
    attention
        (B, S), weights that sum to 1 over time; uniform where the network has no attention.
    wrong
        (B, W, 88), a logit for every key and each of W steps of time: is the note that sounds
        here damaged? W = T / 2 where the network judges notes, else S.
    seam
        (B, S), a logit for every step: was the music cut and joined here?
    joins
        (B, 3, T - 1), see `Joins`; None where the network has none.
    """

    logit: Tensor
    attention: Tensor
    wrong: Tensor
    seam: Tensor
    joins: Tensor | None


class Network(nn.Module):
    """A critic of piano rolls; see the module's docstring.

    Takes rolls (B, 88, T) in {0, 1}, T a multiple of 4 (100 in training), and gives a `Reading`.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        first, *rest = config.channels
        self.stem = nn.Sequential(  # 88 × 100 → 44 × 50
            nn.Conv2d(
                1,
                first,
                config.stem,
                stride=STRIDE,
                padding=(config.stem[0] // 2, config.stem[1] // 2),
                bias=False,
            ),
            nn.BatchNorm2d(first),
        )
        self.tonal = TonalContext(config.tonal, first) if config.tonal else None
        # → 22 × 25 in the first stage, then 11 and 5 rows.
        pools = [(2, POOLED // STRIDE)] + [(2, 1)] * (len(rest) - 1)
        self.stages = nn.Sequential(
            *(
                ResidualBlock(n_in, n_out, pool, config.kernel, config.separable)
                for n_in, n_out, pool in zip(config.channels, rest, pools, strict=False)
            )
        )
        width = config.channels[-1] * ROWS
        n_aids = n_summed = 0
        if config.notes:
            self.listen = ResidualBlock(first, first, (1, 1), config.kernel, config.separable)
            self.note = nn.Conv2d(first, STRIDE, 1)  # the two keys of a row
            nn.init.constant_(self.note.bias, -3.0)  # type: ignore[arg-type]  # few are wrong
            n_aids += 2 * POOLED // STRIDE
            n_summed += 1
        self.joins = Joins(config.joins, config.gaps) if config.joins else None
        if self.joins is not None:
            n_aids += N_FEATURES * POOLED
            n_summed += 1
        self.dropout = nn.Dropout(config.dropout)
        self.projection = nn.Linear(width, config.projection) if config.projection else None
        width = (config.projection or width) + n_aids
        self.lstm = None
        if config.recurrent:
            self.lstm = nn.LSTM(width, config.hidden, batch_first=True, bidirectional=True)
            width = 2 * config.hidden
        self.pool: AttentionPool | MeanPool = (
            AttentionPool(width) if config.attention else MeanPool()
        )
        self.head = nn.Linear(width, 1)
        # Where is the damage? The seams, and the notes unless they are judged already.
        self.local = nn.Linear(width, 1 if config.notes else 1 + KEYS)
        nn.init.constant_(self.local.bias, -2.0)
        self.aid = None
        if n_summed:
            self.aid = nn.Linear(n_summed, 1)
            nn.init.constant_(self.aid.weight, -0.5)  # from the first step: damage is not real

    def forward(self, rolls: Tensor) -> Reading:
        maps = self.stem(rolls.unsqueeze(1).contiguous(memory_format=torch.channels_last))
        if self.tonal is not None:
            maps = maps + self.tonal(rolls)
        maps = torch.relu(maps)  # (B, C, 44, T / 2)
        wrong = None
        if self.config.notes:
            maps = self.listen(maps)
            wrong = self.note(maps).permute(0, 3, 2, 1).flatten(2)  # (B, T / 2, 88)
        joins = None if self.joins is None else self.joins(rolls)
        return self.read(self.stages(maps), rolls, wrong, joins)

    def read(
        self, maps: Tensor, rolls: Tensor, wrong: Tensor | None, joins: Tensor | None
    ) -> Reading:
        """Give the `Reading` of the convolutions' maps (B, C, 5, S) and what the aids say."""
        steps = maps.permute(0, 3, 1, 2).flatten(2)  # (B, S, C · 5)
        if self.projection is not None:
            steps = torch.relu(self.projection(steps))
        aids, summed = self.heed(rolls, wrong, joins)
        steps = self.dropout(torch.cat([steps, *aids], dim=2))
        if self.lstm is not None:
            steps, _ = self.lstm(steps)  # (B, S, 2 · hidden)
        pooled, weights = self.pool(steps)
        local = self.local(steps)
        logit = self.head(self.dropout(pooled))
        if self.aid is not None:
            logit = logit + self.aid(torch.stack(summed, dim=1))
        return Reading(
            logit.squeeze(-1),
            weights,
            local[..., 1:] if wrong is None else wrong,
            local[..., 0],
            joins,
        )

    def heed(
        self, rolls: Tensor, wrong: Tensor | None, joins: Tensor | None
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Return what the aids tell every step, each (B, S, ·), and the whole clip, each (B,)."""
        aids, summed = [], []
        if wrong is not None:
            sounds = F.max_pool1d(rolls, STRIDE).transpose(1, 2) > 0
            damage = torch.where(sounds, wrong, _SILENT)
            any_note = damage.logsumexp(2)  # (B, T / 2)
            told = torch.stack([any_note, damage.amax(2)], dim=2)
            aids.append(_SHARE * told.reshape(len(rolls), -1, 2 * POOLED // STRIDE))
            summed.append(any_note.logsumexp(1))
        if joins is not None:
            # What follows what is learned from real music, for its own sake: the verdict's gradient
            # ends here, or it would drown a task that has far more to learn from.
            joins = joins.detach()
            told = F.pad(joins, (1, 0)).transpose(1, 2)  # a boundary belongs to the frame after it
            aids.append(_SHARE * told.reshape(len(rolls), -1, N_FEATURES * POOLED))
            summed.append(_SHARE * (-joins[:, :2].sum(1)).logsumexp(1))
        return aids, summed


#: The shipped network; the seed's own; and the seed's straw men, each with one thing less.
NETWORKS: dict[str, Config] = {
    "crnn": Config(kernel=(5, 3), separable=True, projection=256, tonal=32, notes=True, joins=128),
    "crnn-plain": Config(),
    "crnn-mean": Config(attention=False),
    "cnn": Config(attention=False, recurrent=False),
}


def network_config(name: str) -> Config:
    """Return the configuration of the network of this name, or raise `UnknownName`."""
    if name not in NETWORKS:
        raise UnknownName("network", name, list(NETWORKS))
    return NETWORKS[name]
