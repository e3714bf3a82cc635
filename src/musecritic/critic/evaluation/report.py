"""A protocol's report: JSON, a readable page and pictures, written together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from musecritic.corpora.corpus import Corpus
from musecritic.critic.evaluation.outcome import BlindTest
from musecritic.critic.evaluation.page import page
from musecritic.critic.inference import Critic
from musecritic.files import replacing
from musecritic.show.blind_test import Panel, plot_blind_tests
from musecritic.show.composers import plot_composers
from musecritic.show.reliability import plot_reliability
from musecritic.show.severity_plot import plot_severity


def header(
    protocol: str, critic: Critic, corpus: Corpus, seed: int, command: str
) -> dict[str, Any]:
    """Return what every record begins with: what was measured, on what, when, and how again."""
    return {
        "protocol": protocol,
        "command": command,
        "model": critic.card.model(),
        "weights_sha256": critic.card.sha256,
        "seed": seed,
        "corpus": corpus.name,
        "data_fingerprint": corpus.fingerprint,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
    }


def write_report(record: dict[str, Any], blind_tests: Sequence[BlindTest], out: Path) -> None:
    """Write ``out/PROTOCOL.json``, the pictures the record has figures for, and ``PROTOCOL.md``."""
    name = record["protocol"]
    pictures: list[str] = []

    def picture(what: str) -> Path:
        pictures.append(f"{name}-{what}.png")
        return out / pictures[-1]

    if "reliability" in record:
        plot_reliability(record["reliability"], record["ece"], picture("reliability"))
    if "by_severity" in record:
        plot_severity(record, picture("severity"))
    if "by_composer" in record:
        plot_composers(
            record["by_composer"],
            record["intervals"]["by_composer"],
            record["threshold"],
            picture("composers"),
        )
    for truth in dict.fromkeys(test.truth for test in blind_tests):
        plot_blind_tests(
            [_panel(test) for test in blind_tests if test.truth == truth],
            picture(f"blind-{truth}"),
        )
    with replacing(out / f"{name}.json") as temporary:
        temporary.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    with replacing(out / f"{name}.md") as temporary:
        temporary.write_text(page(record, pictures), "utf-8")


def _panel(test: BlindTest) -> Panel:
    verdict = "real" if test.p_real >= test.threshold else "damaged"
    truth = "real" if test.truth == "real" else f"damaged by {test.truth}"
    return Panel(
        title=f"{'Hit' if test.is_hit else 'Miss'}: said {verdict}, is {truth}",
        subtitle=f"{test.song.replace(' | ', ': ')}\n"
        f"p_real {test.p_real:.3f}, threshold {test.threshold:.3f}",
        right=test.is_hit,
        roll=test.roll,
        changed=(test.roll != 0) & (test.before == 0)
        if test.truth in ("off-key", "noise")
        else None,
        attention=test.attention,
        damaged=test.frames,
    )
