"""A critic on the four tasks of the MIDI Degradation Toolkit (MDTK).

Each excerpt of 5 s is clean or has one fault of eight, in equal shares (`mdtk_excerpts`,
`mdtk_faults`). The tasks, of rising difficulty, and their figures (`mdtk_metrics`):

1. detect: is it clean? "Reverse" F1, clean excerpts being what is to be found.
2. classify: which of the nine is it? Accuracy.
3. locate: which frames of 40 ms did the fault change? F1 over all excerpts' frames.
4. correct: undo it. Helpfulness: ½ for leaving all as it is, 1 for all undone.

MDTK reports what a rule gains that knows nothing but how often things are: .000, .113, .000 and
.590 on its ACME data. The same rule is measured here on the excerpts at hand. It calls every
excerpt faulty, names it clean (MDTK's choice among classes of equal shares), finds no frame and
changes nothing; with equal shares that gives .000, .111, .000 and .556. The .590 does not follow
from MDTK's own rule either: with .113 of the excerpts clean that gives .557.

MDTK's published networks see a piano roll of 40 ms; their corrections are read from it, as are the
excerpts that they are compared with. Here notes are compared as they are, in milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from musecritic.critic.evaluation.mdtk_excerpts import SECONDS, Excerpt, excerpts
from musecritic.critic.evaluation.mdtk_faults import CLASSES, CLEAN
from musecritic.critic.evaluation.mdtk_metrics import (
    FRAME_MS,
    agreement,
    confusion,
    f1,
    helpfulness,
    hits,
    precision,
    recall,
    wrong_frames,
)
from musecritic.errors import BadInput, UnknownName
from musecritic.measure.bootstrap import RESAMPLES, Bootstrap, Estimate
from musecritic.measure.metrics import Array, auroc, mean
from musecritic.music.clip import Clip
from musecritic.music.notes import Notes

N_FRAMES = round(SECONDS * 1000 / FRAME_MS)

#: What the rule that knows only how often things are gains on ACME v1.0, as published.
ACME_BASELINES = {"detect": 0.0, "classify": 0.113, "locate": 0.0, "correct": 0.590}


@dataclass(frozen=True)
class Judged:
    """What a judge says of one excerpt.

    Attributes
    ----------
    p_real
        Probability that it is clean, 0 .. 1.
    fault
        One of `CLASSES`.
    frames_wrong
        Which frames of 40 ms a fault changed, bool, (125,).
    corrected
        The notes as they should be, times in seconds from the excerpt's start.
    """

    p_real: float
    fault: str
    frames_wrong: NDArray[np.bool_]
    corrected: Notes


class Judge(Protocol):
    """Whatever says of each excerpt what is wrong with it."""

    def __call__(self, clips: Sequence[Clip], /) -> Sequence[Judged]: ...


def mdtk_tasks(
    judge: Judge,
    works: Sequence[Notes],
    *,
    n: int,
    seed: int = 0,
    songs: Sequence[str] | None = None,
    threshold: float = 0.5,
    resamples: int = RESAMPLES,
) -> dict[str, Any]:
    """Measure a judge on the four tasks; intervals by bootstrap over songs.

    Parameters
    ----------
    judge
        Is given all excerpts in one call.
    works
        Each work's notes, times in seconds, without drums.
    n
        How many excerpts.
    seed
        Of the excerpts, their faults and the bootstrap.
    songs
        Each work's song, that of two performances of the same music being the same; every work is
        a song of its own unless told.
    threshold
        Of `p_real`: an excerpt at or above is called clean in the first task.
    resamples
        Draws of the bootstrap.

    Returns
    -------
    dict
        "n", "n_songs", "seed", "threshold"; "classes", how many excerpts are of each; and of the
        tasks, each with its "baseline", here and as published for ACME ("acme_baseline"):

        - "detect": "reverse_f1", "precision" and "recall" of the clean excerpts; "auroc" of
          `p_real`, which no threshold moves; "called_clean", the share, by class.
        - "classify": "accuracy"; "by_class", the share named rightly; "confusion", a row of counts
          for each class that was, a column for each that was said.
        - "locate": "f1", "precision", "recall" of changed frames; "by_class", the F1 of each fault.
        - "correct": "helpfulness"; "strict", the same where a clean excerpt that was changed gets
          half of it; "by_class".

    Raises
    ------
    BadInput
        No excerpts can be drawn from these works, or the judge's answers do not fit them.
    UnknownName
        The judge named a class that is none.
    """
    if songs is not None and len(songs) != len(works):
        raise BadInput(f"there are {len(works)} works and {len(songs)} songs; give each its song.")
    taken = excerpts(works, n, seed)
    if not taken:
        raise BadInput("n is the number of excerpts to judge; it must be 1 or more.")
    judged = _checked(judge([excerpt.clip for excerpt in taken]), len(taken))
    song = [e.work if songs is None else songs[e.work] for e in taken]
    bootstrap = Bootstrap.over(np.array(song), resamples, seed)
    truth = np.array([CLASSES.index(e.fault) for e in taken])
    return {
        "n": n,
        "n_songs": bootstrap.draws.shape[1],
        "seed": seed,
        "threshold": threshold,
        "classes": {kind: int((truth == i).sum()) for i, kind in enumerate(CLASSES)},
        "detect": _detect(judged, truth, bootstrap, threshold),
        "classify": _classify(judged, truth, bootstrap),
        "locate": _locate(judged, taken, truth, bootstrap),
        "correct": _correct(judged, taken, truth, bootstrap),
    }


def _checked(judged: Sequence[Judged], n: int) -> list[Judged]:
    if len(judged) != n:
        raise BadInput(f"the judge was given {n} excerpts and judged {len(judged)}.")
    for one in judged:
        if one.fault not in CLASSES:
            raise UnknownName("class of fault", one.fault, list(CLASSES))
        if np.shape(one.frames_wrong) != (N_FRAMES,):
            raise BadInput(
                f"frames_wrong has shape {np.shape(one.frames_wrong)}; an excerpt has "
                f"{N_FRAMES} frames of {FRAME_MS} ms."
            )
        if not 0 <= one.p_real <= 1:
            raise BadInput(f"p_real is {one.p_real}; a probability lies in 0 .. 1.")
    return list(judged)


def _detect(
    judged: list[Judged], truth: NDArray[np.int64], bootstrap: Bootstrap, threshold: float
) -> dict[str, Any]:
    p_real = np.array([one.p_real for one in judged])
    clean = truth == CLASSES.index(CLEAN)
    passes = p_real >= threshold
    prior = np.full(len(truth), clean.mean() >= 0.5)
    found, by_prior = hits(passes, clean), hits(prior, clean)
    return {
        "reverse_f1": bootstrap.estimate(lambda w: f1(found, w)),
        "precision": bootstrap.estimate(lambda w: precision(found, w)),
        "recall": bootstrap.estimate(lambda w: recall(found, w)),
        "auroc": bootstrap.estimate(
            lambda w: auroc(p_real[clean], p_real[~clean], w[:, clean], w[:, ~clean])
        ),
        "called_clean": _by_class(passes, truth, bootstrap),
        "baseline": bootstrap.estimate(lambda w: f1(by_prior, w)),
        "acme_baseline": ACME_BASELINES["detect"],
    }


def _classify(
    judged: list[Judged], truth: NDArray[np.int64], bootstrap: Bootstrap
) -> dict[str, Any]:
    said = np.array([CLASSES.index(one.fault) for one in judged])
    right, clean = said == truth, truth == CLASSES.index(CLEAN)
    return {
        "accuracy": bootstrap.estimate(lambda w: mean(right, w)),
        "by_class": _by_class(right, truth, bootstrap),
        "confusion": confusion(said, truth).tolist(),
        "baseline": bootstrap.estimate(lambda w: mean(clean, w)),
        "acme_baseline": ACME_BASELINES["classify"],
    }


def _locate(
    judged: list[Judged], taken: list[Excerpt], truth: NDArray[np.int64], bootstrap: Bootstrap
) -> dict[str, Any]:
    said = np.stack([one.frames_wrong for one in judged]).astype(bool)
    wrong = np.stack([wrong_frames(e.clip.notes, e.clean.notes, SECONDS) for e in taken])
    prior = np.full(wrong.shape, wrong.mean() >= 0.5)
    found, by_prior = hits(said, wrong), hits(prior, wrong)

    def of_class(of: NDArray[np.bool_]) -> Estimate:
        return bootstrap.estimate(lambda w: f1(found[:, of], w[:, of]))

    return {
        "f1": bootstrap.estimate(lambda w: f1(found, w)),
        "precision": bootstrap.estimate(lambda w: precision(found, w)),
        "recall": bootstrap.estimate(lambda w: recall(found, w)),
        "by_class": {  # a clean excerpt has no frame to find
            kind: of_class(truth == i)
            for i, kind in enumerate(CLASSES)
            if kind != CLEAN and (truth == i).any()
        },
        "baseline": bootstrap.estimate(lambda w: f1(by_prior, w)),
        "acme_baseline": ACME_BASELINES["locate"],
    }


def _correct(
    judged: list[Judged], taken: list[Excerpt], truth: NDArray[np.int64], bootstrap: Bootstrap
) -> dict[str, Any]:
    clean = [bool(of_clean) for of_clean in truth == CLASSES.index(CLEAN)]
    faulty = [agreement(e.clip.notes, e.clean.notes) for e in taken]
    corrected = [
        agreement(one.corrected, e.clean.notes) for one, e in zip(judged, taken, strict=True)
    ]

    def help_of(agreements: list[float], *, strict: bool = False) -> Array:
        each = zip(agreements, faulty, clean, strict=True)
        return np.array([helpfulness(c, f, clean=is_so, strict=strict) for c, f, is_so in each])

    helped, strictly, unchanged = (
        help_of(corrected),
        help_of(corrected, strict=True),
        help_of(faulty),
    )
    return {
        "helpfulness": bootstrap.estimate(lambda w: mean(helped, w)),
        "strict": bootstrap.estimate(lambda w: mean(strictly, w)),
        "by_class": _by_class(helped, truth, bootstrap),
        "baseline": bootstrap.estimate(lambda w: mean(unchanged, w)),
        "acme_baseline": ACME_BASELINES["correct"],
    }


def _by_class(
    values: NDArray[Any], truth: NDArray[np.int64], bootstrap: Bootstrap
) -> dict[str, Estimate]:
    """Return the mean of each class that there is."""
    return {
        kind: bootstrap.mean(values[truth == i], truth == i)
        for i, kind in enumerate(CLASSES)
        if (truth == i).any()
    }
