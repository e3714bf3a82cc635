"""What is no music must not please the critic: silence, one chord, all keys, random notes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from musecritic.critic.degenerate import DEGENERATE
from musecritic.critic.evaluation.calibration import Calibration
from musecritic.critic.evaluation.scores import Read

DRAWS = 20


def degenerate_inputs(
    read: Read, calibration: Calibration, real: NDArray[Any], seed: int = 0
) -> dict[str, Any]:
    """Return what the critic says of 20 draws of each family.

    Keys: "median_real", the median `p_real` of the real clips; "families", each with "mean",
    "max", "passed" (share that counts as real) and "beats" (share above the median real clip);
    "beat_median", the names of the families of which any draw does.

    Parameters
    ----------
    real
        Logits of the real clips.
    """
    median = float(np.median(calibration.p_real(real)))
    families = {}
    for index, (name, make) in enumerate(DEGENERATE.items()):
        rng = np.random.default_rng([seed, index])
        logits, _ = read(np.stack([make(rng) for _ in range(DRAWS)]))
        p = calibration.p_real(logits)
        families[name] = {
            "mean": float(p.mean()),
            "max": float(p.max()),
            "passed": float(calibration.passes(logits).mean()),
            "beats": float((p > median).mean()),
        }
    return {
        "median_real": median,
        "draws": DRAWS,
        "families": families,
        "beat_median": [name for name, figures in families.items() if figures["beats"] > 0],
    }
