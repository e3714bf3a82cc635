"""MusicBrain's report: what its networks know of works that they never saw."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from musecritic.brain.checkpoint import Card, load
from musecritic.brain.collection import Collection
from musecritic.brain.evaluation.giveaways import comparisons, told_apart
from musecritic.brain.evaluation.heads import confusion, labelled, origin
from musecritic.brain.evaluation.page import page
from musecritic.brain.evaluation.pieces import judge_as_published, judge_in_form
from musecritic.brain.evaluation.robustness import robustness
from musecritic.brain.evaluation.thresholds import Thresholds
from musecritic.brain.held_out import divide
from musecritic.brain.judged import Judged
from musecritic.brain.labels import AI, told
from musecritic.brain.network import Network
from musecritic.brain.note_network import NoteNetwork
from musecritic.errors import BadWeights
from musecritic.files import replacing
from musecritic.hardware import pick_device
from musecritic.measure.bootstrap import Bootstrap, intervals, values
from musecritic.measure.progress import Progress, silent

PROTOCOLS = ("heads", "held-out")

#: Heads of several labels, in the order of the report.
LABELLED = ("composer", "period", "genre", "instruments", "generator")


def measure(
    found: dict[int, Judged], card: Card, collection: Collection, *, in_form: bool, seed: int = 0
) -> dict[str, Any]:
    """Measure every head of a network on works that were judged.

    Parameters
    ----------
    found
        By index, from `musecritic.brain.evaluation.pieces`.
    card
        Of the network's weights.
    in_form
        How the works were judged; origin is measured in form alone.
    """
    heads: dict[str, Any] = {}
    group = np.array(collection.group)
    for head in LABELLED:
        if head not in card.config.labels:
            continue
        of, truth = [], []
        for index in found:
            holds = _truth(collection, index, in_form=in_form)
            if head in holds:
                of.append(index)
                truth.append(holds[head])
        if of:
            logits = np.stack([found[index].of_piece(head) for index in of])
            names = card.config.labels[head]
            heads[head] = {
                **labelled(logits, truth, names, group[of], seed=seed),
                "confusion": confusion(logits, truth, names),
            }
    if in_form:
        known = [index for index in found if collection.works[index].origin]
        heads["origin"] = origin(
            _origin(found, known),
            _is_ai(collection, known),
            group[known],
            thresholds_of(card),
            seed=seed,
        )
    return heads


def _truth(collection: Collection, index: int, *, in_form: bool) -> dict[str, Sequence[str]]:
    holds: dict[str, Sequence[str]] = {**told(collection.works[index], in_form=in_form)}
    holds.pop("instruments", None)  # those of the edition need not be those of the rendering
    if not in_form:
        holds["instruments"] = collection.instruments(index)
    return holds


def thresholds_of(card: Card) -> Thresholds:
    """Return what decides on a network's logits."""
    return Thresholds(card.temperature, card.human_below, card.ai_above)


def by_comparison(
    logit: dict[int, float], collection: Collection, *, seed: int = 0
) -> dict[str, Any]:
    """Return, for each genre and machine, how well logits tell it from people: AUROC and numbers.

    Parameters
    ----------
    logit
        By index; works that are not there are left out.
    """
    table: dict[str, Any] = {}
    for pair in comparisons(collection):
        of = [index for index in (*pair.human, *pair.machine) if index in logit]
        is_ai = _is_ai(collection, of)
        if not is_ai.any() or is_ai.all():
            continue
        bootstrap = Bootstrap.over(np.array(collection.group)[of], seed=seed)
        score = np.array([logit[index] for index in of])
        table[pair.name] = {
            "n_human": int((~is_ai).sum()),
            "n_ai": int(is_ai.sum()),
            "auroc": told_apart(score, is_ai, bootstrap),
        }
    return table


