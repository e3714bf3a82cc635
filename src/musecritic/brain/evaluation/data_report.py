"""The report on the collection: what it holds, and what gives machines away in it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from musecritic.brain.evaluation.giveaways import FORMS, giveaways
from musecritic.brain.one_form import OTHERWISE, QUARTERS
from musecritic.brain.statistics import STATISTICS
from musecritic.corpora.collection import PARTS, Collection
from musecritic.measure.bootstrap import intervals, values
from musecritic.measure.markdown import figure, grid
from musecritic.measure.progress import Progress, silent
from musecritic.measure.written import write_report

_GIVEAWAYS = """## What gives machines away

AUROC of plain classifiers on plain numbers alone, five folds by work, 95 % intervals by bootstrap
over works. In one form every piece has one tempo, grid, velocity and instrument, and is an excerpt
from its beginning or its end (quarters: {lengths}, otherwise {otherwise})."""

_FORM_NAMES = {"as_published": "as published", "one_form": "in one form"}


def report_data(
    collection: Collection,
    out: Path,
    *,
    seed: int = 0,
    command: str = "",
    progress: Progress = silent,
) -> dict[str, Any]:
    """Count a collection, measure its giveaways, write ``data.json`` and ``data.md``.

    Returns the record: "protocol", "seed", "data_fingerprint", "date", "works" (by corpus, genre
    and part), "giveaways" (see `musecritic.brain.evaluation.giveaways`), "intervals".
    """
    found = {"giveaways": giveaways(collection, seed=seed, progress=progress)}
    record = {
        "protocol": "data",
        "command": command,
        "seed": seed,
        "data_fingerprint": collection.fingerprint,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "works": _counts(collection),
        **values(found),
        "intervals": intervals(found),
    }
    write_report(out, record, page(record))
    return record


def _counts(collection: Collection) -> list[dict[str, Any]]:
    counts: dict[tuple[str, str, str], Counter[str]] = {}
    for (name, _), work, part in zip(
        collection.where, collection.works, collection.part, strict=True
    ):
        counts.setdefault((name, work.genre, work.origin), Counter())[part] += 1
    return [
        {"corpus": corpus, "genre": genre, "origin": origin, **{p: count[p] for p in PARTS}}
        for (corpus, genre, origin), count in sorted(counts.items())
    ]


def page(record: dict[str, Any]) -> str:
    """Return the page of a record in Markdown."""
    works = [
        [row["corpus"], row["genre"], row["origin"], *(str(row[part]) for part in PARTS)]
        for row in record["works"]
    ]
    lengths = ", ".join(f"{genre} {quarters}" for genre, quarters in QUARTERS.items())
    parts = [
        "# The collection that MusicBrain learns from",
        f"`{record['command']}`, seed {record['seed']}, {record['date']}.",
        f"Corpora and fingerprints: {record['data_fingerprint'].replace(' ', ', ')}.",
        "## Works\n\n" + grid(["corpus", "genre", "origin", *PARTS], works),
        _GIVEAWAYS.format(lengths=lengths, otherwise=OTHERWISE),
        grid(
            ["", "form", "people's", "machine's", "too short", "linear", "forest", "boosting"],
            [
                [
                    name,
                    _FORM_NAMES[form],
                    str(pair["n_human"]),
                    str(pair["n_ai"]),
                    str(pair[form]["n_left_out"]),
                    *(
                        figure(record, "giveaways", name, form, "auroc", classifier)
                        for classifier in pair[form]["auroc"]
                    ),
                ]
                for name, pair in record["giveaways"].items()
                for form in FORMS
            ],
        ),
    ]
    for name, pair in record["giveaways"].items():
        rows = [
            [number, *(_spread(pair[form]["distribution"][number]) for form in FORMS)]
            for number in STATISTICS
        ]
        parts.append(
            f"## {name}\n\nMedian (5th to 95th percentile) of people's pieces, then of the "
            "machine's.\n\n" + grid(["", *_FORM_NAMES.values()], rows)
        )
    return "\n\n".join(parts) + "\n"


def _spread(by_origin: dict[str, list[float]]) -> str:
    return "; ".join(
        f"{middle:.3g} ({low:.3g} to {high:.3g})" for low, middle, high in by_origin.values()
    )
