"""`p_real` by composer; the seed (section 4.4) sees Bach and Chopin near 1."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from musecritic.critic.evaluation.calibration import Calibration
from musecritic.measure.bootstrap import Bootstrap


def by_composer(
    logits: NDArray[Any],
    composer: NDArray[np.str_],
    calibration: Calibration,
    bootstrap: Bootstrap,
) -> dict[str, dict[str, Any]]:
    """Return, for each composer of the real clips, the figures of those clips.

    Keys: "p_real", their mean; "passed", the share that counts as real; "n" clips; "n_songs".
    The composers with most clips stand first. A composer of one song has no interval worth the
    name: all draws are alike.
    """
    names, count = np.unique(composer, return_counts=True)
    p, passes = calibration.p_real(logits), calibration.passes(logits)
    found: dict[str, dict[str, Any]] = {}
    for name in names[np.argsort(-count, kind="stable")]:
        own = composer == name
        found[str(name)] = {
            "p_real": bootstrap.mean(p[own], own),
            "passed": bootstrap.mean(passes[own], own),
            "n": int(own.sum()),
            "n_songs": len(np.unique(bootstrap.song[own])),
        }
    return found
