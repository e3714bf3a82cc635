"""From origin's logits to a probability and a decision that can abstain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from musecritic.measure.metrics import sigmoid
from musecritic.measure.temperature import fit_line

#: Shares of people's pieces called a machine's, and of machines' called a person's, that the
#: thresholds allow on the pieces they are fixed on.
FALSELY_ACCUSED, OVERLOOKED = 0.01, 0.1


class Thresholds(NamedTuple):
    """What turns a piece's logit into `p_ai` and `p_ai` into a decision.

    Attributes
    ----------
    temperature
        Divides the logit, less `bias`, before the sigmoid.
    human_below, ai_above
        In `p_ai`; between them nothing is decided.
    bias
        Taken off the logit.
    """

    temperature: float
    human_below: float
    ai_above: float
    bias: float = 0.0


def fix_thresholds(
    human: Mapping[str, NDArray[Any]], machine: Mapping[str, NDArray[Any]]
) -> Thresholds:
    """Fix calibration and thresholds on pieces that were not trained on.

    A false accusation is the worse mistake: a piece counts as a machine's only where no more than
    one in a hundred people's pieces lies as high; as a person's where no more than one in ten
    machines' lies as low. This holds for each genre of people's and for each machine, so that many
    easy pieces do not outvote the few hard ones. Where the two are told apart so well that the
    thresholds would cross, both are put between.

    Parameters
    ----------
    human
        Logits of people's pieces, by genre.
    machine
        Logits of machines' pieces, by machine.
    """
    # The machines, each weighing the same, are the positives: seen from the other side.
    everyone = np.concatenate(list(human.values()))
    temperature, bias = fit_line(-everyone, {name: -logits for name, logits in machine.items()})
    bias = -bias
    # One rank above the quantile, so that the share holds on the pieces it was fixed on.
    accused = max(
        np.quantile(logits, 1 - FALSELY_ACCUSED, method="higher") for logits in human.values()
    )
    overlooked = min(np.quantile(logits, OVERLOOKED, method="lower") for logits in machine.values())
    if overlooked > accused:
        accused = overlooked = (accused + overlooked) / 2
    below, above = (float(sigmoid((cut - bias) / temperature)) for cut in (overlooked, accused))
    return Thresholds(temperature, below, above, bias)
