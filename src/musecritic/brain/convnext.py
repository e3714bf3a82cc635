"""The ConvNeXt V2 block (Woo et al., 2023), held to the numbers of Hugging Face's in a test."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
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
        # torch leaves `apply` untyped.
        responded: Tensor = _Response.apply(x, self.gain, self.bias)  # type: ignore[no-untyped-call]
        return responded


class _Response(torch.autograd.Function):
    """`ResponseNorm` with its gradient written out: torch's own makes twice as many passes over
    maps that are larger than any cache.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, gain: Tensor, bias: Tensor) -> Tensor:
        energy = torch.linalg.vector_norm(x, dim=(1, 2))  # (B, C)
        mean = energy.mean(dim=1, keepdim=True) + _EPS
        scale = 1 + gain * energy / mean
        ctx.save_for_backward(x, gain, energy, mean, scale)
        return torch.addcmul(bias, x, scale[:, None, None])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        (grad,) = grads
        x, gain, energy, mean, scale = ctx.saved_tensors
        by_scale = (grad * x).sum(dim=(1, 2))
        by_share = by_scale * gain
        by_energy = (by_share - (by_share * energy).mean(dim=1, keepdim=True) / mean) / mean
        to_x = (by_energy / energy.clamp(min=_EPS))[:, None, None]
        by_x = torch.addcmul(grad * scale[:, None, None], x, to_x)
        return by_x, (by_scale * energy / mean).sum(dim=0), grad.sum(dim=(0, 1, 2))


class ChannelNorm(nn.LayerNorm):
    """Layer norm over the channels of each cell of (B, C, H, W)."""

    def forward(self, maps: Tensor) -> Tensor:
        """Map (B, C, H, W) to the same shape."""
        return super().forward(maps.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def halving(n_in: int, n_out: int) -> nn.Sequential:
    """Return what brings maps to half their height and width before a stage."""
    return nn.Sequential(ChannelNorm(n_in, eps=_EPS), nn.Conv2d(n_in, n_out, 2, stride=2))
