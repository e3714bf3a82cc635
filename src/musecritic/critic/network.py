"""The seed's network, ResNet-CRNN-Attention, and the simpler ones it is measured against.

Seed, sections 3.3 and 5.1. One class builds all: residual convolutions over the piano roll bring
88 keys to 5 rows and 1 channel to 256; the rows are flattened so that time is a sequence; a
bidirectional LSTM reads it; self-attention weighs its steps; a fully connected layer gives one
logit. ``crnn-plain`` is that and nothing more; the straw men leave out its attention
(``crnn-mean``) or its LSTM too (``cnn``).

``crnn-trunk`` has three aids beside: it hears every note in its harmony (`tonal`), says of every
note how wrong it is, and of every boundary between two frames whether what follows fits what came
before (`joins`). The LSTM reads what they say, and so does the last layer. In ``crnn``, which
ships, every note then hears every other (`note_attention`), with what all this knows of its place.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from musecritic.critic.joins import N_FEATURES, Joins
from musecritic.critic.layers import AttentionPool, MeanPool, ResidualBlock
from musecritic.critic.note_attention import (
    Heard,
    NoteAttention,
    Place,
    Runs,
    painted,
    sorted_runs,
)
from musecritic.critic.tonal import TonalContext
from musecritic.errors import BadInput, UnknownName

KEYS, FRAMES, ROWS = 88, 100, 5  # the roll's height and length; the height after the convolutions
STRIDE = 2  # of the stem, over keys and frames
POOLED = 4  # frames a step of the LSTM

_SILENT = -12.0  # the logit of damage where nothing sounds
_NEARBY = 5  # boundaries of which a note hears whether the music goes on
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
    attend, depth
        Width and number of layers of the attention over notes; 0 leaves it out. It needs `notes`
        and `joins`.
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
    attend: int = 0
    depth: int = 5
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
        here damaged? W = T where notes hear each other, T / 2 where they are judged, else S.
    seam
        (B, S), a logit for every step: was the music cut and joined here?
    joins
        (B, 3, T - 1), see `Joins`; None where the network has none.
    heard
        What the attention over notes finds; None where the network has none.
    """

    logit: Tensor
    attention: Tensor
    wrong: Tensor
    seam: Tensor
    joins: Tensor | None
    heard: Heard | None = None


class Network(nn.Module):
    """A critic of piano rolls; see the module's docstring.

    Takes rolls (B, 88, T) in {0, 1}, T a multiple of 4 (100 in training), and gives a `Reading`.

    Raises
    ------
    BadInput
        The configuration has attention over notes without what it stands on.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        if config.attend and not (config.notes and config.joins):
            raise BadInput("attention over notes stands on `notes` and `joins`; this has not both.")
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
            nn.init.constant_(self.note.get_parameter("bias"), -3.0)  # few are wrong
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
        self.attend = None
        if config.attend:
            n_features = first + 1 + N_FEATURES * _NEARBY + width
            self.attend = NoteAttention(config.attend, config.depth, n_features)
            # The logit without it, and what the notes tell; it begins with the first alone.
            self.verdict = nn.Linear(4, 1)
            self.verdict.weight.data.copy_(torch.tensor([[1.0, 0.0, 0.0, 0.0]]))
            nn.init.zeros_(self.verdict.bias)

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
        reading, steps = self.read(self.stages(maps), rolls, wrong, joins)
        return reading if self.attend is None else self.hear(reading, rolls, maps, steps)

    def read(
        self, deep: Tensor, rolls: Tensor, wrong: Tensor | None, joins: Tensor | None
    ) -> tuple[Reading, Tensor]:
        """Read the convolutions' last maps (B, C, 5, S) and what the aids say.

        Returns the `Reading` before any note hears another, and the LSTM's steps (B, S, ·).
        """
        steps = deep.permute(0, 3, 1, 2).flatten(2)  # (B, S, C · 5)
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
        reading = Reading(
            logit.squeeze(-1),
            weights,
            local[..., 1:] if wrong is None else wrong,
            local[..., 0],
            joins,
        )
        return reading, steps

    def hear(self, reading: Reading, rolls: Tensor, maps: Tensor, steps: Tensor) -> Reading:
        """Let every note hear every other.

        Each with what the first maps (B, C, 44, T / 2) and the LSTM's steps (B, S, ·) say of it.
        """
        assert self.attend is not None
        assert reading.joins is not None
        # Small matrices in half precision are slower on a processor, not faster.
        with torch.autocast(rolls.device.type, enabled=False):
            runs, counts = sorted_runs(rolls)
            place = place_of(runs, maps.to(rolls.dtype), steps.to(rolls.dtype), reading)
            heard = self.attend(rolls, runs, counts, place)
            told = torch.cat([reading.logit.to(rolls.dtype)[:, None], heard.told], dim=1)
            logit = self.verdict(told).squeeze(1)
        wrong = painted(heard.in_order(heard.wrong), rolls, _SILENT).transpose(1, 2)
        return reading._replace(logit=logit, wrong=wrong, heard=heard)

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


def place_of(runs: Runs, maps: Tensor, steps: Tensor, reading: Reading) -> Place:
    """Gather what is known of each note's place; see `Place`."""
    assert reading.joins is not None
    wrong = reading.wrong[runs.roll, runs.onset // STRIDE, runs.key].to(maps.dtype)
    # At its onset and at the two boundaries either way; nothing comes before the first frame.
    fits = F.pad(_SHARE * reading.joins.detach().to(maps.dtype), (_NEARBY // 2 + 1, _NEARBY // 2))
    near = fits.unfold(2, _NEARBY, 1)[runs.roll, :, runs.onset].flatten(1)
    features = [
        maps[runs.roll, :, runs.key // STRIDE, runs.onset // STRIDE],
        _SHARE * wrong[:, None],
        near,
        steps[runs.roll, runs.onset // POOLED],
    ]
    return Place(torch.cat(features, dim=1), wrong)


# Separable kernels cost a third of plain ones on a processor.
_PLAIN = Config(kernel=(5, 3), separable=True, projection=256)
_TRUNK = replace(_PLAIN, tonal=32, notes=True, joins=128, gaps=(2, 5))

#: The shipped network, and what it stands on; the seed's own, and its straw men, each with one
#: thing less.
NETWORKS: dict[str, Config] = {
    "crnn": replace(_TRUNK, attend=128),
    "crnn-trunk": _TRUNK,
    "crnn-plain": _PLAIN,
    "crnn-mean": replace(_PLAIN, attention=False),
    "cnn": replace(_PLAIN, attention=False, recurrent=False),
}


def network_config(name: str) -> Config:
    """Return the configuration of the network of this name, or raise `UnknownName`."""
    if name not in NETWORKS:
        raise UnknownName("network", name, list(NETWORKS))
    return NETWORKS[name]
