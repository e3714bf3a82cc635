"""MusicBrain's figures as a page in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from musecritic.measure.markdown import at, figure, grid

_ORIGIN = ("auroc", "balanced_accuracy", "fpr", "recall_ai", "coverage")
_ORIGIN_TOLD = """AUROC of machines' pieces over people's; balanced accuracy where p_ai .5 decides;
at the thresholds: the share of people's pieces called a machine's (fpr), of machines' found
(recall_ai), and of all that get a decision (coverage). 95 % intervals by bootstrap over works."""

_LABELS_TOLD = """Mean over labels of the average precision (map), and balanced accuracy of the most
probable label."""


def page(record: dict[str, Any], pictures: Sequence[str] = ()) -> str:
    """Return the page of a record of `musecritic.brain.evaluation.report.report`.

    Parameters
    ----------
    pictures
        Names of the files beside it that it shows.
    """
    models = ", ".join(f"{m['name']} {m['version']} ({m['sha256'][:12]})" for m in record["model"])
    parts = [
        f"# MusicBrain: {record['protocol']}",
        f"`{record['command']}`, seed {record['seed']}, {record['date']}. Weights: {models}.",
        f"Corpora and fingerprints: {record['data_fingerprint'].replace(' ', ', ')}.",
    ]
    parts += _held_out(record) if record["protocol"] == "held-out" else _heads(record)
    if pictures:
        parts.append("## Pictures")
        parts += [f"![{Path(name).stem}]({name})" for name in pictures]
    return "\n\n".join(parts) + "\n"


def _heads(record: dict[str, Any]) -> list[str]:
    readings: dict[str, tuple[str, ...]] = {
        "notes in one form": ("reader", "in_form"),
        "notes, whole works": ("reader", "whole"),
        "sound in one form": ("listener", "in_form"),
        "sound as published": ("listener", "as_published"),
        "sound, players by lot": ("listener", "played_by_lot"),
    }
    parts = [
        "## Origin\n\nOn works of the test part. " + _ORIGIN_TOLD,
        "A reader's thresholds are fixed on whole works, a listener's on excerpts.",
    ]
    rows = [
        [name, *(figure(record, *path, "origin", key) for key in _ORIGIN)]
        for name, path in readings.items()
        if path[0] in record and "origin" in at(record, path)
    ]
    parts.append(grid(["", *_ORIGIN], rows))
    parts += [
        "Read by the notes in one form, excerpts.\n\n" + _pairs(record, ("by_genre", "reader")),
        "Read by all notes, as a file is given.\n\n" + _pairs(record, ("by_genre", "whole")),
    ]
    if "listener" in record:
        rows = [[way, figure(record, "robustness", way)] for way in record["robustness"]]
        parts += [
            "Heard in one form.\n\n" + _pairs(record, ("by_genre", "listener")),
            "Read and heard: the sum of both calibrated logits.\n\n"
            + _pairs(record, ("by_genre", "both")),
            "Heard as published, where any giveaway may help.\n\n"
            + _pairs(record, ("as_published",)),
            "Heard in one form, so many seconds from the excerpt's beginning on.\n\n"
            + _by_seconds(record),
            "Heard in one form, windows pooled by their mean and by attention, both learned anew "
            "from the works that validated.\n\n" + _pooled(record),
            "Heard in one form, played and sent in other ways: AUROC over a hundred works by "
            "lot.\n\n" + grid(["", "AUROC"], rows),
        ]
    parts.append("## Labels\n\n" + _LABELS_TOLD)
    parts.append(_labels(record, readings))
    parts += _each_label(record, ("heads",), record["heads"])
    return parts


def _by_seconds(record: dict[str, Any]) -> str:
    by = record["by_seconds"]
    pairs = next(iter(by.values()))
    rows = [[pair, *(figure(record, "by_seconds", t, pair, "auroc") for t in by)] for pair in pairs]
    return grid(["AUROC", *by], rows)


def _pooled(record: dict[str, Any]) -> str:
    by: dict[str, dict[str, Any]] = record["pooled"]
    pairs = next(iter(by.values()), {})
    rows = [[pair, *(figure(record, "pooled", t, pair, "auroc") for t in by)] for pair in pairs]
    return grid(["AUROC", *by], rows)


def _labels(record: dict[str, Any], readings: dict[str, tuple[str, ...]]) -> str:
    rows = [
        [
            head,
            name,
            str(figures["n"]),
            figure(record, *path, head, "map"),
            figure(record, *path, head, "balanced_accuracy"),
            ", ".join(figures["left_out"]) or "-",
        ]
        for name, path in readings.items()
        if path[0] in record
        for head, figures in at(record, path).items()
        if head != "origin"
    ]
    return grid(["head", "from", "pieces", "map", "balanced accuracy", "too rare"], sorted(rows))


def _each_label(record: dict[str, Any], path: tuple[str, ...], heads: dict[str, Any]) -> list[str]:
    parts = []
    for head, figures in heads.items():
        if figures.get("per_label"):
            labels = [
                [name, str(one["n"]), figure(record, *path, head, "per_label", name, "ap")]
                for name, one in figures["per_label"].items()
            ]
            parts.append(f"### {head}\n\n" + grid(["label", "pieces", "average precision"], labels))
    return parts


def _held_out(record: dict[str, Any]) -> list[str]:
    parts = []
    if "folds" in record:
        what = (
            "Decided by all its notes in one form, as `identify` does.\n\n"
            if "whole" in record["folds"]
            else ""
        )
        parts.append("## Folds\n\nEvery work judged by a run that did not see it. " + what)
        parts.append(_ORIGIN_TOLD)
        parts.append(grid(list(_ORIGIN), [[figure(record, "folds", key) for key in _ORIGIN]]))
        parts.append(
            "AUROC by genre and machine, of excerpts in one form, all as long.\n\n"
            + _pairs(record, ("folds", "by_genre"))
        )
        if "whole" in record["folds"]:
            parts.append("Of whole works in one form.\n\n" + _pairs(record, ("folds", "whole")))
            parts.append(
                "Plain classifiers on whole works: on density, range, durations, length and the "
                "like alone, of files as published with their layout (how the music lies in bars, "
                "and how parts share the notes), and together with what the network says of "
                "origin and of each machine, out of fold.\n\n" + _beside(record)
            )
        names = ("fpr", "recall_ai", "coverage")
        rows = [
            [corpus, *(figure(record, "folds", "by_corpus", corpus, key) for key in names)]
            for corpus in record["folds"]["by_corpus"]
        ]
        parts.append("At the thresholds, by corpus.\n\n" + grid(["corpus", *names], rows))
        if heads := record["folds"].get("heads"):
            parts.append("Labels of whole works. " + _LABELS_TOLD)
            parts.append(_labels(record, {"notes, whole works": ("folds", "heads")}))
            parts += _each_label(record, ("folds", "heads"), heads)
    if record["leave_one_generator_out"]:
        parts.append("## Leave one generator out\n\nAUROC against people's works not learned from.")
        parts += [
            f"Without {name}:\n\n" + _pairs(record, ("leave_one_generator_out", name))
            for name in record["leave_one_generator_out"]
        ]
    if record["leave_one_corpus_out"]:
        rows = [
            [
                name,
                str(figures["n_human"]),
                figure(record, "leave_one_corpus_out", name, "fpr"),
                figure(record, "leave_one_corpus_out", name, "coverage"),
            ]
            for name, figures in record["leave_one_corpus_out"].items()
        ]
        parts.append(
            "## Leave one corpus out\n\nPeople's works of a corpus of which none was learned "
            "from.\n\n" + grid(["corpus", "works", "fpr", "coverage"], rows)
        )
    return parts


def _beside(record: dict[str, Any]) -> str:
    rows = []
    for form, told in (("beside_whole", "one form"), ("as_published", "as published")):
        for pair, found in record["folds"][form].items():
            for name in (name for name in ("plain", "with layout", "together") if name in found):
                path = ("folds", form, pair, name)
                rows.append([pair, told, name, *(figure(record, *path, c) for c in found[name])])
    classifiers = next((list(f["plain"]) for f in record["folds"]["as_published"].values()), [])
    return grid(["AUROC", "files", "", *classifiers], rows)


def _pairs(record: dict[str, Any], path: tuple[str, ...]) -> str:
    rows = [
        [name, str(pair["n_human"]), str(pair["n_ai"]), figure(record, *path, name, "auroc")]
        for name, pair in at(record, path).items()
    ]
    return grid(["", "people's", "machine's", "AUROC"], rows)
