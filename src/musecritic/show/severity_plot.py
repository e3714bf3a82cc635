"""How well damage is caught, by how heavy it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from musecritic.files import replacing

COLOURS = {"shuffle": "#8250df", "off-key": "#cf222e", "noise": "#bf8700"}
_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)


def plot_severity(record: dict[str, Any], path: Path) -> None:
    """Draw accuracy and AUROC of every kind against the share of notes touched.

    A fixed number of notes is a large share of a sparse clip, so the share is the clips' median.

    Bands are 95 % intervals; stars are the protocol's own damage; dotted lines the seed's
    reported accuracies, where the record has them.

    Parameters
    ----------
    record
        A protocol's record with "by_severity", "kinds", "intervals" and perhaps "seed_reports".
    """
    figure = Figure(figsize=(12, 5), layout="constrained")
    accuracy, auroc = figure.subplots(1, 2)
    for axes, key in ((accuracy, "accuracy"), (auroc, "auroc")):
        for kind in record["by_severity"]:
            _curve(axes, record, kind, key)
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(FixedLocator(_TICKS))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g}"))
        axes.set_xlabel("median share of the clip's notes touched, %")
        axes.grid(alpha=0.3)
    reported = record.get("seed_reports", {}).get("kinds", {})
    for kind, share in reported.items():
        accuracy.axhline(share, color=COLOURS[kind], linewidth=1, linestyle=":")
        accuracy.annotate(
            f"seed {100 * share:.1f}", (1, share), xycoords=("axes fraction", "data"),
            xytext=(-4, 2), textcoords="offset points", ha="right", fontsize=8,
            color=COLOURS[kind],
        )  # fmt: skip
    accuracy.axhline(1 - record["real"], color="#888888", linewidth=1, linestyle="--")
    accuracy.annotate(
        "real clips refused", (1, 1 - record["real"]), xycoords=("axes fraction", "data"),
        xytext=(-4, 3), textcoords="offset points", ha="right", fontsize=8, color="#666666",
    )  # fmt: skip
    accuracy.set_ylim(-0.02, 1.05)
    accuracy.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g}"))
    accuracy.set_ylabel("damaged clips caught, %")
    accuracy.set_title("Accuracy at the one threshold", loc="left")
    auroc.axhline(0.5, color="#888888", linewidth=1, linestyle="--")
    auroc.set_ylim(min(0.48, auroc.get_ylim()[0]), 1.02)
    auroc.set_ylabel("AUROC against real clips")
    auroc.set_title("AUROC", loc="left")
    auroc.plot([], [], "*", color="#444444", markersize=11, label="the protocol's damage")
    auroc.legend(loc="lower right", framealpha=0.9, edgecolor="none")
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=110)


def _curve(axes: Axes, record: dict[str, Any], kind: str, key: str) -> None:
    grades = record["by_severity"][kind]
    bands = record["intervals"]["by_severity"][kind]
    order = sorted(grades, key=lambda label: grades[label]["severity_median"])
    x = [grades[label]["severity_median"] for label in order]
    colour = COLOURS.get(kind)
    axes.plot(x, [grades[label][key] for label in order], "o-", ms=4, color=colour, label=kind)
    low, high = zip(*(bands[label][key] for label in order), strict=True)
    axes.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)
    own = record["kinds"][kind]
    axes.plot(
        own["severity_median"],
        own[key],
        "*",
        color=colour,
        markersize=15,
        markeredgecolor="white",
        zorder=4,
    )
