"""A record as a page to read, every figure beside its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from musecritic.critic.degenerate import HELD_OUT
from musecritic.critic.evaluation.blame_section import blame_section
from musecritic.critic.evaluation.far_figures import far_section
from musecritic.critic.evaluation.models_table import models_table
from musecritic.critic.evaluation.music_sections import order_section, style_section
from musecritic.critic.evaluation.note_sections import NOTE_SECTIONS
from musecritic.critic.evaluation.shortfalls import shortfalls
from musecritic.measure.markdown import at, figure, grid, percent

_PASSING = "passing 98.15 % of real validation clips, as the seed implies"

TITLES = {
    "seed": "The critic by the seed's protocol",
    "full": "The critic by the full protocol",
    "ablation": "Networks beside each other",
}


def page(record: dict[str, Any], pictures: Sequence[str]) -> str:
    """Return the page of a record in Markdown."""
    parts = [f"# {TITLES[record['protocol']]}", _head(record)]
    if "models" in record:
        parts += [models_table(record)]
    else:
        parts += [_main_table(record), _shortfalls(record)]
    for key, section in _SECTIONS.items():
        if record.get(key):
            parts.append(section(record))
    if pictures:
        parts.append("## Pictures")
        parts += [f"![{name}]({name})" for name in pictures]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(record: dict[str, Any]) -> str:
    lines = [
        ("command", f"`{record['command']}`" if record["command"] else "-"),
        ("corpus", f"{record['corpus']}, fingerprint `{record['data_fingerprint']}`"),
        ("clips", f"{record['n_clips']} real ones of {record['n_songs']} songs"),
        ("seed", str(record["seed"])),
        ("date", record["date"]),
    ]
    if "models" not in record:
        model = record["model"]
        lines[1:1] = [
            ("network", f"{model['name']} {model['version']}"),
            ("weights", f"sha256 `{record['weights_sha256'] or '-'}`"),
        ]
        lines.append(
            ("calibration", f"temperature {record['temperature']}, threshold {record['threshold']}")
        )
    if record["limit"] is not None:
        lines.append(("limit", f"{record['limit']}: **a quick look, no result**"))
    return (
        grid(["", ""], lines).replace("---:", "---")
        + "\n\nIntervals in brackets hold 95 % of 1000 bootstrap draws of songs."
    )


def _main_table(record: dict[str, Any]) -> str:
    """Write the table of a whole protocol."""
    parts = ["## Accuracy", _table_of(record, ())]
    if "ece" in record:
        parts.append(
            f"Expected calibration error {figure(record, 'ece')}; "
            f"without the temperature {figure(record, 'ece_uncalibrated')}. AUROC and average "
            "precision are each kind's against all real clips, the damaged ones to be found."
        )
    return "\n\n".join(parts)


def _table_of(record: dict[str, Any], path: tuple[str, ...]) -> str:
    """Write the table found at a path of the record, beside the seed's where it has one."""
    reported = record.get("seed_reports")
    rows = [["total", percent(record, *path, "total"), "", "", ""]]
    rows.append(
        ["real", percent(record, *path, "real"), figure(record, *path, "real_loss"), "", ""]
    )
    kinds = at(record, (*path, "kinds"))
    for kind in kinds:
        own = (*path, "kinds", kind)
        rows.append(
            [
                kind,
                percent(record, *own, "accuracy"),
                *(figure(record, *own, key) for key in ("loss", "auroc", "ap")),
            ]
        )
    header = ["", "accuracy, %", "loss", "AUROC", "AP"]
    if reported:
        header.append("the seed reports, %")
        theirs = [reported["total"], reported["real"], *(reported["kinds"].get(k) for k in kinds)]
        rows = [
            [*row, "-" if value is None else f"{100 * value:.1f}"]
            for row, value in zip(rows, theirs, strict=True)
        ]
    return grid(header, rows)


def _shortfalls(record: dict[str, Any]) -> str:
    found = shortfalls(record)
    lines = [f"- {line}" for line in found] or ["Nothing of what is checked here."]
    return "## Where it falls short\n\n" + "\n".join(lines)


def _passing(record: dict[str, Any]) -> str:
    return "## At other thresholds\n\n" + _thresholds(
        record, {"the protocol's": (), _PASSING: ("passing_as_the_seed",)}
    )


def _stated(record: dict[str, Any]) -> str:
    what = "; ".join(f"{kind}: {text}" for kind, text in record["stated_severity"]["what"].items())
    here = ("stated_severity",)
    return "\n\n".join(
        [
            (
                f"## At the stated severity\n\n{what}. The threshold is the protocol's own, "
                f"{record['threshold']}."
            ),
            _table_of(record, here),
            _thresholds(
                record,
                {
                    "the protocol's": here,
                    "fitted to validation clips of this severity": (*here, "own_threshold"),
                    _PASSING: (*here, "passing_as_the_seed"),
                },
            ),
        ]
    )


def _thresholds(record: dict[str, Any], paths: dict[str, tuple[str, ...]]) -> str:
    """Write the accuracies of several thresholds as columns."""
    rows = [
        [name, *(percent(record, *path, name) for path in paths.values())]
        for name in ("total", "real")
    ]
    rows += [
        [kind, *(percent(record, *path, "kinds", kind, "accuracy") for path in paths.values())]
        for kind in record["kinds"]
    ]
    rows.append(["threshold", *(str(at(record, (*path, "threshold"))) for path in paths.values())])
    return grid(["accuracy, %, with the threshold", *paths], rows)


