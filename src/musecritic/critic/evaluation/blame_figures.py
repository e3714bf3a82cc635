"""Whether blame lies where the damage is, and whether occlusion bears out `p_wrong`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musecritic.critic.blame import agreement
from musecritic.critic.evaluation.note_figures import Make, touched_found
from musecritic.critic.evaluation.severity import Grade
from musecritic.measure.bootstrap import Bootstrap, Estimate
from musecritic.measure.progress import Progress
from musecritic.music.clip import Clip

KINDS = ("off-key", "noise")
_OWN = Grade("the kind's own counts")

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

    Keys: "n_clips"; "kinds", for each of `KINDS` and each method "auroc", "ap" and "n", how many
    notes were touched, and under "agreement" the mean over clips of "spearman" and "top3", by
    which occlusion agrees with `p_wrong`, where the network has one.

    Parameters
    ----------
    clips
        Real ones, in milliseconds.
    make
        Gives the negatives of a kind and grade, of these clips.
    song
        Of each clip.
    """
    kinds: dict[str, Any] = {}
    for number, kind in enumerate(KINDS):
        progress(f"blame: {kind}", number, len(KINDS))
        fakes = make(kind, _OWN)
        said = blame([damaged.clip for damaged in fakes.damaged])
        kinds[kind] = {
            method: touched_found(values, fakes, song, seed) for method, values in said.items()
        }
        if "p_wrong" in said:
            own = Bootstrap.over(song[fakes.of], seed=seed)
            kinds[kind]["agreement"] = _agreement(said["p_wrong"], said["occlusion"], own)
    return {"n_clips": len(clips), "kinds": kinds}


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
