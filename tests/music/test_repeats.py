from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from musecritic.music.repeats import MOST_TIMES, Signs, play_order


def ending(*turns: int, times: int = 1) -> Signs:
    return Signs(times=times, endings=frozenset(turns))


PLAIN, BEGIN, BACK = Signs(), Signs(begins=True), Signs(times=2)


def test_without_signs() -> None:
    assert play_order([PLAIN] * 3) == [0, 1, 2]


def test_from_the_start_and_from_a_sign() -> None:
    assert play_order([PLAIN, BACK, PLAIN]) == [0, 1, 0, 1, 2]
    assert play_order([PLAIN, BEGIN, BACK, PLAIN]) == [0, 1, 2, 1, 2, 3]
    assert play_order([Signs(begins=True, times=2), PLAIN]) == [0, 0, 1]


def test_two_repeats_in_a_row() -> None:
    assert play_order([BACK, PLAIN, BACK]) == [0, 0, 1, 2, 1, 2]


def test_endings() -> None:
    assert play_order([PLAIN, ending(1, times=2), ending(2), PLAIN]) == [0, 1, 0, 2, 3]
    assert play_order([PLAIN, ending(1, 2, times=2), ending(3)]) == [0, 1, 0, 1, 0, 2]
    assert play_order([PLAIN, ending(1, times=2), ending(2, times=2), ending(3)]) == [
        0,
        1,
        0,
        2,
        0,
        3,
    ]


def test_a_second_ending_that_ends_in_a_repeat_sign_plays_once() -> None:
    assert play_order([PLAIN, ending(1, times=2), ending(2, times=2)]) == [0, 1, 0, 2]


def test_endings_of_several_bars_and_a_repeat_behind_them() -> None:
    bars = [PLAIN, ending(1), ending(1, times=2), ending(2), ending(2), BEGIN, BACK]
    assert play_order(bars) == [0, 1, 2, 0, 3, 4, 5, 6, 5, 6]


def test_times() -> None:
    assert play_order([Signs(times=4)]) == [0] * 4


@given(
    st.lists(
        st.builds(
            Signs,
            st.booleans(),
            st.integers(1, MOST_TIMES),
            st.frozensets(st.integers(1, 4), max_size=3),
        ),
        max_size=30,
    )
)
def test_it_ends_and_plays_every_bar_without_an_ending(bars: list[Signs]) -> None:
    played = Counter(play_order(bars))
    assert all(played[i] >= 1 for i, bar in enumerate(bars) if not bar.endings)
    assert all(count <= MOST_TIMES for count in played.values())
