"""From a checkpoint to weights that ship: decided on validation, in half precision."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np

from musecritic import __version__
from musecritic.brain.checkpoint import Card, save
from musecritic.brain.evaluation.pieces import judge_in_form, judge_whole
from musecritic.brain.evaluation.thresholds import Thresholds, fix_thresholds
from musecritic.brain.held_out import divide
from musecritic.brain.labels import AI
from musecritic.brain.readers import AnyNetwork, Reader
from musecritic.brain.training.recipe import Recipe
from musecritic.brain.training.run import Trained
from musecritic.corpora.collection import Collection
from musecritic.measure.progress import Progress, silent


def export(
    trained: Trained,
    name: str,
    recipe: Recipe,
    collection: Collection,
    folder: Path,
    *,
    hold_out: str = "",
    seed: int = 0,
    progress: Progress = silent,
) -> Card:
    """Write ``folder/NAME.safetensors`` and its card of what `train` returned.

    Calibration and thresholds are fixed on the works that validated, on what `identify` would judge
    of each: all its notes, or an excerpt played by lot.

    Parameters
    ----------
    trained
        Its network's weights are rounded to half precision.
    name
        Of the network too: "audio", "notes" or "figures".
    hold_out
        As the run had it.
    """
    network = trained.network
    network.half().float().eval()  # judged as it will be stored
    validation = divide(collection, hold_out).validation
    fixed = _decide(network, collection, validation, seed, progress)
    card = Card(
        name,
        __version__,
        name,
        network.config,
        **fixed._asdict(),
        training={
            "recipe": asdict(recipe),
            **trained.length,
            "seed": seed,
            "hold_out": hold_out,
            "split_seed": collection.seed,
            "data_fingerprint": collection.fingerprint,
        },
    )
    return save(network, card, folder)


def _decide(
    network: AnyNetwork,
    collection: Collection,
    validation: list[int],
    seed: int,
    progress: Progress,
) -> Thresholds:
    of = [i for i in validation if collection.works[i].origin]
    if isinstance(network, Reader):
        found = judge_whole(network, collection, of, progress=progress)
    else:  # recordings come played in all manners, not in a plain one
        found = judge_in_form(network, collection, of, rendition=None, seed=seed, progress=progress)
    human: dict[str, list[float]] = {}
    machine: dict[str, list[float]] = {}
    for index, judged in found.items():
        work = collection.works[index]
        is_ai = work.origin == AI
        by, kind = (machine, work.generator or AI) if is_ai else (human, work.genre)
        by.setdefault(kind, []).append(float(judged.of_piece("origin")[0]))
    if not human or not machine:  # nothing to decide between
        return Thresholds(1.0, 0.5, 0.5)
    people, machines = (
        {kind: np.array(logits) for kind, logits in by.items()} for by in (human, machine)
    )
    return fix_thresholds(people, machines)
