"""The ConvNeXt V2 block (Woo et al., 2023), held to the numbers of Hugging Face's in a test."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_EPS = 1e-6
WIDENING = 4


class Block(nn.Module):
    """Mix each channel over 7 × 7 cells, then the channels of each cell, and add.

    Parameters
    ----------
    width
        Number of channels.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.spread = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, eps=_EPS)
        self.widen = nn.Linear(width, WIDENING * width)
        self.respond = ResponseNorm(WIDENING * width)
        self.narrow = nn.Linear(WIDENING * width, width)

    def forward(self, maps: Tensor) -> Tensor:
        """Map (B, C, H, W) to the same shape."""
        x = self.norm(self.spread(maps).permute(0, 2, 3, 1))  # (B, H, W, C)
        x = self.narrow(self.respond(F.gelu(self.widen(x))))
        mixed: Tensor = maps + x.permute(0, 3, 1, 2)
        return mixed


class ResponseNorm(nn.Module):
    """Global response normalisation: channels compete by their energy over the whole map."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.zeros(width))
        self.bias = nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, H, W, C) to the same shape."""
        energy = x.flatten(1, 2).norm(dim=1)[:, None, None]
        share = energy / (energy.mean(dim=-1, keepdim=True) + _EPS)
        # x + gain · share · x + bias, with one pass over the maps.
        return torch.addcmul(self.bias, x, 1 + self.gain * share)


class ChannelNorm(nn.LayerNorm):
    """Layer norm over the channels of each cell of (B, C, H, W)."""

    def forward(self, maps: Tensor) -> Tensor:
        """Map (B, C, H, W) to the same shape."""
        return super().forward(maps.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def halving(n_in: int, n_out: int) -> nn.Sequential:
    """Return what brings maps to half their height and width before a stage."""
    return nn.Sequential(ChannelNorm(n_in, eps=_EPS), nn.Conv2d(n_in, n_out, 2, stride=2))
