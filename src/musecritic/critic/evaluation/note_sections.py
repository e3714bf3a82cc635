"""The parts of a report that a network over notes adds to it."""

from __future__ import annotations

from typing import Any

from musecritic.measure.markdown import figure, grid, percent


def notes_section(record: dict[str, Any]) -> str:
    """Say how well wrong notes are found, by kind of damage."""
    rows = [
        [
            kind,
            figure(record, "notes", kind, "auroc"),
            figure(record, "notes", kind, "ap"),
            str(row["n"]),
        ]
        for kind, row in record["notes"].items()
    ]
    return (
        "## Wrong notes\n\nOf damaged clips, the notes that were touched, found by `p_wrong` among "
        "all of their notes; as many as the kind draws, 3 to 7 notes off key, 5 to 15 added.\n\n"
        + grid(["", "AUROC", "average precision", "notes touched"], rows)
    )


def places_section(record: dict[str, Any]) -> str:
    """Say how well cuts and missing notes are found, by kind of damage."""
    rows = [
        [
            kind,
            figure(record, "places", kind, "auroc"),
            figure(record, "places", kind, "ap"),
            str(row["n"]),
            f"{row['clean_per_minute']:.2f}",
        ]
        for kind, row in record["places"].items()
    ]
    return (
        "## Cuts, and what is missing\n\nOf damaged clips, the notes right after a cut, found by "
        "its probability, and after `removed` those beside a note left out.\n\n"
        + grid(
            ["", "AUROC", "average precision", "notes beside", "named a minute of clean music"],
            rows,
        )
    )


def single_section(record: dict[str, Any]) -> str:
    """Say how well one wrong note alone is noticed and found."""
    rows = [
        [what, figure(record, *path, "clip_auroc"), percent(record, *path, "top3")]
        for what, path in (("moved off key", ("single",)), ("added", ("single", "noise")))
    ]
    return "## One wrong note in ten seconds\n\n" + grid(
        ["", "clips' AUROC", "among the first three suspects, %"], rows
    )


def severity_section(record: dict[str, Any]) -> str:
    """Say how well the severity that is said rises with the true one, and what kind is named."""
    rows = [
        [
            kind,
            figure(record, "severity_by_kind", kind),
            percent(record, "named", kind),
        ]
        for kind in record["severity_by_kind"]
    ]
    return (
        "## How much, and which kind\n\nRank correlation (Spearman) of the severity said with the "
        f"true one, over all kinds and undamaged clips: {figure(record, 'severity_spearman')}; "
        f"over the seed's three kinds {figure(record, 'severity_of_seed_kinds')}. By kind, "
        "beside undamaged clips; and how often the kind is the first that is named.\n\n"
        + grid(["", "Spearman", "named first, %"], rows)
    )


def repair_section(record: dict[str, Any]) -> str:
    """Say whether repairs help."""
    kinds = [
        [kind, figure(record, "repair", "by_kind", kind)] for kind in record["repair"]["by_kind"]
    ]
    rows = [
        ["helpfulness", figure(record, "repair", "helpfulness")],
        *kinds,
        ["edits of a damaged clip, mean", f"{record['repair']['edits']:.2f}"],
        ["clean pieces left alone, %", percent(record, "repair", "clean_untouched")],
        ["clean clips left alone, %", percent(record, "repair", "clean_clips_untouched")],
    ]
    return (
        f"## Repair\n\n{record['repair']['n_clips']} clips with one to seven notes off key or "
        "added; left as they are they score 0.5, wholly mended 1. "
        f"{record['repair']['n_pieces']} whole clean performances.\n\n" + grid(["", ""], rows)
    )


def mdtk_section(record: dict[str, Any]) -> str:
    """Give the figures of MDTK's four tasks."""
    tasks = {
        "detect": "reverse_f1",
        "classify": "accuracy",
        "locate": "f1",
        "correct": "helpfulness",
    }
    rows = [
        [
            f"{task}: {key.replace('_', ' ')}",
            figure(record, "mdtk", task, key),
            figure(record, "mdtk", task, "baseline"),
        ]
        for task, key in tasks.items()
    ]
    of_class = [
        [
            name,
            percent(record, "mdtk", "classify", "by_class", name),
            figure(record, "mdtk", "locate", "by_class", name),
            figure(record, "mdtk", "correct", "by_class", name),
        ]
        for name in record["mdtk"]["classes"]
    ]
    return (
        "## MDTK's four tasks\n\nThe definitions of the MIDI Degradation Toolkit on "
        f"{record['mdtk']['n']} excerpts of five seconds from the test songs, one in nine clean, "
        "the others with one fault: not its own data, so not to be set beside figures on that. The "
        "baseline knows only how often things are.\n\n"
        + grid(["", "", "baseline"], rows)
        + "\n\n"
        + grid(["", "classified, %", "located, F1", "helpfulness"], of_class)
    )


NOTE_SECTIONS = {
    "notes": notes_section,
    "places": places_section,
    "single": single_section,
    "severity_by_kind": severity_section,
    "repair": repair_section,
    "mdtk": mdtk_section,
}
