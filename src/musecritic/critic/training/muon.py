"""Muon: steps of equal length in every direction of a weight matrix.

Jordan et al., Muon: an optimizer for hidden layers in neural networks (2024). The momentum of a
matrix is replaced by the nearest matrix with orthonormal rows or columns, found by a few
Newton-Schulz steps; vectors, tables, depthwise kernels and small matrices are left to AdamW.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from musecritic.hardware import multiplies_bf16

SMALLEST = 16  # rows and columns of a matrix worth the work

_NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)  # the paper's; fast, not exact
_STEPS = 5


class Muon(torch.optim.AdamW):
    """AdamW whose matrices take Muon's steps.

    Parameters
    ----------
    network
        What is trained; its convolutions count as matrices of output channels by all else, an
        LSTM's weights as four, one for each gate.
    rate
        Of AdamW.
    matrix_rate
        Of Muon.
    weight_decay
        Of both.
    momentum
        Of Muon, Nesterov's.
    apart
        Names of parts whose matrices are left to AdamW: the last layers, whose steps would drown
        what they say.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        rate: float,
        matrix_rate: float,
        weight_decay: float = 0.0,
        momentum: float = 0.95,
        apart: tuple[str, ...] = (),
    ) -> None:
        matrices: list[Tensor] = []
        others: list[Tensor] = []
        shapes: list[tuple[int, int, int]] = []
        for name, weight in network.named_parameters():
            shape = matrix_shape(name, weight)
            if shape is None or name.startswith(apart):
                others.append(weight)
            else:
                matrices.append(weight)
                shapes.append(shape)
        groups: list[dict[str, Any]] = [
            {"params": others},
            {"params": matrices, "lr": matrix_rate},
        ]
        super().__init__(groups, lr=rate, weight_decay=weight_decay)
        self._shapes, self._momentum = shapes, momentum

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step."""
        group = self.param_groups.pop()  # AdamW sees the others alone
        try:
            loss = super().step(closure)
        finally:
            self.param_groups.append(group)
        for weight, shape in zip(group["params"], self._shapes, strict=True):
            if weight.grad is None:
                continue
            state = self.state[weight]
            if "momentum" not in state:
                state["momentum"] = torch.zeros_like(weight)
                state["step"] = torch.tensor(0.0)  # AdamW looks for one in every state it loads
            state["momentum"].lerp_(weight.grad, 1 - self._momentum)
            ahead = weight.grad.lerp(state["momentum"], self._momentum)
            step = orthogonalised(ahead.reshape(shape)) * max(1.0, shape[1] / shape[2]) ** 0.5
            weight.mul_(1 - group["lr"] * group["weight_decay"])
            weight.add_(step.reshape(weight.shape), alpha=-group["lr"])
        return loss


def matrix_shape(name: str, weight: Tensor) -> tuple[int, int, int] | None:
    """Return how a weight reads as matrices (number, rows, columns); None where it does not."""
    if "lstm.weight" in name:
        return 4, weight.shape[0] // 4, weight.shape[1]
    # Vectors, depthwise kernels, and tables, of which a batch moves a few rows.
    if weight.ndim < 2 or weight.shape[1] == 1 or "embeddings" in name:
        return None
    rows, columns = weight.shape[0], weight[0].numel()
    return None if min(rows, columns) < SMALLEST else (1, rows, columns)


def orthogonalised(matrices: Tensor) -> Tensor:
    """Bring all singular values of matrices (N, R, C) near 1, from about 0.7 to 1.2."""
    a, b, c = _NEWTON_SCHULZ
    x: Tensor = matrices / (matrices.norm(dim=(1, 2), keepdim=True) + 1e-7)
    if multiplies_bf16(x.device.type):  # the paper's own precision: the result is rough anyway
        x = x.bfloat16()
    tall = x.shape[1] > x.shape[2]
    if tall:
        x = x.mT
    for _ in range(_STEPS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.mT if tall else x).to(matrices.dtype)
