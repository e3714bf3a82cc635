"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

#: Told of a stage's name, how many stages are done, and how many there are.
Progress = Callable[[str, int, int], None]


def silent(_what: str, _done: int, _of: int) -> None:
    """Show no progress."""
