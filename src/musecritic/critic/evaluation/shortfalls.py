"""What a record shows the critic to be bad at, said in sentences."""

from __future__ import annotations

from typing import Any

_BIASED = 0.3  # a rank correlation with density above this is a habit of counting
_FLIPS = 0.1  # share of verdicts that a harmless change may turn over
_CALIBRATION = 0.05


def shortfalls(record: dict[str, Any]) -> list[str]:
    """Return one sentence for every figure that falls short; none where all is well."""
    return [
        *_below_the_seed(record, record, "at the protocol's damage"),
        *_below_the_seed(record, record.get("stated_severity"), "at the stated severity"),
        *_attention(record),
        *_probe(record),
        *_degenerate(record),
        *_invariance(record),
        *_calibration(record),
        *_false_alarms(record),
        *_order(record),
    ]


def _below_the_seed(record: dict[str, Any], table: dict[str, Any] | None, where: str) -> list[str]:
    reported = record.get("seed_reports")
    if not reported or not table:
        return []
    pairs = [
        ("total", table["total"], reported["total"]),
        ("real", table["real"], reported["real"]),
    ]
    pairs += [
        (kind, row["accuracy"], reported["kinds"][kind])
        for kind, row in table["kinds"].items()
        if kind in reported["kinds"]
    ]
    return [
        f"{name}, {where}: {100 * own:.1f} % against the seed's {100 * theirs:.1f} %."
        for name, own, theirs in pairs
        if own < theirs
    ]


def _attention(record: dict[str, Any]) -> list[str]:
    return [
        f"Attention on the damage of {kind} is not above chance: "
        f"ratio {row['mass_ratio']:.2f}, interval from {low:.2f}."
        for kind, row in record.get("attention", {}).items()
        if (low := record["intervals"]["attention"][kind]["mass_ratio"][0]) is not None and low <= 1
    ]


def _probe(record: dict[str, Any]) -> list[str]:
    correlation = record.get("probe", {}).get("correlation", {})
    return [
        f"Real clips' logits rise or fall with {name}: Spearman {row['spearman']:+.2f}."
        for name, row in correlation.items()
        if row["spearman"] is not None and abs(row["spearman"]) > _BIASED
    ]


def _degenerate(record: dict[str, Any]) -> list[str]:
    families = record.get("degenerate", {}).get("families", {})
    lines = []
    for name, row in families.items():
        if row["beats"]:
            lines.append(f"{name}: {100 * row['beats']:.0f} % beat the median real clip.")
        elif row["passed"]:
            lines.append(f"{name}: {100 * row['passed']:.0f} % pass as real.")
    return lines


def _invariance(record: dict[str, Any]) -> list[str]:
    return [
        f"{group} {label} turns over {100 * row['flips']:.0f} % of real clips' verdicts."
        for group, changes in record.get("invariance", {}).items()
        for label, row in changes.items()
        if row["flips"] > _FLIPS
    ]


def _calibration(record: dict[str, Any]) -> list[str]:
    ece, plain = record.get("ece"), record.get("ece_uncalibrated")
    said = []
    if ece is not None and ece > _CALIBRATION:
        said.append(f"The probabilities are off by {ece:.3f} on the mean (ECE).")
    if ece is not None and plain is not None and plain < ece:
        said.append(
            f"The temperature that validation clips ask for does not help here: ECE {ece:.3f} with "
            f"it, {plain:.3f} without."
        )
    return said


def _false_alarms(record: dict[str, Any]) -> list[str]:
    own = 1 - record["real"]
    return [
        f"{name}: {100 * row['false_alarm']:.0f} % of real clips are taken for damaged, "
        f"against {100 * own:.0f} % of the corpus it was trained on."
        for name, row in record.get("by_corpus", {}).items()
        if row["false_alarm"] > own + _FLIPS
    ]


def _order(record: dict[str, Any]) -> list[str]:
    return [
        f"{step.replace(' > ', ' above ')} is not shown: "
        f"AUROC {row['auroc']:.2f}, interval from {low:.2f}."
        for step, row in record.get("order", {}).get("steps", {}).items()
        for low in [record["intervals"]["order"]["steps"][step]["auroc"][0]]
        if low is not None and not row["holds"]
    ]
