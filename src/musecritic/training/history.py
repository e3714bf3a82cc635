"""The curves of a run, over all its resumptions: read from its logs, written as CSV and picture."""

from __future__ import annotations

import csv
from pathlib import Path

from musecritic.files import replacing


def read_history(run: Path) -> list[dict[str, float]]:
    """Return one record an epoch, in order; of an epoch run twice the later counts.

    Parameters
    ----------
    run
        The folder that `train` wrote to.
    """
    epochs: dict[int, dict[str, float]] = {}
    for log in sorted(run.glob("log-*/metrics.csv"), key=lambda p: int(p.parent.name[4:])):
        with log.open(newline="") as file:
            for row in csv.DictReader(file):
                record = epochs.setdefault(int(row["epoch"]), {"epoch": int(row["epoch"])})
                record.update(
                    {k: float(v) for k, v in row.items() if v and k not in ("epoch", "step")}
                )
    return [epochs[epoch] for epoch in sorted(epochs)]


def write_history(history: list[dict[str, float]], path: Path) -> None:
    """Write the records as CSV."""
    names = sorted({name for record in history for name in record} - {"epoch"})
    with replacing(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["epoch", *names], lineterminator="\n")
        writer.writeheader()
        writer.writerows(
            {k: v if k == "epoch" else round(v, 5) for k, v in record.items()} for record in history
        )
