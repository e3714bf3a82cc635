"""The seed's protocol: 700 performances of MAESTRO, damage on the 10-Hz grid."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from musecritic.corpora.corpus import Corpus
from musecritic.corpora.draw import Manifest
from musecritic.corrupt import KINDS
from musecritic.critic.evaluation.attention_mass import attention_mass
from musecritic.critic.evaluation.calibration import Calibration, best_cut, calibrate, cut_passing
from musecritic.critic.evaluation.composers import by_composer
from musecritic.critic.evaluation.degenerate_inputs import degenerate_inputs
from musecritic.critic.evaluation.invariance import Performances, invariance
from musecritic.critic.evaluation.outcome import Outcome, blind_tests
from musecritic.critic.evaluation.scores import (
    Read,
    Scores,
    score_negatives,
    score_test_set,
)
from musecritic.critic.evaluation.severity import GRADES, Grade, by_severity, damaged
from musecritic.critic.evaluation.shortcut import shortcut
from musecritic.critic.evaluation.table import calibration_figures, table
from musecritic.critic.testset import Negatives, seed_test_set
from musecritic.measure.bootstrap import Bootstrap
from musecritic.measure.progress import Progress
from musecritic.music.clip import clip_of_roll

SEED_PASSES = 0.9815  # share of real clips, from 2 · total - mean of the kinds

#: What the seed reports (section 4.3).
SEED_REPORTS = {
    "total": 0.9271,
    "real": SEED_PASSES,
    "kinds": {"shuffle": 0.766, "off-key": 0.903, "noise": 0.949},
}

#: The stated severity, beside the protocol's shuffle.
STATED = {
    "off-key": Grade("at most 12 % of the notes moved, one at the least", at_most=0.12),
    "noise": Grade("20 notes added", {"count": (20, 20)}),
}


def seed_protocol(
    read: Read,
    corpus: Corpus,
    manifest: Manifest,
    *,
    progress: Progress,
    limit: int | None = None,
) -> Outcome:
    """Measure a network by the seed's protocol.

    Threshold and temperature are fitted to the validation part; the test part is only measured.

    Parameters
    ----------
    read
        The network: rolls to logits and attention.
    manifest
        The draw.
    progress
        Told of every stage.
    limit
        Performances of each part, for a quick look; None takes all.
    """
    if limit is not None:
        manifest = replace(manifest, parts={p: d[:limit] for p, d in manifest.parts.items()})
    progress("validation", 0, 8)
    validation = seed_test_set(corpus, manifest, "validation")
    on_validation = score_test_set(read, validation)
    calibration = calibrate(on_validation.real, on_validation.by_kind())

    progress("the protocol's table", 1, 8)
    test = seed_test_set(corpus, manifest, "test")
    scores = score_test_set(read, test)
    bootstrap = Bootstrap.over(test.song, seed=manifest.seed)
    figures: dict[str, Any] = {
        "n_songs": bootstrap.draws.shape[1],
        "n_clips": len(test.real),
        "limit": limit,
        "threshold": calibration.threshold,
        "temperature": calibration.temperature,
        **table(scores, calibration, bootstrap),
        **calibration_figures(scores, calibration, bootstrap),
        "seed_reports": SEED_REPORTS,
        "attention": {k: attention_mass(f, bootstrap) for k, f in scores.kinds.items()},
        "by_composer": by_composer(scores.real, test.composer, calibration, bootstrap),
    }

    def make(kind: str, grade: Grade, part: str = "test") -> Negatives:
        places = _places(manifest, part)
        number = list(KINDS).index(kind)
        clips = [clip_of_roll(roll) for roll in {"validation": validation, "test": test}[part].real]
        return damaged(
            clips, kind, lambda index: manifest.rng_for(part, *places[index], number), grade
        )

    progress("the stated severity", 2, 8)
    heavier = {
        part: _with(read, of, {kind: make(kind, grade, part) for kind, grade in STATED.items()})
        for part, of in (("validation", on_validation), ("test", scores))
    }
    figures["stated_severity"] = {
        "what": {kind: grade.label for kind, grade in STATED.items()} | {"shuffle": "as it is"},
        **_operating_points(heavier["validation"], heavier["test"], calibration, bootstrap),
    }
    figures["passing_as_the_seed"] = _passing_as_the_seed(
        on_validation, scores, calibration, bootstrap
    )

    progress("severity", 3, 8)
    graded = by_severity(read, scores.real, make, calibration, bootstrap, GRADES, _within(progress))
    figures["by_severity"] = graded
    figures["off_key_10_and_50"] = {label: graded["off-key"][label] for label in ("0.1", "0.5")}

    progress("shortcut", 5, 8)
    figures["probe"] = shortcut(
        scores,
        calibration,
        bootstrap,
        train=seed_test_set(corpus, manifest, "train"),
        validation=validation,
        test=test,
    )
    progress("invariance", 6, 8)
    performances = Performances.drawn(corpus, manifest.parts["test"])
    figures["invariance"] = invariance(read, scores.real, performances, calibration, bootstrap)
    progress("degenerate inputs", 7, 8)
    figures["degenerate"] = degenerate_inputs(read, calibration, scores.real, manifest.seed)
    progress("done", 8, 8)
    return Outcome(figures, blind_tests(scores, test, calibration))


def _places(manifest: Manifest, part: str) -> list[tuple[int, int]]:
    """Return the performance and number of each clip of a part, in the order of its test set."""
    return [
        (performance, clip)
        for performance, drawn in enumerate(manifest.parts[part])
        for clip in range(len(drawn.starts))
    ]


def _with(read: Read, scores: Scores, fakes: dict[str, Negatives]) -> Scores:
    """Return the scores with other negatives for some kinds."""
    other = {kind: score_negatives(read, negatives) for kind, negatives in fakes.items()}
    return replace(scores, kinds={kind: other.get(kind, scores.kinds[kind]) for kind in KINDS})


def _operating_points(
    validation: Scores, test: Scores, calibration: Calibration, bootstrap: Bootstrap
) -> dict[str, Any]:
    """Return the table at the protocol's threshold, at its own, and with the seed's pass rate."""
    cut = best_cut(validation.real, validation.by_kind())
    own = calibration.at(cut)
    return {
        "threshold": calibration.threshold,
        **table(test, calibration, bootstrap),
        "own_threshold": {"threshold": own.threshold, **table(test, own, bootstrap)},
        "passing_as_the_seed": _passing_as_the_seed(validation, test, calibration, bootstrap),
    }


def _passing_as_the_seed(
    validation: Scores, test: Scores, calibration: Calibration, bootstrap: Bootstrap
) -> dict[str, Any]:
    """Return the table where, on validation, as many real clips pass as the seed implies."""
    cut = cut_passing(validation.real, SEED_PASSES)
    passing = calibration.at(cut)
    return {"threshold": passing.threshold, **table(test, passing, bootstrap)}


def _within(progress: Progress) -> Progress:
    """Tell of the inner stages between the third and the fifth outer one."""
    return lambda what, done, of: progress(f"severity: {what}", 3 + (2 * done) // max(of, 1), 8)
