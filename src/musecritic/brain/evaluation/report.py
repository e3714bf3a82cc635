"""MusicBrain's report: what its networks know of works that they never saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from musecritic.brain.checkpoint import Card, load
from musecritic.brain.collection import Collection
from musecritic.brain.evaluation.giveaways import comparisons, told_apart
from musecritic.brain.evaluation.heads import Decided, confusion, labelled, origin
from musecritic.brain.evaluation.page import page
from musecritic.brain.evaluation.pieces import (
    beginning,
    drawn_players,
    judge_as_published,
    judge_in_form,
    judge_whole,
    players,
)
from musecritic.brain.evaluation.robustness import robustness
from musecritic.brain.held_out import divide
from musecritic.brain.judged import Judged
from musecritic.brain.labels import AI, HEARD, told
from musecritic.brain.network import Network
from musecritic.brain.readers import AnyNetwork, Reader, place
from musecritic.errors import BadWeights
from musecritic.hardware import pick_device
from musecritic.measure.bootstrap import Bootstrap, intervals, values
from musecritic.measure.metrics import sigmoid
from musecritic.measure.progress import Progress, silent
from musecritic.measure.written import write_report

PROTOCOLS = ("heads", "held-out")

#: Heads of several labels, in the order of the report.
LABELLED = ("composer", "period", "genre", "instruments", "generator")


def measure(
    found: dict[int, Judged],
    card: Card,
    collection: Collection,
    *,
    in_form: bool,
    of_origin: bool,
    seed: int = 0,
) -> dict[str, Any]:
    """Measure the heads of a network on works that were judged.

    Parameters
    ----------
    found
        By index, from `musecritic.brain.evaluation.pieces`.
    card
        Of the network's weights.
    in_form
        How the works were judged.
    of_origin
        Measure origin too: of equal excerpts in form, for by its length alone a work may be told.
    """
    heads: dict[str, Any] = {}
    for head in LABELLED:
        holds = {i: truth(collection, i, in_form=in_form).get(head) for i in found}
        of_head = _labelled(found, card, collection, head, holds, seed)
        if of_head:
            heads[head] = of_head
    if of_origin:
        decided = {
            index: decide(judged, card)
            for index, judged in found.items()
            if collection.works[index].origin
        }
        heads["origin"] = _of_decided(collection, decided, seed)
    return heads


def _labelled(
    found: dict[int, Judged],
    card: Card,
    collection: Collection,
    head: str,
    holds: Mapping[int, Sequence[str] | None],
    seed: int,
) -> dict[str, Any]:
    """Return the figures of a head over the works of which it is known which labels hold."""
    of = [index for index, names in holds.items() if names is not None]
    names = card.config.labels.get(head, ())
    if not of or not names:
        return {}
    logits = np.stack([found[index].of_piece(head) for index in of])
    labels = [holds[index] or () for index in of]
    return {
        **labelled(logits, labels, names, np.array(collection.group)[of], seed=seed),
        "confusion": confusion(logits, labels, names),
    }


def truth(collection: Collection, index: int, *, in_form: bool) -> dict[str, Sequence[str]]:
    """Return the labels of a work that hold as it is judged, of heads that have something to say.

    The instruments are those of what is heard of it; those of an edition need not be.
    """
    holds: dict[str, Sequence[str]] = {**told(collection.works[index], in_form=in_form)}
    holds.pop("instruments", None)
    if not in_form:
        holds["instruments"] = players(beginning(collection.piece(index)))
    return holds


def decide(judged: Judged, card: Card) -> Decided:
    """Return a piece's logit over the temperature, and what the card's thresholds make of it."""
    logit = float(judged.of_piece("origin")[0]) / card.temperature
    p_ai = float(sigmoid(np.float64(logit)))
    return Decided(logit, cleared=p_ai < card.human_below, accused=p_ai > card.ai_above)


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
    reader: tuple[Reader, Card],
    listener: tuple[Network, Card] | None,
    collection: Collection,
    *,
    soundfont: Path | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Measure a network that reads, and one that hears, on the collection's test part.

    Parameters
    ----------
    soundfont
        One that training did not use, for "robustness".

    Returns
    -------
    dict
        "reader": its heads on excerpts in one form ("in_form") and, without origin, on whole works
        ("whole"); "listener": its heads on renderings in one form ("in_form"), of the files as
        they are ("as_published"), its instruments on players by lot ("played_by_lot");
        "by_genre": origin of each against each machine; "as_published": how well the listener
        tells such files apart by their looks; "robustness" of the listener. Without a listener
        what is its is missing.
    """
    test = collection.of("test")
    read = judge_in_form(reader[0], collection, test, seed=seed, progress=progress)
    whole = judge_whole(reader[0], collection, test, progress=progress)
    found: dict[str, Any] = {
        "reader": {
            "in_form": measure(
                read, reader[1], collection, in_form=True, of_origin=True, seed=seed
            ),
            "whole": measure(
                whole, reader[1], collection, in_form=True, of_origin=False, seed=seed
            ),
        },
        "by_genre": {"reader": by_comparison(_origin_of(read), collection, seed=seed)},
    }
    if listener is None:
        return found
    heard = judge_in_form(listener[0], collection, test, seed=seed, progress=progress)
    published = judge_as_published(listener[0], collection, test, progress=progress)
    by_lot = judge_in_form(
        listener[0], collection, test, rendition=None, seed=seed, progress=progress
    )
    on_stage = {index: drawn_players(collection, index, seed) for index in by_lot}
    found["by_genre"]["listener"] = by_comparison(_origin_of(heard), collection, seed=seed)
    return {
        **found,
        "listener": {
            "in_form": measure(
                heard, listener[1], collection, in_form=True, of_origin=True, seed=seed
            ),
            "as_published": measure(
                published, listener[1], collection, in_form=False, of_origin=False, seed=seed
            ),
            "played_by_lot": {
                "instruments": _labelled(
                    by_lot, listener[1], collection, "instruments", on_stage, seed
                )
            },
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


def _origin_of(found: dict[int, Judged]) -> dict[int, float]:
    return {index: float(judged.of_piece("origin")[0]) for index, judged in found.items()}


def measure_held_out(
    runs: Sequence[tuple[AnyNetwork, Card]],
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
        "folds": origin over all works, "by_genre" and "by_corpus", and of networks that read
        "heads", the others on whole works; "leave_one_generator_out" and
        "leave_one_corpus_out", by name.

    Raises
    ------
    BadWeights
        A run held nothing out or is of another collection, or the folds do not make a whole.
    """
    hold_outs = [_hold_out(card, collection) for _, card in runs]
    _refuse_parts(hold_outs, [card.takes for _, card in runs])
    over_folds: dict[int, Decided] = {}
    whole: dict[int, Judged] = {}
    generators: dict[str, Any] = {}
    corpora: dict[str, Any] = {}
    for (network, card), hold_out in zip(runs, hold_outs, strict=True):
        kind, _, name = hold_out.partition(":")
        held = [i for i in divide(collection, hold_out).held if collection.works[i].origin]
        if kind == "corpus":  # with it go other editions of its works
            held = [i for i in held if collection.where[i][0] == name]
        found = judge_in_form(network, collection, held, seed=seed, progress=progress)
        decided = {i: decide(judged, card) for i, judged in found.items()}
        if kind == "fold":
            over_folds |= decided
            if isinstance(network, Reader):
                all_held = divide(collection, hold_out).held
                whole |= judge_whole(network, collection, all_held, progress=progress)
        elif kind == "generator":
            generators[name] = by_comparison(
                {i: d.logit for i, d in decided.items()}, collection, seed=seed
            )
        elif decided:
            corpora[name] = _of_decided(collection, decided, seed)
    record: dict[str, Any] = {
        "leave_one_generator_out": generators,
        "leave_one_corpus_out": corpora,
    }
    if over_folds:
        of_folds = [card for _, card in runs if card.training["hold_out"].startswith("fold:")]
        card = of_folds[0]
        if any(other.config.labels != card.config.labels for other in of_folds):
            raise BadWeights("these folds have other labels than each other; train them alike.")
        labels = measure(whole, card, collection, in_form=True, of_origin=False, seed=seed)
        record["folds"] = {
            **({"heads": labels} if whole else {}),
            **_of_decided(collection, over_folds, seed),
            "by_genre": by_comparison(
                {i: d.logit for i, d in over_folds.items()}, collection, seed=seed
            ),
            "by_corpus": {
                name: _of_decided(collection, here, seed)
                for name in collection.corpora
                if (here := {i: d for i, d in over_folds.items() if collection.where[i][0] == name})
            },
        }
    return record


def refuse_seen(card: Card, collection: Collection) -> None:
    """Raise `BadWeights` where the collection's test part may have been learned from."""
    training = card.training
    same = (
        training.get("data_fingerprint") == collection.fingerprint
        and training.get("split_seed") == collection.seed
    )
    if not same or training.get("hold_out"):
        raise BadWeights(
            f"{card.name}: these weights are of another collection or held out something else; "
            "its test part may have been learned from. Train without --hold-out on these corpora."
        )


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


def _of_decided(collection: Collection, decided: dict[int, Decided], seed: int) -> dict[str, Any]:
    of = list(decided)
    return origin(
        [decided[i] for i in of],
        _is_ai(collection, of),
        np.array(collection.group)[of],
        seed=seed,
    )


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
        For "heads" a reader, and a listener or none; for "held-out" runs of one of them.
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
        place(network, pick_device(device))
    if protocol == "held-out":
        found = measure_held_out(loaded, collection, seed=seed, progress=progress)
    else:
        for _, card in loaded:
            refuse_seen(card, collection)
        listeners = [(network, card) for network, card in loaded if isinstance(network, Network)]
        readers = [(network, card) for network, card in loaded if isinstance(network, Reader)]
        if len(readers) != 1 or len(listeners) > 1:
            raise BadWeights("name one network that reads, and one that hears or none.")
        found = measure_test_part(
            readers[0],
            listeners[0] if listeners else None,
            collection,
            soundfont=soundfont,
            seed=seed,
            progress=progress,
        )
        found["heads"] = {
            "origin": found["reader"]["in_form"]["origin"],
            **found["reader"]["whole"],
        }
        if listeners:
            heard = found["listener"]["as_published"]
            found["heads"] |= {head: heard[head] for head in HEARD if head in heard}
    record = {
        "protocol": protocol,
        "command": command,
        "model": [
            {**card.model(), "hold_out": card.training.get("hold_out", "")} for _, card in loaded
        ],
        "weights_sha256": " ".join(card.sha256 for _, card in loaded),
        "seed": seed,
        "data_fingerprint": collection.fingerprint,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        **values(found),
        "intervals": intervals(found),
    }
    write_report(out, record, page(record))
    return record
