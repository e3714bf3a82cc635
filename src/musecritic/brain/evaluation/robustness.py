"""What the network that hears still knows, however a piece is played and sent."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from musecritic.brain.evaluation.giveaways import told_apart
from musecritic.brain.evaluation.pieces import judge_in_form
from musecritic.brain.judged import Judged
from musecritic.brain.labels import AI
from musecritic.brain.network import Network
from musecritic.brain.rendition import Rendition
from musecritic.corpora.collection import Collection
from musecritic.measure.bootstrap import Bootstrap
from musecritic.measure.progress import Progress, silent

MOST_WORKS = 100  # by lot, the same ones for every rendition

#: Each heard beside the clean one. The codecs are not used in training; keys, speeds, noise and
#: rooms are drawn there too, but not the same ones.
RENDITIONS = {
    "opus": Rendition(codec="opus"),
    "telephone": Rendition(codec="telephone"),
    "a semitone up": Rendition(semitones=1),
    "a semitone down": Rendition(semitones=-1),
    "a tenth faster": Rendition(speed=1.1),
    "a tenth slower": Rendition(speed=0.9),
    "noise at -20 dB": Rendition(noise_db=-20.0),
    "a large hall": Rendition(reverb=3.0),
}


def robustness(
    network: Network,
    collection: Collection,
    clean: Mapping[int, Judged],
    *,
    soundfont: Path | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Return origin's AUROC for every rendition of the same hundred works in one form.

    Parameters
    ----------
    clean
        What the network says of works played plainly, by index.
    soundfont
        One that training did not use; without it that line is missing.
    """
    ways = dict(RENDITIONS)
    if soundfont is not None:
        ways["another soundfont"] = Rendition(soundfont=soundfont)
    known = [index for index in clean if collection.works[index].origin]
    of = [int(index) for index in np.random.default_rng(seed).permutation(known)[:MOST_WORKS]]
    heard: dict[str, Mapping[int, Judged]] = {"clean": {index: clean[index] for index in of}}
    for name, rendition in ways.items():
        heard[name] = judge_in_form(
            network, collection, of, rendition=rendition, seed=seed, progress=progress
        )
    figures: dict[str, Any] = {}
    for name, found in heard.items():
        logit = np.array([judged.of_piece("origin")[0] for judged in found.values()])
        is_ai = np.array([collection.works[index].origin == AI for index in found], dtype=bool)
        works = np.array([collection.group[index] for index in found])
        if is_ai.any() and not is_ai.all():
            figures[name] = told_apart(logit, is_ai, Bootstrap.over(works, seed=seed))
    return figures
