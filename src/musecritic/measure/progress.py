"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

#: Told of a stage's name, how many stages are done, and how many there are.
Progress = Callable[[str, int, int], None]
#: Told how much of one thing is done, and of how much.
HowFar = Callable[[int, int], None]

#: Gives a display of progress for as long as it is needed.
Display = Callable[[], AbstractContextManager[Progress]]


@contextmanager
def no_display() -> Iterator[Progress]:
    """Give a display that shows nothing."""
    yield silent


def silent(_what: str, _done: int, _of: int) -> None:
    """Show no progress."""
