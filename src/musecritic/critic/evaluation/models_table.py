"""Networks beside each other, as a table in Markdown."""

from __future__ import annotations

from typing import Any

from musecritic.measure.markdown import figure, grid, percent


def models_table(record: dict[str, Any]) -> str:
    """Return the table of an ablation's record, a network a column."""
    names = list(record["models"])
    kinds = list(record["models"][names[0]]["kinds"])

    def own(row: Any, *keys: str) -> list[str]:
        return [row(record, "models", name, *keys) for name in names]

    rows = [
        ["total, %", *own(percent, "total")],
        [f"total less {names[0]}'s, %", *own(percent, "total_minus_first")],
        ["real, %", *own(percent, "real")],
        *([f"{kind}, %", *own(percent, "kinds", kind, "accuracy")] for kind in kinds),
        *([f"{kind}, AUROC", *own(figure, "kinds", kind, "auroc")] for kind in kinds),
        *([f"{k}, notes matched, %", *own(percent, "matched", k, "accuracy")] for k in kinds),
        *([f"{kind}, attention", *own(figure, "attention", kind, "mass_ratio")] for kind in kinds),
        ["logit and note count", *own(figure, "correlation", "note count", "spearman")],
        ["logit and density", *own(figure, "correlation", "density", "spearman")],
        ["ECE", *own(figure, "ece")],
    ]
    sha = [f"`{record['models'][name]['model']['sha256'][:12] or '-'}`" for name in names]
    return (
        grid(["", *names], [*rows, ["sha256", *sha]])
        + "\n\nCorrelations are Spearman's, over real clips. 'Notes matched': real clips and "
        "negatives weighed so that the number of notes is spread alike in both. 'Attention': the "
        "share of it on damaged frames over their share of time."
    )
