"""A piece's windows taken together: by their mean, or by attention that learns which ones tell.

A detector of songs gains the most from hearing them whole (Rahman et al., SONICS, 2025), so it is
measured whether attention over windows gains anything here beside their mean. Both are learned
anew, from what the network that hears sums up of the works that validated it: few, but not those
that it learned from, of which every window tells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from musecritic.brain.evaluation.of_works import by_comparison, is_machines
from musecritic.brain.evaluation.pieces import judge_in_form
from musecritic.brain.judged import Judged
from musecritic.brain.network import Network
from musecritic.corpora.collection import Collection
from musecritic.measure.progress import Progress, silent

_WIDTH = 32
_STEPS = 300
_RATE, _DECAY = 3e-3, 0.1


class Pooling(nn.Module):
    """Origin's logit from the summaries of a piece's windows.

    Parameters
    ----------
    width
        Of a summary.
    attends
        Windows weigh what gated attention says (Ilse et al., 2018); else all the same.
    """

    def __init__(self, width: int, *, attends: bool) -> None:
        super().__init__()
        self.look = nn.Linear(width, 2 * _WIDTH) if attends else None
        self.weigh = nn.Linear(_WIDTH, 1) if attends else None
        self.say = nn.Linear(width, 1)

    def forward(self, summaries: Tensor, theirs: Tensor) -> Tensor:
        """Return logits (B,) of summaries (B, W, D), of which the windows in `theirs` are."""
        score = torch.zeros_like(summaries[..., 0])
        if self.look is not None and self.weigh is not None:
            seen, gate = self.look(summaries).chunk(2, dim=-1)
            score = self.weigh(seen.tanh() * gate.sigmoid())[..., 0]
        weight = score.masked_fill(~theirs, -torch.inf).softmax(1)
        logits: Tensor = self.say((weight[..., None] * summaries).sum(1))[:, 0]
        return logits


def measure_pooling(
    network: Network,
    collection: Collection,
    heard: Mapping[int, Judged],
    *,
    seed: int = 0,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Return origin by genre and machine, windows pooled by "mean" and by "attention".

    Parameters
    ----------
    heard
        What the network says of works in one form of the test part.

    Returns
    -------
    dict
        Nothing where there is nothing of one origin to learn from.
    """
    known = [i for i in collection.of("validation") if collection.works[i].origin]
    learned = judge_in_form(network, collection, known, seed=seed, progress=progress)
    is_ai = is_machines(collection, list(learned))
    asked = {i: judged for i, judged in heard.items() if collection.works[i].origin}
    found: dict[str, Any] = {}
    if not asked or is_ai.all() or not is_ai.any():
        return found
    for name, attends in (("mean", False), ("attention", True)):
        pooled = learn_pooling(list(learned.values()), is_ai, attends=attends, seed=seed)
        logits = pooled(list(asked.values()))
        said = dict(zip(asked, logits.tolist(), strict=True))
        found[name] = by_comparison(said, collection, seed=seed)
    return found


def learn_pooling(
    learned: Sequence[Judged], is_ai: NDArray[np.bool_], *, attends: bool, seed: int = 0
) -> Callable[[Sequence[Judged]], Tensor]:
    """Return what gives origin's logits (n,) of n pieces, learned from some of both origins."""
    summaries = np.concatenate([judged.summary for judged in learned])
    mean, spread = summaries.mean(axis=0), summaries.std(axis=0) + 1e-6

    def side_by_side(judged: Sequence[Judged]) -> tuple[Tensor, Tensor]:
        """Return summaries (B, W, D) and which of the windows there are, (B, W)."""
        rows = [torch.from_numpy((one.summary - mean) / spread) for one in judged]
        lengths = torch.tensor([len(row) for row in rows])
        padded = nn.utils.rnn.pad_sequence(rows, batch_first=True)
        return padded, torch.arange(padded.shape[1]) < lengths[:, None]

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        pooling = Pooling(len(mean), attends=attends)
    holds = torch.from_numpy(is_ai.astype(np.float32))
    weight = torch.where(holds > 0, 0.5 / holds.sum(), 0.5 / (1 - holds).sum())
    windows, theirs = side_by_side(learned)
    optimizer = torch.optim.AdamW(pooling.parameters(), _RATE, weight_decay=_DECAY)
    for _ in range(_STEPS):
        logits = pooling(windows, theirs)
        loss = F.binary_cross_entropy_with_logits(logits, holds, weight, reduction="sum")
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # in torch's stubs
        optimizer.step()
    return torch.inference_mode()(lambda judged: pooling(*side_by_side(judged)))
