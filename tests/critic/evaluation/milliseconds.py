"""Notes in whole milliseconds, as MDTK counts them."""

from collections import Counter

import numpy as np

from musecritic.critic.evaluation.mdtk_faults import milliseconds
from musecritic.music.notes import notes_from


def ms(*notes):
    """Return notes given as (onset, offset, pitch), in milliseconds."""
    onset, offset, pitch = np.array(notes).reshape(-1, 3).T
    return notes_from(onset / 1000, offset / 1000, pitch)


def triples(notes):
    onset, offset = milliseconds(notes["onset"]), milliseconds(notes["offset"])
    return Counter(zip(onset.tolist(), offset.tolist(), notes["pitch"].tolist(), strict=True))
