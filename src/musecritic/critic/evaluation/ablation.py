"""Networks beside each other on the same clips (seed, section 5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from musecritic.corpora.corpus import Corpus
from musecritic.corpora.draw import Manifest, draw
from musecritic.critic.evaluation.attention_mass import attention_mass
from musecritic.critic.evaluation.calibration import Calibration, calibrate
from musecritic.critic.evaluation.outcome import Outcome
from musecritic.critic.evaluation.report import header, write_report
from musecritic.critic.evaluation.scores import Scores, score_test_set
from musecritic.critic.evaluation.shortcut import correlations, matched
from musecritic.critic.evaluation.table import calibration_figures, table, total_of
from musecritic.critic.inference import Critic
from musecritic.critic.testset import TestSet, seed_test_set
from musecritic.errors import BadInput
from musecritic.measure.bootstrap import Bootstrap
from musecritic.measure.metrics import Array
from musecritic.measure.progress import Progress, silent


def evaluate_ablation(
    critics: Mapping[str, Critic],
    corpus: Corpus,
    *,
    out: Path,
    seed: int = 0,
    progress: Progress = silent,
    limit: int | None = None,
    manifest: Manifest | None = None,
    command: str = "",
) -> dict[str, Any]:
    """Measure several networks by the seed's protocol, write one table, return its record.

    Parameters
    ----------
    critics
        By the name each has in the table; the others are compared with the first.
    corpus
        MAESTRO.
    out
        Folder for ``ablation.json`` and ``ablation.md``.
    limit
        Performances of each part, for a quick look.
    manifest
        The draw; drawn by `seed` where it is not given.
    """
    if not critics:
        raise BadInput("there is no network to measure; name at least one.")
    manifest = manifest or draw(corpus, seed)
    first = next(iter(critics.values()))
    outcome = compare(critics, corpus, manifest, progress=progress, limit=limit)
    record = {
        **header("ablation", first, corpus, seed, command),
        **outcome.record(),
    }
    write_report(record, (), out)
    return record


Measured = tuple[Scores, Calibration]


def compare(
    critics: Mapping[str, Critic],
    corpus: Corpus,
    manifest: Manifest,
    *,
    progress: Progress,
    limit: int | None = None,
) -> Outcome:
    """Return each network's figures; each has its own threshold, fixed on validation."""
    if limit is not None:
        manifest = replace(manifest, parts={p: d[:limit] for p, d in manifest.parts.items()})
    validation = seed_test_set(corpus, manifest, "validation")
    test = seed_test_set(corpus, manifest, "test")
    bootstrap = Bootstrap.over(test.song, seed=manifest.seed)
    models: dict[str, Any] = {}
    measured: list[Measured] = []
    for done, (name, critic) in enumerate(critics.items()):
        progress(name, done, len(critics))
        on_validation = score_test_set(critic.read, validation)
        calibration = calibrate(on_validation.real, on_validation.by_kind())
        scores = score_test_set(critic.read, test)
        measured.append((scores, calibration))
        models[name] = {
            "model": critic.card.model(),
            "training": critic.card.training,
            **_figures(scores, calibration, test, bootstrap),
            "total_minus_first": bootstrap.estimate(
                partial(_difference, measured[-1], measured[0])
            ),
        }
    progress("done", len(critics), len(critics))
    return Outcome(
        {
            "n_songs": bootstrap.draws.shape[1],
            "n_clips": len(test.real),
            "limit": limit,
            "models": models,
        }
    )


def _difference(one: Measured, other: Measured, weights: Array) -> Array:
    return np.asarray(total_of(*one, weights) - total_of(*other, weights))


def _figures(
    scores: Scores, calibration: Calibration, test: TestSet, bootstrap: Bootstrap
) -> dict[str, Any]:
    return {
        "threshold": calibration.threshold,
        "temperature": calibration.temperature,
        **table(scores, calibration, bootstrap),
        "ece": calibration_figures(scores, calibration, bootstrap)["ece"],
        "attention": {k: attention_mass(f, bootstrap) for k, f in scores.kinds.items()},
        "correlation": correlations(scores.real, test.real, bootstrap),
        "matched": matched(scores, calibration, test, bootstrap),
    }
