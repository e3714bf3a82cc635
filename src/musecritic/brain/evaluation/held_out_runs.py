"""Runs that held something out, each on what it could not see, put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from musecritic.brain.checkpoint import Card
from musecritic.brain.evaluation.giveaways import beside_network
from musecritic.brain.evaluation.heads import Decided
from musecritic.brain.evaluation.of_works import (
    by_comparison,
    decisions,
    measure,
    of_decided,
)
from musecritic.brain.evaluation.pieces import judge_in_form, judge_whole
from musecritic.brain.held_out import divide
from musecritic.brain.judged import Judged
from musecritic.brain.readers import AnyNetwork, Reader
from musecritic.corpora.collection import Collection
from musecritic.errors import BadWeights
from musecritic.measure.progress import Progress, silent


def measure_held_out(
    runs: Sequence[tuple[AnyNetwork, Card]],
    collection: Collection,
    *,
    seed: int = 0,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Measure origin on what each of several runs could not see.

    Every run decides by its own calibration and thresholds, fixed on what validated it: networks
    that read by all notes of a work, as `identify` has them do, those that hear by excerpts.

    Parameters
    ----------
    runs
        Networks of one kind, exported by `musecritic train brain --hold-out`; folds that
        together hold every work out once, generators, corpora.

    Returns
    -------
    dict
        "folds": what is decided of all works and "by_corpus"; how well each machine is told from
        people "by_genre", by excerpts in one form, and, of networks that read, by "whole" works in
        one form; plain classifiers on these ("beside_whole") and on files "as_published", alone and
        together with the network; "heads", on whole works; "leave_one_generator_out", on excerpts,
        and "leave_one_corpus_out", by name.

    Raises
    ------
    BadWeights
        A run held nothing out or is of another collection, or the folds do not make a whole.
    """
    hold_outs = [_hold_out(card, collection) for _, card in runs]
    _refuse_parts(hold_outs, [card.takes for _, card in runs])
    excerpts: dict[int, float] = {}
    decided: dict[int, Decided] = {}
    whole: dict[int, Judged] = {}
    generators: dict[str, Any] = {}
    corpora: dict[str, Any] = {}
    for (network, card), hold_out in zip(runs, hold_outs, strict=True):
        kind, _, name = hold_out.partition(":")
        held = divide(collection, hold_out).held
        if kind == "corpus":  # with it go other editions of its works
            held = [i for i in held if collection.where[i][0] == name]
        of_run: dict[int, Decided] = {}
        if kind != "corpus" or not isinstance(
            network, Reader
        ):  # a reader's decisions are on whole works
            of_origin = [i for i in held if collection.works[i].origin]
            found = judge_in_form(network, collection, of_origin, seed=seed, progress=progress)
            of_run = decisions(found, card, collection, whole=False)
        logits = {i: d.logit for i, d in of_run.items()}
        if kind == "generator":
            generators[name] = by_comparison(logits, collection, seed=seed)
            continue
        read: dict[int, Judged] = {}
        if isinstance(network, Reader):
            read = judge_whole(network, collection, held, progress=progress)
            of_run = decisions(read, card, collection, whole=True)
        if kind == "fold":
            excerpts |= logits
            decided |= of_run
            whole |= read
        elif of_run:
            corpora[name] = of_decided(collection, of_run, seed)
    record: dict[str, Any] = {
        "leave_one_generator_out": generators,
        "leave_one_corpus_out": corpora,
    }
    if decided:
        of_folds = [card for _, card in runs if card.training["hold_out"].startswith("fold:")]
        card = of_folds[0]
        if any(other.config.labels != card.config.labels for other in of_folds):
            raise BadWeights("these folds have other labels than each other; train them alike.")
        record["folds"] = {
            **of_decided(collection, decided, seed),
            "by_genre": by_comparison(excerpts, collection, seed=seed),
            "by_corpus": {
                name: of_decided(collection, here, seed)
                for name in collection.corpora
                if (here := {i: d for i, d in decided.items() if collection.where[i][0] == name})
            },
        }
        if whole:
            logits = {i: d.logit for i, d in decided.items()}
            of_makers = "generator" in card.config.labels
            said = {
                i: [logits[i], *(whole[i].of_piece("generator") if of_makers else ())]
                for i in decided
            }
            record["folds"] |= {
                "whole": by_comparison(logits, collection, seed=seed),
                **{
                    name: beside_network(
                        said, collection, published=published, seed=seed, progress=progress
                    )
                    for name, published in (("beside_whole", False), ("as_published", True))
                },
                "heads": measure(whole, card, collection, in_form=True, seed=seed),
            }
    return record


def _hold_out(card: Card, collection: Collection) -> str:
    hold_out = str(card.training.get("hold_out", ""))
    if not hold_out:
        raise BadWeights(f"{card.name}: this run held nothing out; train it with --hold-out.")
    if (
        card.training.get("data_fingerprint") != collection.fingerprint
        or card.training.get("split_seed") != collection.seed
    ):
        raise BadWeights(f"{card.name}: these weights are of another collection.")
    return hold_out


def _refuse_parts(hold_outs: Sequence[str], takes: Sequence[str]) -> None:
    """Raise `BadWeights` where figures would be put together that do not belong together."""
    if len(set(takes)) > 1:
        raise BadWeights("these runs are of two networks; measure each by itself.")
    if len(set(hold_outs)) < len(hold_outs):
        raise BadWeights("two of these runs held out the same.")
    folds = sorted(line for line in hold_outs if line.startswith("fold:"))
    n = folds[0].rpartition("/")[2] if folds else "0"
    if folds != sorted(f"fold:{i}/{n}" for i in range(int(n))):
        raise BadWeights(f"{', '.join(folds)} do not hold every work out once; name all folds.")
