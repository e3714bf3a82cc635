"""Text between two marks of a page."""

from __future__ import annotations

from pathlib import Path


def write_between(path: Path, begin: str, end: str, text: str) -> None:
    """Put text in the place of what stands between two marks."""
    before, rest = path.read_text("utf-8").split(begin)
    _, after = rest.split(end)
    path.write_text(f"{before}{begin}\n{text}\n{end}{after}", "utf-8")
