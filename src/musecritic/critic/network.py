"""The seed's network, ResNet-CRNN-Attention, and the simpler ones it is measured against.

Seed, sections 3.3 and 5.1. One class builds all: residual convolutions over the piano roll bring
88 keys to 5 rows and 1 channel to 256; the rows are flattened so that time is a sequence; a
bidirectional LSTM reads it; self-attention weighs its steps; a fully connected layer gives one
logit. The straw men leave out the attention (``crnn-mean``) or the LSTM too (``cnn``).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from musecritic.errors import UnknownName

KEYS, FRAMES, ROWS = 88, 100, 5  # the roll's height and length; the height after the convolutions


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
        Whether those kernels work on each channel alone, followed by a mix of the channels
        (MobileNet's depthwise-separable convolution), which is faster on a processor.
    hidden
        Width of the LSTM, each way.
    recurrent, attention
        False for the straw men: no LSTM, a plain mean over time.
    excitation
        Width of the squeeze-and-excitation between the convolutions and the LSTM: what sounds in
        all ten seconds scales what each step passes on, so that a note can be weighed against
        the key. 0 leaves it out.
    dropout
        Before the last layer, and between the convolutions and the LSTM.
    """

    channels: tuple[int, ...] = (48, 64, 128, 256)
    stem: tuple[int, int] = (25, 5)
    kernel: tuple[int, int] = (5, 3)
    separable: bool = True
    hidden: int = 128
    recurrent: bool = True
    attention: bool = True
    excitation: int = 0
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
        (B, S, 88), a logit for every key and step: is the note that sounds here damaged?
    seam
        (B, S), a logit for every step: was the music cut and joined here?
    """

    logit: Tensor
    attention: Tensor
    wrong: Tensor
    seam: Tensor


class ResidualBlock(nn.Module):
    """Max-pool, then two convolutions with a shortcut around them."""

    def __init__(
        self,
        n_in: int,
        n_out: int,
        pool: tuple[int, int],
        kernel: tuple[int, int],
        separable: bool,
    ) -> None:
        super().__init__()
        self.pool = nn.MaxPool2d(pool)
        self.body = nn.Sequential(
            *_convolution(n_in, n_out, kernel, separable),
            nn.ReLU(inplace=True),
            *_convolution(n_out, n_out, kernel, separable),
        )
        self.shortcut = (
            nn.Identity()
            if n_in == n_out
            else nn.Sequential(nn.Conv2d(n_in, n_out, 1, bias=False), nn.BatchNorm2d(n_out))
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(x)  # (B, n_in, H, W)
        return torch.relu(self.body(x) + self.shortcut(x))  # (B, n_out, H, W)


def _convolution(
    n_in: int, n_out: int, kernel: tuple[int, int], separable: bool
) -> list[nn.Module]:
    same = (kernel[0] // 2, kernel[1] // 2)
    if not separable:
        return [
            nn.Conv2d(n_in, n_out, kernel, padding=same, bias=False),
            nn.BatchNorm2d(n_out),
        ]
    return [
        # No batch norm in between: it would cost as much time as the convolution itself.
        nn.Conv2d(n_in, n_in, kernel, padding=same, groups=n_in, bias=False),
        nn.Conv2d(n_in, n_out, 1, bias=False),
        nn.BatchNorm2d(n_out),
    ]


class Excitation(nn.Module):
    """Squeeze-and-excitation (Hu et al., 2018) over time: the clip's mean scales every step.

    Begins as the identity, so that it can be added to a trained network.
    """

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.squeeze = nn.Linear(width, hidden)
        self.excite = nn.Linear(hidden, width)
        nn.init.zeros_(self.excite.weight)
        nn.init.zeros_(self.excite.bias)

    def forward(self, steps: Tensor) -> Tensor:
        """Map steps (B, S, C) to the same, each feature scaled by 0..2."""
        scale = 2 * torch.sigmoid(self.excite(torch.relu(self.squeeze(steps.mean(dim=1)))))
        return steps * scale.unsqueeze(1)


class AttentionPool(nn.Module):
    """Self-attention over time: one learned query asks every step how much it matters."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.score = nn.Sequential(
            nn.Linear(width, width // 2), nn.Tanh(), nn.Linear(width // 2, 1)
        )

    def forward(self, steps: Tensor) -> tuple[Tensor, Tensor]:
        """Map steps (B, S, C) to their weighted mean (B, C) and the weights (B, S)."""
        weights = self.score(steps).squeeze(-1).softmax(dim=1)
        return torch.einsum("bs,bsc->bc", weights, steps), weights


