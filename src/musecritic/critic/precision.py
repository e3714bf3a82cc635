"""Which number format this hardware multiplies fastest."""

from __future__ import annotations

import torch


def best_precision(device: str) -> str:
    """Return Lightning's name of the fastest sound precision: bf16 where hardware has it.

    On processors without AMX tiles bf16 is emulated and slower than fp32.

    Parameters
    ----------
    device
        "auto", "cpu", "cuda", "gpu" or "mps".
    """
    if device in ("auto", "cuda", "gpu") and torch.cuda.is_available():
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "16-mixed"
    if device in ("auto", "cpu") and has_amx():
        return "bf16-mixed"
    return "32-true"


def has_amx() -> bool:
    """Say whether the processor multiplies bf16 matrices in AMX tiles."""
    return bool(torch.cpu._is_amx_tile_supported())  # noqa: SLF001 - there is no public name
