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


_GRADES = {"kinds": "", "single": "one note "}


def blame_section(record: dict[str, Any]) -> str:
    """Say how well each way of blaming finds the touched notes, and whether two agree."""
    found, agreed = [], []
    for key, what in _GRADES.items():
        for kind, said in record["blame"][key].items():
            path = ("blame", key, kind)
            found += [
                [
                    f"{what}{kind}, {name}",
                    figure(record, *path, method, "auroc"),
                    figure(record, *path, method, "ap"),
                    str(said[method]["n"]),
                ]
                for method, name in _SAID.items()
                if method in said
            ]
            if "agreement" in said:
                agreed.append(
                    [
                        f"{what}{kind}",
                        figure(record, *path, "agreement", "spearman"),
                        percent(record, *path, "agreement", "top3"),
                    ]
                )
    parts = [
        (
            "## Blame\n\nThe touched notes among all notes of damaged clips, as many as the kind "
            f"draws, and one alone, {record['blame']['n_clips']} clips. Occlusion is the larger "
            "gain of the verdict where the note is left out or moved by a semitone. Among several "
            "wrong notes it gains little by mending one."
        ),
        grid(["found by", "AUROC", "average precision", "notes touched"], found),
    ]
    if agreed:
        parts += [
            "How occlusion agrees with `p_wrong`, mean over clips.",
            grid(["", "Spearman", "first three suspects in common, %"], agreed),
        ]
    return "\n\n".join(parts)