def _severity(record: dict[str, Any]) -> str:
    rows = [
        [
            f"{kind}, {label}",
            f"{100 * row['severity']:.1f}",
            percent(record, "by_severity", kind, label, "accuracy"),
            *(figure(record, "by_severity", kind, label, key) for key in ("auroc", "ap", "p_real")),
            str(row["n"]),
        ]
        for kind, grades in record["by_severity"].items()
        for label, row in grades.items()
    ]
    header = ["kind, asked", "touched, %", "caught, %", "AUROC", "AP", "mean p_real", "clips"]
    return "## By severity\n\n" + grid(header, rows)


def _probe(record: dict[str, Any]) -> str:
    probe = record["probe"]
    kinds = list(probe["matched"]["network"])
    matched = [
        [
            f"{who}, {kind}",
            *(percent(record, *path, key) for key in ("accuracy", "real", "damaged")),
            figure(record, *path, "auroc"),
            str(at(record, (*path, "pairs"))),
        ]
        for who in ("network", "linear")
        for kind in kinds
        for path in [("probe", "matched", who, kind)]
    ]
    return "\n\n".join(
        [
            "## Does it count notes?",
            (
                f"A linear model on {', '.join(probe['features'])}, fitted to "
                f"{probe['linear']['n_train']} training clips and their negatives:"
            ),
            _table_of({**record, "seed_reports": None}, ("probe", "linear")),
            "The network's logit against density, over real clips:",
            _correlations(record, ("probe", "correlation")),
            (
                "Real clips and negatives weighed so that the number of notes is spread alike in "
                "both (accuracy is the mean of real and damaged):"
            ),
            grid(["", "accuracy, %", "real, %", "damaged, %", "AUROC", "pairs"], matched),
        ]
    )


def _correlations(record: dict[str, Any], path: tuple[str, ...]) -> str:
    return grid(
        ["", "Pearson", "Spearman"],
        [
            [name, *(figure(record, *path, name, how) for how in ("pearson", "spearman"))]
            for name in at(record, path)
        ],
    )


def _attention(record: dict[str, Any]) -> str:
    rows = [
        [kind, *(figure(record, "attention", kind, key) for key in ("share", "time", "mass_ratio"))]
        for kind in record["attention"]
    ]
    return (
        "## Attention\n\nOn damaged frames (for a shuffle those within 0.2 s of a seam); a ratio "
        "of 1 is attention that looks everywhere alike.\n\n"
        + grid(["", "share of attention", "share of time", "ratio"], rows)
    )


def _invariance(record: dict[str, Any]) -> str:
    rows = [
        [
            f"{group} {label}",
            figure(record, "invariance", group, label, "p_real"),
            figure(record, "invariance", group, label, "logit", digits=2),
            percent(record, "invariance", group, label, "flips"),
            str(row["n"]),
        ]
        for group, changes in record["invariance"].items()
        for label, row in changes.items()
    ]
    return (
        "## Invariance\n\nMean absolute change of real clips' verdicts, and how many turn over.\n\n"
        + grid(["change", "p_real", "logit", "verdicts turned, %", "clips"], rows)
    )


def _degenerate(record: dict[str, Any]) -> str:
    degenerate = record["degenerate"]
    rows = [
        [
            name,
            f"{row['mean']:.3f}",
            f"{row['max']:.3f}",
            f"{100 * row['passed']:.0f}",
            f"{100 * row['beats']:.0f}",
        ]
        for name, row in degenerate["families"].items()
    ]
    return (
        f"## What is no music\n\n{degenerate['draws']} draws each; the median real clip has "
        f"{degenerate['median_real']:.3f}. A network that was trained with the recipe's\n"
        "`degenerate` above 0 has met other draws of these families as negatives, all but "
        f"{' and '.join(HELD_OUT)}.\n\n"
        + grid(["", "mean p_real", "max p_real", "pass as real, %", "beat the median, %"], rows)
    )


def _composers(record: dict[str, Any]) -> str:
    rows = [
        [
            name,
            figure(record, "by_composer", name, "p_real"),
            percent(record, "by_composer", name, "passed"),
            str(row["n"]),
            str(row["n_songs"]),
        ]
        for name, row in record["by_composer"].items()
    ]
    return "## By composer\n\n" + grid(["", "mean p_real", "pass, %", "clips", "songs"], rows)


def _corpora(record: dict[str, Any]) -> str:
    rows = [
        [
            name,
            percent(record, "by_corpus", name, "false_alarm"),
            percent(record, "by_corpus", name, "pieces"),
            figure(record, "by_corpus", name, "p_real"),
            str(row["n_clips"]),
            str(row["n_pieces"]),
        ]
        for name, row in record["by_corpus"].items()
    ]
    header = ["", "clips refused, %", "pieces refused, %", "mean p_real", "clips", "pieces"]
    return "## False alarms on works not trained on\n\n" + grid(header, rows)


_SECTIONS = {
    "passing_as_the_seed": _passing,
    "stated_severity": _stated,
    "by_severity": _severity,
    **NOTE_SECTIONS,
    "blame": blame_section,
    "probe": _probe,
    "attention": _attention,
    "invariance": _invariance,
    "degenerate": _degenerate,
    "order": order_section,
    "density": far_section,
    "by_corpus": _corpora,
    "by_style": style_section,
    "by_composer": _composers,
}
