"""Made-up clips for the properties of damage: any notes at all, on the grid or in milliseconds."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from musecritic.music.clip import Clip
from musecritic.music.notes import HIGHEST, LOWEST, notes_from

seeds = st.integers(0, 2**32 - 1)


@st.composite
def clips(draw: st.DrawFn, *, grid: bool, lowest: int = LOWEST, highest: int = HIGHEST) -> Clip:
    """Ten seconds of up to sixty notes; those of one pitch may overlap in milliseconds."""
    notes = st.tuples(
        st.floats(0, 9.9), st.floats(0.02, 3), st.integers(lowest, highest), st.integers(1, 127)
    )
    drawn = draw(st.lists(notes, min_size=1, max_size=60))
    onset, length, pitch, velocity = (np.array(column) for column in zip(*drawn, strict=True))
    offset = np.minimum(onset + length, 10.0)
    clip = Clip(notes_from(onset, offset, pitch, velocity, pitch % 2))
    return clip.on_grid() if grid else clip


@st.composite
def lines(draw: st.DrawFn) -> Clip:
    """One or two keys struck again and again, most of them with hardly a gap."""
    columns = [[], [], []]
    for pitch in draw(st.sampled_from([(60,), (60, 67)])):
        now = 0.0
        for length, gap in draw(
            st.lists(st.tuples(st.floats(0.05, 0.3), st.floats(0, 0.08)), min_size=2, max_size=20)
        ):
            for column, value in zip(columns, (now, now + length, pitch), strict=True):
                column.append(value)
            now += length + gap
    return Clip(notes_from(*columns))


def of_both(**keys: int) -> st.SearchStrategy[Clip]:
    return st.booleans().flatmap(lambda grid: clips(grid=grid, **keys))


either = of_both()
#: Few keys, so that notes meet others of their pitch.
crowded = of_both(lowest=LOWEST, highest=LOWEST + 14)
