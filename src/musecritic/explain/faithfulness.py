"""Are the hottest cells the ones that matter? Deletion and insertion (Petsiuk et al., RISE, 2018).

Cells are taken by falling heat, a step of them at a time. Deletion puts silence in their place and
watches the label's probability fall; insertion begins with silence and watches it rise. With s_i
the probability after i of n steps, AUC = (Σ s_i - s_0/2 - s_n/2) / n: lower is better for deletion,
higher for insertion. An order counts for something where it does better than cells drawn by lot,
and than the loudest cells first.

The substrate is silence, 0 in the picture: 80 dB below the window's loudest cell, or less.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from musecritic.brain.cells import STRIDE
from musecritic.brain.network import Network
from musecritic.explain.cam import Target

STEPS = 20
_BATCH = 32


def deletion(
    network: Network, picture: Tensor, target: Target, heat: Tensor, *, steps: int = STEPS
) -> float:
    """Return the area under the label's probability while the hottest cells are silenced.

    Parameters
    ----------
    picture
        (192, T).
    heat
        (96, T / 2), by which cells are taken, the highest first; of equal ones in their order.
    steps
        How many.
    """
    return _area(network, target, [picture * (1 - taken) for taken in _taken(heat, steps)])


def insertion(
    network: Network, picture: Tensor, target: Target, heat: Tensor, *, steps: int = STEPS
) -> float:
    """Return the area under the label's probability while the hottest cells are put in."""
    return _area(network, target, [picture * taken for taken in _taken(heat, steps)])


def by_lot(picture: Tensor, generator: torch.Generator) -> Tensor:
    """Return heat (96, T / 2) drawn by lot."""
    return torch.rand(cells(picture).shape, generator=generator)


def cells(picture: Tensor) -> Tensor:
    """Return how loud each cell of a picture (192, T) is, (96, T / 2): the mean of its four."""
    return torch.nn.functional.avg_pool2d(picture[None, None], STRIDE)[0, 0]


#: Orders to do better than: from a picture and a generator, heat.
BASELINES: dict[str, Callable[[Tensor, torch.Generator], Tensor]] = {
    "random": by_lot,
    "energy": lambda picture, _generator: cells(picture),
}


def area(probabilities: Tensor) -> float:
    """Return (Σ s_i - s_0/2 - s_n/2) / n of n + 1 probabilities."""
    return float(torch.trapezoid(probabilities) / (len(probabilities) - 1))


def _taken(heat: Tensor, steps: int) -> list[Tensor]:
    """Return masks (192, T) of the cells taken after 0, 1 … `steps` steps."""
    order = heat.flatten().argsort(descending=True, stable=True)
    rank = torch.empty_like(order)
    rank[order] = torch.arange(len(order))
    masks = []
    for step in range(steps + 1):
        taken = (rank < round(step * len(order) / steps)).view(heat.shape).float()
        masks.append(taken.repeat_interleave(STRIDE, 0).repeat_interleave(STRIDE, 1))
    return masks


@torch.inference_mode()
def _area(network: Network, target: Target, pictures: list[Tensor]) -> float:
    found = []
    for batch in torch.split(torch.stack(pictures), _BATCH):
        logits = network(batch.to(network.height.device)).logits
        found.append(torch.sigmoid(target.logit(network.config.labels, logits)).cpu())
    return area(torch.cat(found))
