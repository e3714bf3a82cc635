"""The severity said, fitted to damage of every kind from one note up to half of all.

In training heavy damage is rare but of the seed's kinds, and a network that has learned that calls
all damage that is hard to hear light.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy

import numpy as np
import torch
from numpy.typing import NDArray

from musecritic.corrupt import CORRUPTIONS
from musecritic.critic.evaluation.severity import grades_of
from musecritic.critic.note_reader import NoteReader
from musecritic.critic.note_transformer import SEVERITY, NoteTransformer
from musecritic.errors import NothingToDamage
from musecritic.measure.evenly import evenly_of
from musecritic.measure.metrics import Array, ranks, sigmoid
from musecritic.music.clip import Clip

_HELD_BACK = 3e-3  # weight of the squares, beside the mean loss, of standardised features
_N_PERFORMED = 700
_N_OF_OTHERS = 60  # clips of each other corpus


def clips_to_grade(known: Mapping[str, Sequence[Clip]], performed: str) -> list[Clip]:
    """Return clips to fit on, most of them performances, the rest of every other corpus.

    Parameters
    ----------
    known
        Clips of training works, by corpus.
    performed
        The corpus of performances.
    """
    return [
        clip
        for name, clips in known.items()
        for clip in evenly_of(clips, _N_PERFORMED if name == performed else _N_OF_OTHERS)
    ]


def with_graded_severity(
    network: NoteTransformer, clips: Sequence[Clip], *, seed: int, precision: str
) -> NoteTransformer:
    """Return a copy of the network whose severity is read off its summary anew.

    Parameters
    ----------
    clips
        Real ones, that count as undamaged. Each is damaged once by every kind, at a grade by lot.
    seed
        Of the damage.
    precision
        In which the network reads.
    """
    given, truth = list(clips), [0.0] * len(clips)
    for number, kind in enumerate(CORRUPTIONS):
        grades = grades_of(kind)
        for index, clip in enumerate(clips):
            rng = np.random.default_rng([seed, number, index, 5])
            grade = grades[int(rng.integers(len(grades)))]
            try:
                damaged = CORRUPTIONS[kind](clip, rng, **grade.options_for(clip))
            except NothingToDamage:
                continue
            given.append(damaged.clip)
            truth.append(damaged.severity)
    reader = NoteReader(network, torch.device("cpu"), precision)
    weight, bias = fit_order(reader.summaries(given), np.array(truth))
    fitted = deepcopy(network)
    with torch.no_grad():
        fitted.head.weight[SEVERITY] = torch.from_numpy(weight)
        fitted.head.bias[SEVERITY] = bias
    return fitted


def fit_order(seen: NDArray[np.floating], shares: Array) -> tuple[Array, float]:
    """Fit shares as `fit_shares` does, but first of all their order.

    The mean share lives off the few heaviest. What tells light damage from none is learned from the
    ranks; one line through what those are fitted by then gives shares that are right on the mean.
    """
    weight, bias = fit_shares(seen, (ranks(shares) - 0.5) / len(shares))
    slope, middle = fit_shares((seen @ weight + bias)[:, None], shares)
    return weight * slope, float(bias * slope[0] + middle)


def fit_shares(seen: NDArray[np.floating], shares: Array) -> tuple[Array, float]:
    """Fit shares, 0 .. 1, by a logistic function of features; return weights and bias.

    Parameters
    ----------
    seen
        (N, F).
    shares
        (N,).
    """
    from scipy.optimize import minimize

    mean, spread = seen.mean(0), seen.std(0) + 1e-6
    x = np.concatenate([(seen - mean) / spread, np.ones((len(seen), 1))], axis=1)
    held_back = np.append(np.full(seen.shape[1], _HELD_BACK), 0.0)

    def loss(line: Array) -> tuple[float, Array]:
        logit = x @ line
        missed = np.logaddexp(0, logit) - shares * logit
        slope = (sigmoid(logit) - shares) @ x / len(x) + held_back * line
        return float(missed.mean() + held_back @ line**2 / 2), slope

    line = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x
    weight = line[:-1] / spread
    return weight, float(line[-1] - weight @ mean)