def measure_test_part(
    listener: tuple[Network, Card],
    reader: tuple[NoteNetwork, Card],
    collection: Collection,
    *,
    soundfont: Path | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Measure two networks on the collection's test part.

    Parameters
    ----------
    soundfont
        One that training did not use, for "robustness".

    Returns
    -------
    dict
        "reader": its heads; "listener": its heads on renderings in one form ("in_form") and of the
        files as they are ("as_published"); "by_genre": origin of each against each machine;
        "as_published": how well the listener tells such files apart by their looks;
        "robustness" of the listener.
    """
    test = collection.of("test")
    read = judge_in_form(reader[0], collection, test, seed=seed, progress=progress)
    heard = judge_in_form(listener[0], collection, test, seed=seed, progress=progress)
    published = judge_as_published(listener[0], collection, test, progress=progress)
    return {
        "reader": measure(read, reader[1], collection, in_form=True, seed=seed),
        "listener": {
            "in_form": measure(heard, listener[1], collection, in_form=True, seed=seed),
            "as_published": measure(published, listener[1], collection, in_form=False, seed=seed),
        },
        "by_genre": {
            name: by_comparison(
                {i: float(judged.of_piece("origin")[0]) for i, judged in found.items()},
                collection,
                seed=seed,
            )
            for name, found in (("reader", read), ("listener", heard))
        },
        "as_published": by_comparison(
            {i: float(judged.of_piece("published")[0]) for i, judged in published.items()},
            collection,
            seed=seed,
        ),
        "robustness": robustness(
            listener[0], collection, test, soundfont=soundfont, seed=seed, progress=progress
        ),
    }


def measure_held_out(
    runs: Iterable[tuple[Network | NoteNetwork, Card]],
    collection: Collection,
    *,
    seed: int = 0,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Measure origin on what each of several runs could not see.

    Every run decides by its own temperature and thresholds, fixed on what validated it.

    Parameters
    ----------
    runs
        Networks of one kind, exported by `musecritic train brain --hold-out`; folds that
        together hold every work out once, generators, corpora.

    Returns
    -------
    dict
        "folds": origin over all works of the folds at hand, "by_genre" and "by_corpus" of people;
        "leave_one_generator_out" and "leave_one_corpus_out", by name.

    Raises
    ------
    BadWeights
        A run held nothing out, or is of another collection.
    """
    logit: dict[int, float] = {}
    decided: dict[int, tuple[bool, bool]] = {}
    generators: dict[str, Any] = {}
    corpora: dict[str, Any] = {}
    for network, card in runs:
        hold_out = str(card.training.get("hold_out", ""))
        if not hold_out:
            raise BadWeights(f"{card.name}: this run held nothing out; train it with --hold-out.")
        if card.training.get("data_fingerprint") != collection.fingerprint:
            raise BadWeights(f"{card.name}: these weights are of another collection.")
        division = divide(collection, hold_out, int(card.training["seed"]))
        kind, _, name = hold_out.partition(":")
        of = division.held if kind != "generator" else [*division.held, *division.validation]
        of = [index for index in of if collection.works[index].origin]
        found = judge_in_form(network, collection, of, seed=seed, progress=progress)
        score = {
            i: float(judged.of_piece("origin")[0]) / card.temperature for i, judged in found.items()
        }
        fixed = thresholds_of(card)._replace(temperature=1.0)
        if kind == "fold":
            logit |= score
            p_ai = {i: 1 / (1 + np.exp(-value)) for i, value in score.items()}
            decided |= {i: (p < fixed.human_below, p > fixed.ai_above) for i, p in p_ai.items()}
        elif kind == "generator":
            generators[name] = by_comparison(
                {
                    i: value
                    for i, value in score.items()
                    if collection.works[i].generator == name or collection.works[i].origin != AI
                },
                collection,
                seed=seed,
            )
        else:
            human = [i for i in score if collection.works[i].origin != AI]
            corpora[name] = _told_origin(collection, score, human, fixed, seed)
    record: dict[str, Any] = {
        "leave_one_generator_out": generators,
        "leave_one_corpus_out": corpora,
    }
    if logit:
        record["folds"] = _over_folds(collection, logit, decided, seed)
    return record


def _told_origin(
    collection: Collection, score: dict[int, float], of: list[int], fixed: Thresholds, seed: int
) -> dict[str, Any]:
    group = np.array(collection.group)
    values = np.array([score[i] for i in of])
    return origin(values, _is_ai(collection, of), group[of], fixed, seed=seed)


def _over_folds(
    collection: Collection,
    logit: dict[int, float],
    decided: dict[int, tuple[bool, bool]],
    seed: int,
) -> dict[str, Any]:
    """Return origin over all folds, each piece decided by its own run."""
    # As every run has its own thresholds, a decision stands for itself: 0, 1/2 or 1.
    said = {i: 0.5 - 0.5 * cleared + 0.5 * accused for i, (cleared, accused) in decided.items()}
    as_said = Thresholds(1.0, 0.4, 0.6)
    back = {i: float(np.log((p + 1e-9) / (1 - p + 1e-9))) for i, p in said.items()}
    of = list(logit)
    record = _told_origin(collection, back, of, as_said, seed)
    for name in ("auroc", "balanced_accuracy"):
        record[name] = _told_origin(collection, logit, of, as_said, seed)[name]
    record["by_genre"] = by_comparison(logit, collection, seed=seed)
    record["by_corpus"] = {}
    for name in collection.corpora:
        here = [i for i in of if collection.where[i][0] == name]
        figures = _told_origin(collection, back, here, as_said, seed) if here else {}
        if figures:
            record["by_corpus"][name] = {
                key: figures[key] for key in ("fpr", "recall_ai", "coverage") if key in figures
            }
    return record


def _origin(found: dict[int, Judged], of: list[int]) -> np.typing.NDArray[np.float64]:
    return np.array([float(found[index].of_piece("origin")[0]) for index in of])


def _is_ai(collection: Collection, of: list[int]) -> np.typing.NDArray[np.bool_]:
    return np.array([collection.works[index].origin == AI for index in of], dtype=bool)


def report(
    collection: Collection,
    models: Sequence[str | Path],
    out: Path,
    *,
    protocol: str = "heads",
    device: str = "auto",
    soundfont: Path | None = None,
    seed: int = 0,
    command: str = "",
    progress: Progress = silent,
) -> dict[str, Any]:
    """Measure MusicBrain, write ``PROTOCOL.json`` and ``PROTOCOL.md``.

    Parameters
    ----------
    models
        For "heads" the listener and the reader; for "held-out" runs of one of them.
    protocol
        "heads": every head on the test part; "held-out": origin on what runs could not see.
    device
        "auto", "cpu", "cuda" or "mps".
    soundfont
        One that training did not use, for the robustness of heads.

    Returns
    -------
    dict
        "protocol", "model", "weights_sha256", "seed", "data_fingerprint", "date", "intervals", and
        what `measure_test_part` or `measure_held_out` return; of the test part also "heads": those
        that serve a symbolic file.
    """
    loaded = [load(model) for model in models]
    for network, _ in loaded:
        network.to(pick_device(device))
    if protocol == "held-out":
        found = measure_held_out(loaded, collection, seed=seed, progress=progress)
    else:
        listener, reader = loaded
        if not isinstance(listener[0], Network) or not isinstance(reader[0], NoteNetwork):
            raise BadWeights("name the network that hears, then the one over notes.")
        found = measure_test_part(
            (listener[0], listener[1]),
            (reader[0], reader[1]),
            collection,
            soundfont=soundfont,
            seed=seed,
            progress=progress,
        )
        heard = found["listener"]["as_published"]
        found["heads"] = {**found["reader"], "instruments": heard.get("instruments", {})}
    record = {
        "protocol": protocol,
        "command": command,
        "model": [card.model() for _, card in loaded],
        "weights_sha256": " ".join(card.sha256 for _, card in loaded),
        "seed": seed,
        "data_fingerprint": collection.fingerprint,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        **values(found),
        "intervals": intervals(found),
    }
    with replacing(out / f"{protocol}.json") as temporary:
        temporary.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    with replacing(out / f"{protocol}.md") as temporary:
        temporary.write_text(page(record), "utf-8")
    return record
