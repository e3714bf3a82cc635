"""The layers that the critic's networks are put together from (seed, section 3.3)."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def convolution(n_in: int, n_out: int, kernel: tuple[int, int], separable: bool) -> list[nn.Module]:
    """Return a convolution that keeps height and width, and its batch norm.

    A separable one works on each channel alone, then mixes the channels (MobileNet's
    depthwise-separable convolution), which is faster on a processor.
    """
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
        # A pool of one cell is nothing, and torch takes its time over it.
        self.pool = nn.Identity() if pool == (1, 1) else nn.MaxPool2d(pool)
        self.body = nn.Sequential(
            *convolution(n_in, n_out, kernel, separable),
            nn.ReLU(inplace=True),
            *convolution(n_out, n_out, kernel, separable),
        )
        self.shortcut = (
            nn.Identity()
            if n_in == n_out
            else nn.Sequential(nn.Conv2d(n_in, n_out, 1, bias=False), nn.BatchNorm2d(n_out))
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(x)  # (B, n_in, H, W)
        return torch.relu(self.body(x) + self.shortcut(x))  # (B, n_out, H, W)


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
