"""A network that reads, and one that hears, on the works kept for the test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from musecritic.brain.checkpoint import Card
from musecritic.brain.evaluation.of_works import (
    by_comparison,
    decide,
    decisions,
    labels_measured,
    measure,
    of_decided,
    origin_of,
)
from musecritic.brain.evaluation.pieces import (
    drawn_players,
    judge_as_published,
    judge_in_form,
    judge_whole,
)
from musecritic.brain.evaluation.pooling import measure_pooling
from musecritic.brain.evaluation.robustness import robustness
from musecritic.brain.judged import Judged
from musecritic.brain.network import Network
from musecritic.brain.readers import Reader
from musecritic.corpora.collection import Collection
from musecritic.measure.progress import Progress, silent

#: Of each excerpt in one form that are heard; the longest lasts 64.
SECONDS_HEARD = (10, 30, 64)


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
        "reader": its heads on excerpts in one form ("in_form") and on whole works ("whole");
        "listener": its heads on renderings in one form ("in_form"), of the files as
        they are ("as_published"), its instruments on players by lot ("played_by_lot");
        "by_seconds": its origin, the more it hears;
        "by_genre": origin of each, of the reader on whole works ("whole"), and of the sum of both's
        calibrated logits, against each machine; "as_published": how well the listener tells such
        files apart by their looks; "robustness" of the listener; "pooled": origin with the
        listener's windows pooled by their mean and by attention. Without a listener what is its is
        missing.
    """
    test = collection.of("test")
    read = judge_in_form(reader[0], collection, test, seed=seed, progress=progress)
    whole = judge_whole(reader[0], collection, test, progress=progress)
    found: dict[str, Any] = {
        "reader": {
            "in_form": _heads(read, reader[1], collection, whole=False, seed=seed),
            "whole": _heads(whole, reader[1], collection, whole=True, seed=seed),
        },
        "by_genre": {
            "reader": by_comparison(origin_of(read), collection, seed=seed),
            "whole": by_comparison(origin_of(whole), collection, seed=seed),
        },
    }
    if listener is None:
        return found
    heard = judge_in_form(listener[0], collection, test, seed=seed, progress=progress)
    published = judge_as_published(listener[0], collection, test, progress=progress)
    by_lot = judge_in_form(
        listener[0], collection, test, rendition=None, seed=seed, progress=progress
    )
    on_stage = {index: drawn_players(collection, index, seed) for index in by_lot}
    found["by_genre"]["listener"] = by_comparison(origin_of(heard), collection, seed=seed)
    both = {
        index: decide(read[index], reader[1]).logit + decide(heard[index], listener[1]).logit
        for index in heard
    }
    found["by_genre"]["both"] = by_comparison(both, collection, seed=seed)
    return {
        **found,
        "listener": {
            "in_form": _heads(heard, listener[1], collection, whole=False, seed=seed),
            "as_published": measure(published, listener[1], collection, in_form=False, seed=seed),
            "played_by_lot": {
                "instruments": labels_measured(
                    by_lot, listener[1], collection, "instruments", on_stage, seed
                )
            },
        },
        "as_published": by_comparison(
            {i: float(judged.of_piece("published")[0]) for i, judged in published.items()},
            collection,
            seed=seed,
        ),
        "by_seconds": {
            f"{seconds:g} s": by_comparison(
                {i: judged.beginning(seconds).of_piece("origin")[0] for i, judged in heard.items()},
                collection,
                seed=seed,
            )
            for seconds in SECONDS_HEARD
        },
        "pooled": measure_pooling(listener[0], collection, heard, seed=seed, progress=progress),
        "robustness": robustness(
            listener[0], collection, heard, soundfont=soundfont, seed=seed, progress=progress
        ),
    }


def _heads(
    found: dict[int, Judged], card: Card, collection: Collection, *, whole: bool, seed: int
) -> dict[str, Any]:
    decided = decisions(found, card, collection, whole=whole)
    return {
        **measure(found, card, collection, in_form=True, seed=seed),
        "origin": of_decided(collection, decided, seed),
    }
