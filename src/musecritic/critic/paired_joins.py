"""Whether each moment of a clip follows from each other one, pair by pair.

`musecritic.critic.joins` compares two moments by one cosine of what two encoders say of them.
Here that is joined by several smaller products of what the same encoders hear, and by how many
keys the two moments share: whether a chord is held over a boundary shows in its very keys.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from musecritic.critic.joins import NEAR, Joins

N_TOLD = 3  # of each boundary

_HEADS = 8  # smaller products
_EACH = 12  # numbers in one of them
_SHARED = 6
_HIDDEN = 32
_UNLIKE = -1e4


class PairedJoins(nn.Module):
    """Compare what comes before each boundary between two frames with what comes after each.

    Parameters
    ----------
    width, gaps
        Of the encoders, see `musecritic.critic.joins.Encoder`.
    """

    def __init__(self, width: int, gaps: tuple[int, ...]) -> None:
        super().__init__()
        self.joins = Joins(width, gaps)
        self.before = nn.Linear(width, _HEADS * _EACH + _HIDDEN)
        self.after = nn.Linear(width, _HEADS * _EACH + _HIDDEN)
        n_traits = 1 + _HEADS + _SHARED
        self.pair = nn.Linear(n_traits, _HIDDEN)
        self.counts_before = nn.Linear(2, _HIDDEN, bias=False)
        self.counts_after = nn.Linear(2, _HIDDEN, bias=False)
        self.bent = nn.Linear(_HIDDEN, 1)
        self.straight = nn.Linear(n_traits, 1)
        # It begins as the joins alone.
        for layer in (self.bent, self.straight):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        self.straight.weight.data[0, 0] = 1.0

    def forward(self, rolls: Tensor) -> Tensor:
        """Map rolls (B, 88, T) to (B, 3, T - 1); see `musecritic.critic.joins.Joins.compare`."""
        likeness = self.likeness(rolls)
        place = torch.arange(likeness.shape[1], device=likeness.device)
        apart = (place[:, None] - place).abs()
        true = likeness.diagonal(dim1=1, dim2=2)
        rivals = likeness.masked_fill((apart > 0) & (apart <= NEAR), _UNLIKE)
        return torch.stack([true - rivals.logsumexp(2), true - rivals.logsumexp(1), true], dim=1)

    def likeness(self, rolls: Tensor) -> Tensor:
        """Say how well what comes after boundary j follows what ends at i, (B, T - 1, T - 1)."""
        heard = self.joins.before.hear(rolls)[..., :-1]
        to_come = self.joins.after.hear(rolls.flip(2)).flip(2)[..., 1:]
        cosine = self.joins.before.describe(heard) @ self.joins.after.describe(to_come).mT
        before, own = self.before(heard.mT).split([_HEADS * _EACH, _HIDDEN], dim=2)
        after, others = self.after(to_come.mT).split([_HEADS * _EACH, _HIDDEN], dim=2)
        products = _heads(before) @ _heads(after).mT / _EACH**0.5
        past, coming = _edges(rolls)
        traits = torch.cat(
            [
                (cosine * self.joins.log_scale.exp())[:, None],
                products,
                _shared(past, coming).to(products.dtype),
            ],
            dim=1,
        ).permute(0, 2, 3, 1)
        own = own + self.counts_before(past.sum(1).log1p().mT)
        others = others + self.counts_after(coming.sum(1).log1p().mT)
        hidden = F.gelu(self.pair(traits) + own[:, :, None] + others[:, None], approximate="tanh")
        likeness: Tensor = self.bent(hidden) + self.straight(traits)
        return likeness.squeeze(3).float()


def _heads(described: Tensor) -> Tensor:
    """Split (B, T, heads · D) into (B, heads, T, D)."""
    n_clips, n_moments, _ = described.shape
    return described.view(n_clips, n_moments, _HEADS, _EACH).transpose(1, 2)


def _edges(rolls: Tensor) -> tuple[Tensor, Tensor]:
    """Return what each boundary has just before it and just after it, each (B, 88, 2, T - 1).

    Before: the keys that sound, and those of them that have just begun. After: the keys that
    sound, and those of them that end at once. Neither looks across the boundary.
    """
    begun = F.pad(rolls[..., 1:] * (1 - rolls[..., :-1]), (1, 0))
    ending = F.pad(rolls[..., :-1] * (1 - rolls[..., 1:]), (0, 1))
    past = torch.stack([rolls, begun], dim=2)[..., :-1]
    coming = torch.stack([rolls, ending], dim=2)[..., 1:]
    return past, coming


def _shared(past: Tensor, coming: Tensor) -> Tensor:
    """Return how many keys two moments share, or nearly, as logarithms, (B, 6, T - 1, T - 1)."""
    (sounds, begun), (follows, ending) = past.unbind(2), coming.unbind(2)
    n_keys = follows.shape[1]
    semitone, tone = (
        F.pad(follows, (0, 0, step, 0))[:, :n_keys] + F.pad(follows, (0, 0, 0, step))[:, step:]
        for step in (1, 2)
    )
    pairs = [
        (sounds, follows),
        (begun, follows),
        (sounds, ending),
        (begun, ending),
        (sounds, semitone),
        (sounds, tone),
    ]
    return torch.stack([one.mT @ other for one, other in pairs], dim=1).log1p()
