"""How soon the command line answers.

    python benchmarks/startup.py

Measured against the interpreter's own start in the same run. To reach: ``musecritic --help``
under 0.5 s, ``import musecritic`` under 0.3 s without torch.
"""

from __future__ import annotations

import subprocess
import sys
import time

RUNS = 7


def seconds(*command: str) -> float:
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return sorted(times)[RUNS // 2]


def main() -> None:
    bare = seconds("-c", "pass")
    for name, command in (
        ("musecritic --help", ("-m", "musecritic", "--help")),
        ("import musecritic", ("-c", "import musecritic")),
    ):
        took = seconds(*command)
        print(f"{name:18} {took:.3f} s, {took / bare:.1f} times bare Python ({bare:.3f} s)")


if __name__ == "__main__":
    main()
