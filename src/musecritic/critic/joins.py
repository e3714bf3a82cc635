"""Whether what comes now follows from what came before.

At every boundary between two frames one encoder describes the music before it and another the
music after it. Trained to recognise, among all moments of the clip, the one that truly follows
(van den Oord et al., Representation learning with contrastive predictive coding, 2018), the two
find the seams of a shuffle without having seen one: what follows there does not fit, and what
would fit stands elsewhere.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

NEAR = 3  # frames; moments so close to the true one are too much like it to be held against it
N_FEATURES = 3
PAST = 5  # frames that the first layer of an encoder looks back; the others do by twice their gap


class Joins(nn.Module):
    """Describe every boundary between two frames.

    Parameters
    ----------
    width, gaps
        Of the encoders, see `Encoder`.
    """

    def __init__(self, width: int, gaps: tuple[int, ...]) -> None:
        super().__init__()
        self.before = Encoder(width, gaps)
        self.after = Encoder(width, gaps)
        self.log_scale = nn.Parameter(torch.tensor(2.3))  # of cosines; 10, as is usual

    def forward(self, rolls: Tensor) -> Tensor:
        """Map rolls (B, 88, T) to (B, 3, T - 1); see `compare`."""
        return self.compare(self.before(rolls), self.after(rolls.flip(2)))

    def compare(self, before: Tensor, after: Tensor) -> Tensor:
        """Compare what the two encoders say, each (B, T, D); `after` counts time from the end.

        Returns
        -------
        Tensor
            (B, 3, T - 1): the log-probability that, among the clip's moments, this one follows
            what came before; that what came before led to this one; their likeness, scaled.
        """
        before, after = before[:, :-1], after.flip(1)[:, 1:]
        likeness = torch.einsum("bsd,btd->bst", before, after) * self.log_scale.exp()
        place = torch.arange(likeness.shape[1], device=likeness.device)
        apart = (place[:, None] - place).abs()
        true = likeness.diagonal(dim1=1, dim2=2)
        rivals = likeness.masked_fill((apart > 0) & (apart <= NEAR), -1e4)
        return torch.stack([true - rivals.logsumexp(2), true - rivals.logsumexp(1), true], dim=1)


class Encoder(nn.Module):
    """Describe, for every frame, some seconds up to and with it; never what comes later.

    Parameters
    ----------
    width
        Of its layers.
    gaps
        Of each layer of dilated convolutions after the first two, in frames: it hears its input
        now, one gap ago and two gaps ago.
    size
        Of the description.
    """

    def __init__(self, width: int, gaps: tuple[int, ...], size: int = 64) -> None:
        super().__init__()
        self.gaps = gaps
        self.stem = nn.Sequential(
            nn.Conv2d(1, width // 4, (25, PAST + 1), stride=(4, 1), padding=(12, 0), bias=False),
            nn.BatchNorm2d(width // 4),
            nn.ReLU(inplace=True),
        )
        self.keyboard = nn.Sequential(  # all 22 rows at once
            nn.Conv2d(width // 4, width, (22, 1), bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
        )
        self.past = nn.ModuleList(nn.Conv1d(width, width, 3, dilation=gap) for gap in gaps)
        self.out = nn.Linear(width, size)

    def forward(self, rolls: Tensor) -> Tensor:
        """Map rolls (B, 88, T) to unit vectors (B, T, D)."""
        return self.describe(self.hear(rolls))

    def hear(self, rolls: Tensor) -> Tensor:
        """Map rolls (B, 88, T) to the last layer's (B, width, T)."""
        padded = F.pad(rolls, (PAST, 0)).unsqueeze(1)
        x: Tensor = self.stem(padded.contiguous(memory_format=torch.channels_last))
        x = self.keyboard(x).squeeze(2)  # (B, width, T)
        for layer, gap in zip(self.past, self.gaps, strict=True):
            x = x + torch.relu(layer(F.pad(x, (2 * gap, 0))))
        return x

    def describe(self, x: Tensor) -> Tensor:
        """Map the last layer's (B, width, T) to unit vectors (B, T, D)."""
        return F.normalize(self.out(x.transpose(1, 2)), dim=2)


def follows_loss(joins: Tensor) -> Tensor:
    """Say how badly the true follower and the true leader are told from the other moments.

    Parameters
    ----------
    joins
        (B, 3, T - 1) of real rolls: a seam follows from nothing.
    """
    return -joins[:, :2].mean()
