"""Where a network runs, and in which number format it is fastest there."""

from __future__ import annotations

import torch

from musecritic.errors import BadInput


def pick_device(device: str) -> torch.device:
    """Return the device of this name; "auto" is the first accelerator there is, else the CPU."""
    if device == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    there = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if not there.get(device.partition(":")[0], False):
        raise BadInput(
            f"device {device!r} is not on this machine. Here: "
            f"{', '.join(name for name, here in there.items() if here)}."
        )
    return torch.device(device)


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


def multiplies_bf16(device: str) -> bool:
    """Say whether products of bf16 matrices are faster there than those of fp32."""
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    if device != "cpu":
        return False
    has_bf16 = getattr(torch.cpu, "_is_avx512_bf16_supported", None)  # not in every torch
    return has_amx() or (has_bf16 is not None and bool(has_bf16()))
