"""The parts of a report on music that nobody damaged: who ranks where, and late composers."""

from __future__ import annotations

from typing import Any

from musecritic.measure.markdown import at, figure, grid, percent

_EXPECTED = """\
Untaught, a critic should rank people above the better generators, these above an n-gram model, \
and that above random notes. By mean p_real, over genres and timings that are not spread alike,"""

_STEPS = """\
The chance that a clip of the better scores above one of the worse of the same genre and timing, \
mean over these; a step holds where the whole interval lies above .5."""

_HOW = """\
Clips are ten seconds, without a piece's last. Scores and sequenced files all go at 120 quarters a \
minute, their timing as written; MAESTRO's is live. An n-gram model (of a note's interval, time \
step and length, given those of the two before) is learned from the training part of each of \
people's corpora that is named, and has its timing and tempo. Random notes are as many as there, \
of uniform pitch and onset and up to a second long, live or on sixteenths; a network trained with \
the recipe's `degenerate` above 0 has met the like of them. Not alike: how many notes the others \
have."""


_PARTS = """\
MAESTRO by its official parts, OpenScore by the split of works; kept are validation and test \
together. Songs of one cycle may stand on both sides. A part of few pieces has no interval worth \
the name."""


def order_section(record: dict[str, Any]) -> str:
    """Say how people's, machines' and chance's music rank."""
    order = record["order"]
    header = ["", "mean p_real", "clips", "pieces", "notes a clip, median"]
    head = ["", "AUROC", ""]
    rows = [
        _row(record, "sources", name, f"{name} ({source['rung']})")
        for name, source in order["sources"].items()
    ]
    return "\n\n".join(
        [
            "## Who ranks where",
            f"{_EXPECTED} it ranks: {', '.join(order['ranking'])}.",
            grid(header, [_row(record, "rungs", name, name) for name in order["rungs"]]),
            _STEPS,
            grid(head, [_step(record, "steps", name) for name in order["steps"]]),
            "One by one:",
            grid(head, [_step(record, "pairs", name) for name in order["pairs"]]),
            grid(header, rows),
            _HOW,
        ]
    )


def _row(record: dict[str, Any], group: str, name: str, said: str) -> list[str]:
    row = record["order"][group][name]
    return [
        said,
        figure(record, "order", group, name, "p_real"),
        str(row["n_clips"]),
        str(row["n_pieces"]),
        f"{row['notes']:.0f}",
    ]


def _step(record: dict[str, Any], group: str, name: str) -> list[str]:
    path = ("order", group, name, "auroc")
    interval = at(record["intervals"], path)
    if record["order"][group][name]["holds"]:
        said = "holds"
    elif None not in interval and interval[1] < 0.5:
        said = "the other way round"
    else:
        said = "open"
    timing = "" if record["order"][group][name].get("same_timing", True) else ", timing differs"
    return [name, figure(record, *path), said + timing]


def style_section(record: dict[str, Any]) -> str:
    """Say how often late composers are taken for damaged."""
    rows = [
        [
            composer,
            part,
            "yes" if row["trained"] else "no",
            percent(record, "by_style", composer, part, "false_alarm"),
            percent(record, "by_style", composer, part, "pieces"),
            str(row["n_clips"]),
            str(row["n_pieces"]),
        ]
        for composer, parts in record["by_style"].items()
        for part, row in parts.items()
    ]
    header = ["", "", "trained on", "clips refused, %", "pieces refused, %", "clips", "pieces"]
    lines = [
        "## False alarms on late and atonal music",
        _PARTS,
        grid(header, rows),
    ]
    trained = {
        composer: [row["trained"] for row in parts.values()]
        for composer, parts in record["by_style"].items()
    }
    for said, names in (
        ("All that is here was trained on", [c for c, of in trained.items() if of and all(of)]),
        ("Nothing is here", [c for c, of in trained.items() if not of]),
    ):
        if names:
            lines.append(f"{said}: {', '.join(names)}.")
    return "\n\n".join(lines)
