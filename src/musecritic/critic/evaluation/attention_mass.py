"""Whether the attention looks where the damage is (seed, section 4.4)."""

from __future__ import annotations

from typing import Any

import numpy as np

from musecritic.critic.evaluation.scores import KindScores
from musecritic.measure.bootstrap import Bootstrap
from musecritic.measure.metrics import mean


def attention_mass(fakes: KindScores, bootstrap: Bootstrap) -> dict[str, Any]:
    """Return how much attention falls on damaged frames.

    Keys: "share", the mean share of attention on damaged frames; "time", their mean share of the
    clip; "mass_ratio", the first over the second: 1 for attention that looks everywhere alike.
    Where a shuffle is the damage, its frames are those within 0.2 s of a seam.
    """
    share = (fakes.attention * fakes.frames).sum(axis=1)
    time = fakes.frames.mean(axis=1)
    of = fakes.of
    return {
        "share": bootstrap.estimate(lambda w: mean(share, w[:, of])),
        "time": bootstrap.estimate(lambda w: mean(time, w[:, of])),
        "mass_ratio": bootstrap.estimate(
            lambda w: np.asarray(mean(share, w[:, of]) / mean(time, w[:, of]))
        ),
    }
