"""The part of a report on which notes are to blame."""

from __future__ import annotations

from typing import Any

from musecritic.measure.markdown import figure, grid, percent

_SAID = {
    "occlusion": "occlusion",
    "p_wrong": "`p_wrong`",
    "gradient": "gradient × input",
    "attention": "attention",
}


def blame_section(record: dict[str, Any]) -> str:
    """Say how well each way of blaming finds the touched notes, and whether two agree."""
    kinds = record["blame"]["kinds"]
    rows = [
        [
            f"{kind}, {_SAID[method]}",
            figure(record, "blame", "kinds", kind, method, "auroc"),
            figure(record, "blame", "kinds", kind, method, "ap"),
            str(of_kind[method]["n"]),
        ]
        for kind, of_kind in kinds.items()
        for method in _SAID
        if method in of_kind
    ]
    agreed = [
        [
            kind,
            figure(record, "blame", "kinds", kind, "agreement", "spearman"),
            percent(record, "blame", "kinds", kind, "agreement", "top3"),
        ]
        for kind, of_kind in kinds.items()
        if "agreement" in of_kind
    ]
    parts = [
        (
            "## Blame\n\nThe touched notes among all notes of damaged clips, as many as the kind "
            f"draws, {record['blame']['n_clips']} clips. Occlusion is the larger gain of the "
            "verdict where the note is left out or moved by a semitone."
        ),
        grid(["found by", "AUROC", "average precision", "notes touched"], rows),
    ]
    if agreed:
        parts += [
            "How occlusion agrees with `p_wrong`, mean over clips.",
            grid(["", "Spearman", "first three suspects in common, %"], agreed),
        ]
    return "\n\n".join(parts)
