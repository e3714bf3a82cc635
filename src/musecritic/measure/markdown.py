"""Figures and tables in Markdown, every figure beside its interval.

A record holds its figures, and under "intervals" the same nesting with ``[low, high]`` for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def figure(record: dict[str, Any], *path: str, digits: int = 3) -> str:
    """Write the figure at a path of the record with its interval: "0.927 [0.911, 0.940]"."""
    value, interval = at(record, path), at(record["intervals"], path)
    if value is None:
        return "-"
    text = f"{value:.{digits}f}"
    if interval is None or None in interval:
        return text
    return f"{text} [{interval[0]:.{digits}f}, {interval[1]:.{digits}f}]"


def percent(record: dict[str, Any], *path: str) -> str:
    """Write a share as per cent with its interval: "92.7 [91.1, 94.0]"."""
    value, interval = at(record, path), at(record["intervals"], path)
    if value is None:
        return "-"
    text = f"{100 * value:.1f}"
    if interval is None or None in interval:
        return text
    return f"{text} [{100 * interval[0]:.1f}, {100 * interval[1]:.1f}]"


def grid(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table, the first column to the left, the others to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def at(tree: Any, path: Iterable[str]) -> Any:
    """Return what stands at a path of nested records, None where nothing does."""
    for key in path:
        if not isinstance(tree, dict) or key not in tree:
            return None
        tree = tree[key]
    return tree
