"""Whether a network says of music far from what it learned from that it is far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from musecritic.critic.degenerate import DEGENERATE, HELD_OUT
from musecritic.critic.evaluation.note_figures import ReadClips
from musecritic.critic.evaluation.order import Source
from musecritic.measure.bootstrap import Bootstrap
from musecritic.measure.markdown import grid, percent
from musecritic.music.clip import Clip, clip_of_roll

N_DRAWS = 60  # of each family of what is no music
NO_MUSIC = "no music"


def far_figures(
    read_clips: ReadClips, far: float, sources: Sequence[Source], seed: int
) -> dict[str, Any]:
    """Return how often clips count as far from all known music, by where they come from.

    Keys: "far", the distance from which a clip is far; "sources", by name "share", of clips that
    are, "distance", their median, "rung" and "n_clips". Beside what is ranked stand the families of
    `musecritic.critic.degenerate`.
    """
    found: dict[str, Any] = {}
    for source in sources:
        found[source.name] = _row(read_clips, far, source, seed)
    for number, (name, draw) in enumerate(DEGENERATE.items()):
        rng = np.random.default_rng([seed, number, 5])
        # As `score` would cut them: what is given as a roll is told apart by that alone.
        clips = [Clip(clip_of_roll(draw(rng)).notes) for _ in range(N_DRAWS)]
        clips = [clip for clip in clips if len(clip.notes)]
        if clips:
            each = [str(number) for number in range(len(clips))]
            source = Source(name, NO_MUSIC, "", live=False, clips=clips, piece=each)
            found[name] = _row(read_clips, far, source, seed)
    return {"far": far, "sources": found}


def _row(read_clips: ReadClips, far: float, source: Source, seed: int) -> dict[str, Any]:
    said = [finding.notes for finding in read_clips(source.clips)]
    distance = np.array([own.distance for own in said if own is not None], dtype=np.float64)
    bootstrap = Bootstrap.over(np.array(source.piece), seed=seed)
    return {
        "rung": source.rung,
        "share": bootstrap.mean((distance > far).astype(float), np.arange(len(distance))),
        "distance": float(np.median(distance)),
        "n_clips": len(distance),
    }


def far_section(record: dict[str, Any]) -> str:
    """Say what counts as far."""
    rows = [
        [
            name,
            row["rung"],
            percent(record, "density", "sources", name, "share"),
            f"{row['distance']:.2f}",
            str(row["n_clips"]),
        ]
        for name, row in record["density"]["sources"].items()
    ]
    return (
        "## Far from all that it learned from\n\nClips whose distance from known music lies above "
        f"{record['density']['far']:.2f}; of corpora that were left out of the density in turn 2 "
        "in 100 do. Scores go at one tempo here, as where they are ranked. A network trained with "
        "the recipe's `degenerate` above 0 has met other draws of what is no music, all but "
        f"{' and '.join(HELD_OUT)}.\n\n"
        + grid(["", "", "far, %", "median distance", "clips"], rows)
    )
