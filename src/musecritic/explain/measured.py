"""How far the heatmaps of a network are to be trusted, in figures.

On windows of works that were not learned from, two kinds of targets: origin, of pieces in one
form, and instruments, of renderings on the pieces' own instruments, two at least. Of each heatmap:

- deletion and insertion, beside Grad-CAM's, cells by lot and the loudest first
  (`musecritic.explain.faithfulness`);
- for instruments, the share of heat on the harmonics of their own notes over the share of loudness
  there, and over that of area; for both, AUROC of heat for frames near onsets, an instrument's own,
  and where the number of sounding notes changes suddenly, beside loudness'
  (`musecritic.explain.alignment`);
- the rank correlation with the same label's heat in a network of random weights, and between the
  heat of two labels: both should be far from 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from musecritic.brain.checkpoint import Card
from musecritic.brain.evaluation.pieces import drawn_excerpt
from musecritic.brain.evaluation.report import refuse_seen
from musecritic.brain.labels import AI
from musecritic.brain.network import Network
from musecritic.brain.one_form import played
from musecritic.brain.rendition import Rendition
from musecritic.brain.window import SECONDS, window
from musecritic.corpora.collection import Collection
from musecritic.explain.alignment import (
    harmonics_mask,
    hotter_at,
    near_onsets,
    shares,
    sudden_changes,
)
from musecritic.explain.cam import Target, grad_cam, heatmaps
from musecritic.explain.faithfulness import BASELINES, cells, deletion, insertion
from musecritic.hardware import pick_device
from musecritic.measure.bootstrap import Bootstrap, Estimate, intervals, values
from musecritic.measure.markdown import figure, grid
from musecritic.measure.metrics import correlation, mean, ranks
from musecritic.measure.progress import Progress, silent
from musecritic.measure.written import write_report
from musecritic.music.instruments import sounding
from musecritic.music.notes import Notes

WINDOWS = 40  # of each kind
KINDS = ("origin", "instruments")

_PLAIN = Rendition()
_TOLD = """Means over windows of works that were not learned from, 95 % intervals by bootstrap over
works. Deletion and insertion put silence in a cell's place; lower is better for deletion, higher
for insertion."""


def measure_explanations(
    network: Network,
    collection: Collection,
    indices: Sequence[int],
    *,
    windows: int = WINDOWS,
    seed: int = 0,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Return, for "origin" and "instruments", the figures of the module's docstring.

    Parameters
    ----------
    network
        The one that hears.
    indices
        Works to take windows from, one of each, by lot.
    windows
        Most of each kind.
    """
    rng = np.random.default_rng(seed)
    by_chance = _randomised(network, seed)
    record: dict[str, Any] = {}
    for kind in KINDS:
        rows: list[dict[str, float]] = []
        groups: list[int] = []
        order = [int(index) for index in rng.permutation(list(indices))]
        for index in order:
            if len(set(groups)) >= windows:
                break
            for row in _of_work(network, by_chance, collection, index, kind, rng):
                rows.append(row)
                groups.append(collection.group[index])
            progress(f"Explaining {kind}", min(len(set(groups)), windows), windows)
        if rows:
            record[kind] = {"n": len(rows), **_means(rows, np.array(groups), seed)}
    return record


def _of_work(
    network: Network,
    by_chance: Network,
    collection: Collection,
    index: int,
    kind: str,
    rng: np.random.Generator,
) -> list[dict[str, float]]:
    """Measure the heat of one window of a work, one row a label."""
    if kind == "origin":
        sheet = drawn_excerpt(collection, index, 0)
        if sheet is None or not collection.works[index].origin:
            return []
        piece = played(sheet)
    else:
        piece = collection.piece(index)
    piece = _PLAIN.arrange(piece)
    start = float(rng.uniform(0, max(piece.duration - SECONDS, 0)))
    picture, players = window(piece, _PLAIN, start)
    names = network.config.labels.get("instruments", ())
    if kind == "origin":
        targets = [Target("origin", AI, holds=collection.works[index].origin == AI)]
    elif len(set(players) & set(names)) < 2:
        return []
    else:
        targets = [Target("instruments", name) for name in players if name in names]
    heat = heatmaps(network, picture[None], targets)[0]
    random_heat = heatmaps(by_chance, picture[None], targets)[0]
    cam = grad_cam(network, picture[None], targets)[0]
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    baselines = {name: order(picture, generator) for name, order in BASELINES.items()}
    rows = []
    for i, target in enumerate(targets):
        row = {"randomised": _likeness(heat[i], random_heat[i])}
        for name, order in {"heat": heat[i], "Grad-CAM": cam[i], **baselines}.items():
            row[f"deletion {name}"] = deletion(network, picture, target, order)
            row[f"insertion {name}"] = insertion(network, picture, target, order)
        if kind == "origin":
            row |= _in_time(piece.notes, start, heat[i], cells(picture))
        else:
            own = [
                at for at in range(len(piece.parts)) if target.name in sounding(piece.parts, {at})
            ]
            notes = piece.notes[np.isin(piece.notes["part"], own)]
            row |= _in_frequency(notes, start, heat[i], cells(picture))
            row |= _in_time(notes, start, heat[i], cells(picture))
            other = heat[(i + 1) % len(targets)]
            row["other label"] = _likeness(heat[i], other)
        rows.append(row)
    return rows


