"""Times as people read them."""

from __future__ import annotations


def clock(seconds: float) -> str:
    """Write seconds as minutes and seconds: 75.2 is "1:15"."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
