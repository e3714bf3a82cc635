"""Whether blame lies where the damage is, and whether occlusion bears out `p_wrong`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musecritic.critic.blame import agreement
from musecritic.critic.evaluation.note_figures import Make, touched_found
from musecritic.critic.evaluation.severity import ONE_NOTE, Grade
from musecritic.critic.testset import Negatives
from musecritic.measure.bootstrap import Bootstrap, Estimate
from musecritic.measure.progress import Progress
from musecritic.music.clip import Clip

KINDS = ("off-key", "noise")
GRADES = {"kinds": Grade("the kind's own counts"), "single": ONE_NOTE}

#: Clips to what each method says of every note, see `musecritic.critic.blame.blame_of_clips`.
BlameClips = Callable[[Sequence[Clip]], dict[str, list[NDArray[np.float64]]]]


def blame_figures(
    blame: BlameClips,
    clips: Sequence[Clip],
    make: Make,
    song: NDArray[np.str_],
    seed: int,
    progress: Progress,
) -> dict[str, Any]:
    """Return how well blame finds the touched notes of damaged clips.

    With the kind's own counts, and with one note alone: among several wrong notes the verdict is as
    low as it gets, and mending one of them raises it little.

    Keys: "n_clips"; "kinds", for each of `KINDS` and each method "auroc", "ap" and "n", how many
    notes were touched, and under "agreement" the mean over clips of "spearman" and "top3", by
    which occlusion agrees with `p_wrong`, where the network has one; "single", the same of one
    touched note a clip.

    Parameters
    ----------
    clips
        Real ones, in milliseconds.
    make
        Gives the negatives of a kind and grade, of these clips.
    song
        Of each clip.
    """
    found: dict[str, Any] = {"n_clips": len(clips)}
    for stage, (key, grade) in enumerate(GRADES.items()):
        progress(f"blame: {grade.label}", stage, len(GRADES))
        found[key] = {kind: _of_kind(blame, make(kind, grade), song, seed) for kind in KINDS}
    return found


def _of_kind(
    blame: BlameClips, fakes: Negatives, song: NDArray[np.str_], seed: int
) -> dict[str, Any]:
    said = blame([damaged.clip for damaged in fakes.damaged])
    found = {method: touched_found(values, fakes, song, seed) for method, values in said.items()}
    if "p_wrong" in said:
        own = Bootstrap.over(song[fakes.of], seed=seed)
        found["agreement"] = _agreement(said["p_wrong"], said["occlusion"], own)
    return found


def _agreement(
    p_wrong: Sequence[NDArray[np.float64]],
    gain: Sequence[NDArray[np.float64]],
    bootstrap: Bootstrap,
) -> dict[str, Estimate]:
    found = np.array([agreement(*both) for both in zip(p_wrong, gain, strict=True)])
    known = np.isfinite(found).all(axis=1)  # a single note has no rank correlation
    return {
        name: bootstrap.mean(found[known, column], known)
        for column, name in enumerate(("spearman", "top3"))
    }