class MeanPool(nn.Module):
    """The straw men's global average pooling: every step matters the same."""

    def forward(self, steps: Tensor) -> tuple[Tensor, Tensor]:
        """Map steps (B, S, C) to their mean (B, C) and uniform weights (B, S)."""
        return steps.mean(dim=1), steps.new_full(steps.shape[:2], 1 / steps.shape[1])


class Network(nn.Module):
    """A critic of piano rolls; see the module's docstring.

    Takes rolls (B, 88, T) in {0, 1}, T a multiple of 4 (100 in training), and gives a `Reading`.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        first, *rest = config.channels
        # 88 × 100 → 44 × 50 in the stem, 22 × 25 in the first stage, then 11 and 5 rows.
        pools = [(2, 2)] + [(2, 1)] * (len(rest) - 1)
        self.stem = nn.Sequential(
            nn.Conv2d(
                1,
                first,
                config.stem,
                stride=2,
                padding=(config.stem[0] // 2, config.stem[1] // 2),
                bias=False,
            ),
            nn.BatchNorm2d(first),
            nn.ReLU(inplace=True),
        )
        self.stages = nn.Sequential(
            *(
                ResidualBlock(n_in, n_out, pool, config.kernel, config.separable)
                for n_in, n_out, pool in zip(config.channels, rest, pools, strict=False)
            )
        )
        width = config.channels[-1] * ROWS
        self.excitation = Excitation(width, config.excitation) if config.excitation else None
        self.dropout = nn.Dropout(config.dropout)
        self.lstm = None
        if config.recurrent:
            self.lstm = nn.LSTM(width, config.hidden, batch_first=True, bidirectional=True)
            width = 2 * config.hidden
        self.pool: AttentionPool | MeanPool = (
            AttentionPool(width) if config.attention else MeanPool()
        )
        self.head = nn.Linear(width, 1)
        self.local = nn.Linear(width, KEYS + 1)  # the auxiliary task: where is the damage?

    def forward(self, rolls: Tensor) -> Reading:
        return self.read(self.stages(self.stem(rolls.unsqueeze(1))))

    def read(self, maps: Tensor) -> Reading:
        """Give the `Reading` of the convolutions' maps (B, C, 5, S)."""
        steps = maps.permute(0, 3, 1, 2).flatten(2)  # (B, S, C · 5)
        if self.excitation is not None:
            steps = self.excitation(steps)
        steps = self.dropout(steps)
        if self.lstm is not None:
            steps, _ = self.lstm(steps)  # (B, S, 2 · hidden)
        pooled, weights = self.pool(steps)
        local = self.local(steps)
        return Reading(
            self.head(self.dropout(pooled)).squeeze(-1),
            weights,
            local[..., :KEYS],
            local[..., KEYS],
        )


#: The shipped network, the seed's straw men, each with one thing less, and the seed's convolutions.
NETWORKS: dict[str, Config] = {
    "crnn": Config(excitation=256),
    "crnn-mean": Config(excitation=256, attention=False),
    "cnn": Config(excitation=256, attention=False, recurrent=False),
    "crnn-plain": Config(kernel=(3, 3), separable=False),
}


def network_config(name: str) -> Config:
    """Return the configuration of the network of this name, or raise `UnknownName`."""
    if name not in NETWORKS:
        raise UnknownName("network", name, list(NETWORKS))
    return NETWORKS[name]
