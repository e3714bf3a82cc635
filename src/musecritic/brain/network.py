"""MusicBrain's network: ConvNeXt in three stages, fused and re-weighted (its seed, section 4).

The three stages' maps, low, mid and high, are brought to the low one's size and set side by side
on the channel axis; a linear layer reads each cell: who sounds there, and whether a note begins.
What the network says rests on the beginnings of notes, whatever a note's length: there the channels
are averaged, squeeze and excitation (Hu et al., 2018) weighs them, and a linear layer reads them.
The fused map has a cell for every semitone and tenth of a second, so that a heatmap over it shows
single notes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from musecritic.brain.cells import ROWS, STRIDE
from musecritic.brain.convnext import Block, ChannelNorm, halving
from musecritic.brain.spectrogram import BINS
from musecritic.errors import BadInput

_FRAMES = 8  # that the high stage makes one of

STAGES = ("low", "mid", "high")
_SOUNDS = -4.0  # logit of the share of cells in which something sounds
_LEAST = 1e-4  # weight of a cell in which surely no note begins: of all 9,600 as much as a note's


@dataclass(frozen=True)
class Config:
    """What a network is made of; stored beside its weights.

    Attributes
    ----------
    labels
        The labels of each head, in order; a head of one label is a yes or no.
    widths, depths
        Channels and blocks of the low, mid and high stage.
    squeeze
        The excitation's hidden layer is so many times narrower than the fused map.
    dropout
        Before the last layer.
    """

    labels: Mapping[str, tuple[str, ...]]
    widths: tuple[int, int, int] = (16, 32, 96)
    depths: tuple[int, int, int] = (1, 2, 4)
    squeeze: int = 4
    dropout: float = 0.1

    def record(self) -> dict[str, Any]:
        """Return the configuration as plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Config:
        """Build a configuration from `record`'s values; lists become tuples."""
        values: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in record.items()
        }
        values["labels"] = {head: tuple(names) for head, names in record["labels"].items()}
        return cls(**values)


class Reading(NamedTuple):
    """What the network reads off B windows of T frames.

    Attributes
    ----------
    logits
        Of each head, (B, L): above 0 for a label that holds.
    weights
        (B, C), 0 to 1, how much each channel of the fused map counts; the stages' one after the
        other.
    summary
        (B, C), the means of the re-weighted channels where notes begin, which the logits are read
        off.
    players
        (B, N + 2, 96, T / 2): above 0 where it hears each of the N instruments of its labels,
        where it hears any, and where a note begins, see `musecritic.brain.playing`. The
        instruments' logits are read off these too, off the cells that are surest to begin a note
        of theirs, as many as there are frames.
    """

    logits: dict[str, Tensor]
    weights: Tensor
    summary: Tensor
    players: Tensor


class Network(nn.Module):
    """See the module's docstring.

    Takes spectrograms (B, 192, T) from `musecritic.brain.spectrogram.seen`, T a multiple of 8.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        low = config.widths[0]
        # Each bin beside what it is in other music: a stem's norm would else see its level alone.
        self.level = nn.BatchNorm1d(BINS)
        self.stem = nn.Sequential(
            nn.Conv2d(1, low, 2 * STRIDE, stride=STRIDE, padding=STRIDE // 2), ChannelNorm(low)
        )
        # How high a cell lies; a mean over the map would not know.
        self.height = nn.Parameter(0.02 * torch.randn(low, ROWS, 1))
        before = (None, *config.widths)
        self.stages = nn.ModuleList(
            nn.Sequential(
                *([halving(n_in, width)] if n_in else []), *(Block(width) for _ in range(depth))
            )
            for n_in, width, depth in zip(before, config.widths, config.depths, strict=False)
        )
        fused = sum(config.widths)
        # What the channels are in all windows says nothing of one: it is taken off.
        self.settle = nn.BatchNorm1d(fused)
        self.excite = nn.Sequential(
            nn.Linear(fused, fused // config.squeeze),
            nn.ReLU(),
            nn.Linear(fused // config.squeeze, fused),
            nn.Sigmoid(),
        )
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(fused, sum(map(len, config.labels.values())))
        nn.init.constant_(self.head.bias, -1.0)  # most labels do not hold
        n_players = len(config.labels.get("instruments", ()))
        players = [nn.Conv2d(width, n_players + 2, 1) for width in config.widths]
        # torch's stubs let a layer be without a bias.
        nn.init.constant_(players[0].bias, _SOUNDS)  # type: ignore[arg-type]
        self.players = nn.ModuleList(players)
        self.trust = nn.Parameter(torch.ones(n_players))

    def forward(self, windows: Tensor) -> Reading:
        maps = self.maps(windows)
        # Sizes do not matter to a mean, nor to a layer on each cell: no fused map is built.
        players, *others = (layer(m) for layer, m in zip(self.players, maps, strict=True))
        for heard in others:
            players = players + F.interpolate(heard, players.shape[2:])
        return self._read(maps, players)

    def maps(self, windows: Tensor) -> list[Tensor]:
        """Return the three stages' maps: (B, C, 96, T / 2), then half and a quarter of that.

        Raises
        ------
        BadInput
            T is no multiple of 8.
        """
        if windows.shape[-1] % _FRAMES:
            raise BadInput(f"windows have {windows.shape[-1]} frames; wanted is a multiple of 8.")
        x = self.level(windows).unsqueeze(1).contiguous(memory_format=torch.channels_last)
        x = self.stem(x) + self.height
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps

    def fused(self, windows: Tensor) -> Tensor:
        """Return the stages' maps side by side, (B, C, 96, T / 2)."""
        low, *others = self.maps(windows)
        return torch.cat([low, *(F.interpolate(maps, low.shape[2:]) for maps in others)], dim=1)

    def read_fused(self, fused: Tensor) -> Reading:
        """Read a fused map (B, C, 96, T / 2), as heatmaps do."""
        parts = torch.split(fused, list(self.config.widths), dim=1)
        heard = [layer(part) for layer, part in zip(self.players, parts, strict=True)]
        return self._read(list(parts), torch.stack(heard).sum(0))

    def _read(self, maps: list[Tensor], players: Tensor) -> Reading:
        begins = players[:, -1:]
        where = begins.sigmoid() + _LEAST
        where = where / where.sum((2, 3), keepdim=True)
        means = self.settle(torch.cat([_weighed(m, where) for m in maps], dim=1))
        weights = self.excite(means)
        summary = weights * means
        sizes = [len(names) for names in self.config.labels.values()]
        by_head = self.head(self.dropout(summary)).split(sizes, dim=1)
        logits = dict(zip(self.config.labels, by_head, strict=True))
        if "instruments" in logits:
            # An instrument plays where some cells are surely its own, however few.
            own = players[:, :-2] + F.logsigmoid(begins)
            at_once = own.flatten(2).topk(players.shape[3], dim=2).values.mean(2)
            logits["instruments"] = logits["instruments"] + self.trust * at_once
        return Reading(logits, weights, summary, players)

    def by_stage(self, weights: Tensor) -> dict[str, Tensor]:
        """Return how much each stage spoke, (B,): its channels' mean weight."""
        parts = torch.split(weights, list(self.config.widths), dim=1)
        return {name: part.mean(1) for name, part in zip(STAGES, parts, strict=True)}


def _weighed(maps: Tensor, where: Tensor) -> Tensor:
    """Return the mean (B, C) of maps whose cells weigh what `where`, (B, 1, 96, T / 2), says."""
    times = where.shape[2] // maps.shape[2]
    weight = F.avg_pool2d(where, times) * times**2
    return torch.einsum("bchw,bhw->bc", maps, weight[:, 0])
