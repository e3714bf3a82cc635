"""The sustain pedal: notes ring on after their key is up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musecritic.music.notes import Notes

DOWN = 64  # a controller value from here on means that the pedal is down (MIDI specification)
SUSTAIN = 64  # the controller's number


def sustained(notes: Notes, time: NDArray[np.float64], value: NDArray[np.int64]) -> Notes:
    """Return the notes of one channel as the pedal lets them ring.

    A note whose key goes up while the pedal is down ends when the pedal is released, or where
    its pitch is struck again, whichever comes first. A pedal never released holds until the last
    offset.

    Parameters
    ----------
    notes
        The notes of one channel, in order of onset.
    time, value
        (M,), the channel's sustain controller: seconds, 0..127, in order of time.
    """
    if not len(notes) or not len(time):
        return notes
    down = value >= DOWN
    state = np.searchsorted(time, notes["offset"], side="right") - 1
    held = (state >= 0) & down[np.maximum(state, 0)]

    # For each controller event, when the pedal is next up: the first release at or after it.
    end = max(float(notes["offset"].max()), float(time[-1]))
    up_at = np.where(down, np.inf, time)
    next_up = np.minimum.accumulate(up_at[::-1])[::-1]
    release = np.where(held, next_up[np.maximum(state, 0)], notes["offset"])
    release = np.minimum(release, np.maximum(end, notes["offset"]))

    order = np.lexsort((notes["onset"], notes["pitch"]))
    struck_again = np.full(len(notes), np.inf)
    same = notes["pitch"][order][1:] == notes["pitch"][order][:-1]
    struck_again[order[:-1][same]] = notes["onset"][order[1:][same]]

    ringing = notes.copy()
    # The pedal only ever lengthens: keys held beyond the next stroke stay as they are.
    ringing["offset"] = np.maximum(notes["offset"], np.minimum(release, struck_again))
    return ringing
