"""What a network says of one clip, whatever network it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musecritic.critic.edits import KEEP


@dataclass(frozen=True)
class NoteFinding:
    """What a network over notes says of a clip's N notes.

    Attributes
    ----------
    edits
        (N, E), the probability of what would mend each note; rows sum to 1, see
        `musecritic.critic.edits.EDITS`.
    seam
        (N,), the probability that the music was cut between the onset before this one and this one.
    missing
        (N,), the probability that a note was left out here or right after.
    severity
        Share of the notes, 0 .. 1, that the network holds damaged.
    kinds
        Each kind of damage, and how probable it is there, if half of all clips were real and each
        kind as common as any other.
    distance
        From the music that the network learned from, see `musecritic.critic.density`; None where
        that was not fitted.
    """

    edits: NDArray[np.float32]
    seam: NDArray[np.float32]
    missing: NDArray[np.float32]
    severity: float
    kinds: dict[str, float]
    distance: float | None = None

    @property
    def p_wrong(self) -> NDArray[np.float32]:
        """(N,), the probability that a note should be anything but kept."""
        return np.asarray(1 - self.edits[:, KEEP])


@dataclass(frozen=True)
class Finding:
    """What a network says of one clip.

    Attributes
    ----------
    logit
        Uncalibrated; above 0 speaks for real music.
    attention
        (100,), the network's weight on each tenth of a second, summing to 1.
    notes
        Where the network judges notes, else None.
    """

    logit: float
    attention: NDArray[np.float32]
    notes: NoteFinding | None = None
