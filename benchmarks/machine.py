"""What a benchmark ran on, for the head of its report."""

from __future__ import annotations

import platform
from pathlib import Path

import torch


def machine() -> str:
    """Name the processor, its vector instructions and the threads in use."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        models = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        name = models[0].split(":", 1)[1].strip() if models else name
    isa = torch.backends.cpu.get_cpu_capability()
    return f"{name}, {isa}, {torch.get_num_threads()} threads, torch {torch.__version__}"
