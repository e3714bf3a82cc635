"""Repeats: the order in which written bars are played."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# No printed score asks for more; a larger count is a mistake or a trap.
MOST_TIMES = 16


@dataclass(frozen=True)
class Signs:
    """The repeat signs of one bar.

    Attributes
    ----------
    begins
        A repeated stretch begins here (``|:``).
    times
        How often the stretch that ends here is played (``:|`` means 2); 1 without a sign.
    endings
        The passes that play this bar (first and second endings); empty where all do.
    """

    begins: bool = False
    times: int = 1
    endings: frozenset[int] = frozenset()

    def __or__(self, other: Signs) -> Signs:
        """Return the signs of a bar of which several parts were told."""
        return Signs(
            self.begins or other.begins,
            max(self.times, other.times),
            self.endings | other.endings,
        )


def play_order(bars: Sequence[Signs]) -> list[int]:
    """Return the indices of the bars as they are played, repeats and endings followed.

    A repeat without a beginning goes back to the last one, or to the start. Da capo and dal
    segno are not followed. Ends for every input, after at most ``16 · len(bars)`` bars.

    Examples
    --------
    >>> play_order([Signs(), Signs(times=2, endings=frozenset({1})), Signs(endings=frozenset({2}))])
    [0, 1, 0, 2]
    """
    order: list[int] = []
    start, turn, index, jumped = 0, 1, 0, False
    while index < len(bars):
        bar, before = bars[index], bars[index - 1] if index else Signs()
        after = bars[index + 1].endings if index + 1 < len(bars) else frozenset[int]()
        stretch_is_over = not bar.endings and (before.endings or before.times > 1)
        if not jumped and (bar.begins or stretch_is_over):
            start, turn = index, 1
        jumped = False
        if bar.endings and turn not in bar.endings:
            index += 1
            continue
        order.append(index)
        again = bar.times > 1 and (
            turn < 2
            or (not bar.endings and turn < bar.times)
            or turn + 1 in bar.endings
            or turn + 1 in after
        )
        if again and turn < MOST_TIMES:
            turn, index, jumped = turn + 1, start, True
        else:
            index += 1
    return order
