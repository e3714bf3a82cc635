"""MusicBrain's report: what its networks know of works that they never saw."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from musecritic.brain.checkpoint import Card, load
from musecritic.brain.evaluation.held_out_runs import measure_held_out
from musecritic.brain.evaluation.page import page
from musecritic.brain.evaluation.test_part import measure_test_part
from musecritic.brain.labels import HEARD
from musecritic.brain.network import Network
from musecritic.brain.readers import Reader, place
from musecritic.corpora.collection import Collection
from musecritic.errors import BadWeights
from musecritic.hardware import pick_device
from musecritic.measure.bootstrap import intervals, values
from musecritic.measure.progress import Progress, silent
from musecritic.measure.written import write_report
from musecritic.show.confusion_plot import plot_confusion
from musecritic.show.precision_plot import plot_precision

PROTOCOLS = ("heads", "held-out")


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
    """Measure MusicBrain, write ``PROTOCOL.json``, ``PROTOCOL.md`` and its pictures.

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
    heads = found["heads"] if protocol == "heads" else found.get("folds", {}).get("heads", {})
    pictures = _draw(values(heads), out, protocol)
    write_report(out, record, page(record, pictures))
    return record


def _draw(heads: dict[str, Any], out: Path, protocol: str) -> list[str]:
    """Draw each head's confusions and precisions; return the names of the pictures."""
    pictures = []
    for head, figures in heads.items():
        if figures.get("confusion"):
            pictures.append(f"{protocol}-{head}-confusion.png")
            plot_confusion(figures["confusion"], f"{head}: works", out / pictures[-1])
        if figures.get("per_label"):
            pictures.append(f"{protocol}-{head}-precision.png")
            plot_precision(figures["per_label"], f"{head}: precision", out / pictures[-1])
    return pictures