def _in_frequency(notes: Notes, start: float, heat: Tensor, loudness: Tensor) -> dict[str, float]:
    within = shares(heat, loudness, harmonics_mask(notes, start, heat.shape[1]))
    return {
        "harmonics over loudness": within.heat / within.loudness if within.loudness else np.nan,
        "harmonics over area": within.heat / within.area if within.area else np.nan,
    }


def _in_time(notes: Notes, start: float, heat: Tensor, loudness: Tensor) -> dict[str, float]:
    onsets = near_onsets(notes["onset"], start, heat.shape[1])
    changes = sudden_changes(notes, start, heat.shape[1])
    return {
        "onsets": hotter_at(onsets, heat),
        "onsets, loudness": hotter_at(onsets, loudness),
        "changes": hotter_at(changes, heat),
        "changes, loudness": hotter_at(changes, loudness),
    }


def _likeness(one: Tensor, other: Tensor) -> float:
    """Return the rank correlation of two maps."""
    x, y = (ranks(values.flatten().double().numpy()) for values in (one, other))
    return float(correlation(x, y, np.ones(len(x))))  # NaN where one is the same everywhere


def _randomised(network: Network, seed: int) -> Network:
    """Return the network with weights that chance made; what it knows of means is kept."""
    copy = deepcopy(network)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        fresh = Network(network.config)
    copy.load_state_dict(
        {
            key: network.state_dict()[key] if "running" in key else value
            for key, value in fresh.state_dict().items()
        }
    )
    return copy.eval()


def _means(
    rows: list[dict[str, float]], groups: np.typing.NDArray[np.int64], seed: int
) -> dict[str, Estimate]:
    """Return the mean of every figure over the rows that have it."""
    means = {}
    for name in rows[0]:
        column = np.array([row[name] for row in rows])
        there = np.isfinite(column)
        if there.any():
            bootstrap = Bootstrap.over(groups[there], seed=seed)
            means[name] = bootstrap.estimate(partial(mean, column[there]))
    return means


def report_explanations(
    network: Network,
    card: Card,
    collection: Collection,
    out: Path,
    *,
    windows: int = WINDOWS,
    device: str = "auto",
    seed: int = 0,
    command: str = "",
    progress: Progress = silent,
) -> dict[str, Any]:
    """Measure the heatmaps on the test part, write ``explanation.json`` and ``explanation.md``.

    Raises
    ------
    BadWeights
        The test part may have been learned from.
    """
    refuse_seen(card, collection)
    network.to(pick_device(device))
    found = {
        "explanation": measure_explanations(
            network,
            collection,
            collection.of("test"),
            windows=windows,
            seed=seed,
            progress=progress,
        )
    }
    record = {
        "protocol": "explanation",
        "command": command,
        "model": card.model(),
        "weights_sha256": card.sha256,
        "seed": seed,
        "data_fingerprint": collection.fingerprint,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        **values(found),
        "intervals": intervals(found),
    }
    write_report(out, record, page(record))
    return record


def page(record: dict[str, Any]) -> str:
    """Return the page of a record in Markdown."""
    model = record["model"]
    weights = f"{model['name']} {model['version']} ({model['sha256'][:12]})"
    parts = [
        "# MusicBrain: are the heatmaps to be trusted?",
        f"`{record['command']}`, seed {record['seed']}, {record['date']}. Weights: {weights}.",
        _TOLD,
    ]
    for kind, figures in record["explanation"].items():
        rows = [
            [name, figure(record, "explanation", kind, name)] for name in figures if name != "n"
        ]
        parts.append(f"## {kind}\n\n{figures['n']} heatmaps.\n\n" + grid(["", "mean"], rows))
    return "\n\n".join(parts) + "\n"
