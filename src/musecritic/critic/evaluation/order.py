"""Whether the critic ranks as everybody would: people, generators, an n-gram model, chance.

It is not taught to: nothing here is damaged, and its own verdict is on damage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise, permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musecritic.critic.evaluation.calibration import Calibration
from musecritic.critic.evaluation.scores import Read
from musecritic.measure.bootstrap import Bootstrap
from musecritic.measure.metrics import Array, auroc, mean
from musecritic.music.clip import Clip

#: From the best to the worst, as everybody would rank them.
RUNGS = ("people", "better generators", "n-gram", "random notes")


@dataclass(frozen=True)
class Source:
    """Clips of one origin, genre and timing.

    Attributes
    ----------
    name
        Corpus and genre.
    rung
        One of `RUNGS`.
    genre
        As `musecritic.corpora.corpus.Work` has it.
    live
        Whether its timing is a performer's; else it is as written, at one tempo.
    clips
        What is judged.
    piece
        Of each clip; clips of one piece are drawn together.
    """

    name: str
    rung: str
    genre: str
    live: bool
    clips: Sequence[Clip] = field(repr=False)
    piece: Sequence[str] = field(repr=False)


@dataclass(frozen=True)
class _Judged:
    logits: NDArray[Any]
    piece: NDArray[np.str_]
    n_notes: NDArray[np.int64]


def order_figures(
    read: Read, sources: Sequence[Source], calibration: Calibration, seed: int
) -> dict[str, Any]:
    """Return how a critic ranks the rungs, and the sources of one genre and timing.

    Keys:

    - "rungs" and "sources": by name the mean "p_real", "n_clips", "n_pieces" and "notes", the
      median number in a clip; of sources "rung", "genre" and "live" too.
    - "ranking": the rungs by mean `p_real`.
    - "pairs": "auroc" by "BETTER > WORSE", the chance that a clip of the better scores above one of
      the worse, and "holds", whether its interval lies above one half. Pairs are of one genre and
      timing, with no source of a rung between; people's live music and generators' of its genre
      stand beside each other too, with "same_timing" false.
    - "steps": the same from each rung to the next, the mean over genres and timings of the AUROC
      within, as many as "n_strata" says.

    Intervals by bootstrap over pieces.
    """
    judged = {source.name: _judge(read, source) for source in sources}
    rungs = {
        rung: _together(own)
        for rung in RUNGS
        if (own := [judged[source.name] for source in sources if source.rung == rung])
    }
    said = {rung: _row(group, calibration, seed) for rung, group in rungs.items()}
    return {
        "rungs": said,
        "ranking": sorted(said, key=lambda rung: -said[rung]["p_real"].value),
        "steps": {
            f"{better} > {worse}": {
                **_step([(_together(a), _together(b)) for a, b in strata], seed),
                "n_strata": len(strata),
            }
            for better, worse in pairwise(RUNGS)
            if (strata := _strata(sources, judged, better, worse))
        },
        "pairs": {
            f"{better.name} > {worse.name}": {
                **_step([(judged[better.name], judged[worse.name])], seed),
                "same_timing": better.live == worse.live,
            }
            for better, worse in permutations(sources, 2)
            if _beside(better, worse, sources)
        },
        "sources": {
            source.name: {
                "rung": source.rung,
                "genre": source.genre,
                "live": source.live,
                **_row(judged[source.name], calibration, seed),
            }
            for source in sources
        },
    }


def _strata(
    sources: Sequence[Source], judged: dict[str, _Judged], better: str, worse: str
) -> list[tuple[list[_Judged], list[_Judged]]]:
    """Return what two rungs have in each genre and timing that both have."""
    found = []
    for kind in dict.fromkeys(_kind(source) for source in sources):
        own = [source for source in sources if _kind(source) == kind]
        above, below = (
            [judged[source.name] for source in own if source.rung == rung]
            for rung in (better, worse)
        )
        if above and below:
            found.append((above, below))
    return found


def _kind(source: Source) -> tuple[str, bool]:
    return source.genre, source.live


def _beside(better: Source, worse: Source, sources: Sequence[Source]) -> bool:
    """Say whether two sources are to be compared: nothing stands between them."""
    high, low = RUNGS.index(better.rung), RUNGS.index(worse.rung)
    if _kind(better) != _kind(worse):
        return better.genre == worse.genre and better.live and (high, low) == (0, 1)
    between = (
        high < RUNGS.index(source.rung) < low
        for source in sources
        if _kind(source) == _kind(better)
    )
    return high < low and not any(between)


def _judge(read: Read, source: Source) -> _Judged:
    logits, _ = read(list(source.clips))
    return _Judged(
        logits,
        np.array([f"{source.name} | {piece}" for piece in source.piece]),
        np.array([len(clip.notes) for clip in source.clips]),
    )


def _together(parts: Sequence[_Judged]) -> _Judged:
    return _Judged(
        np.concatenate([part.logits for part in parts]),
        np.concatenate([part.piece for part in parts]),
        np.concatenate([part.n_notes for part in parts]),
    )


def _row(group: _Judged, calibration: Calibration, seed: int) -> dict[str, Any]:
    p_real = calibration.p_real(group.logits)
    return {
        "p_real": Bootstrap.over(group.piece, seed=seed).estimate(lambda w: mean(p_real, w)),
        "n_clips": len(group.logits),
        "n_pieces": len(np.unique(group.piece)),
        "notes": float(np.median(group.n_notes)),
    }


def _step(strata: Sequence[tuple[_Judged, _Judged]], seed: int) -> dict[str, Any]:
    """Return the mean AUROC of better and worse, and whether it is above chance."""
    groups = [group for pair in strata for group in pair]
    bootstrap = Bootstrap.over(np.concatenate([group.piece for group in groups]), seed=seed)
    ends = np.cumsum([len(group.piece) for group in groups])[:-1]

    def mean_auroc(weights: Array) -> Array:
        own = np.split(weights, ends, axis=1)
        each = [
            auroc(better.logits, worse.logits, *own[2 * i : 2 * i + 2])
            for i, (better, worse) in enumerate(strata)
        ]
        return np.asarray(np.mean(each, axis=0))

    found = bootstrap.estimate(mean_auroc)
    return {"auroc": found, "holds": found.low > 0.5}
