"""Write the figures of docs/results into README.md and the model cards.

    python docs/write_figures.py

All are made from the records that `musecritic evaluate` wrote and from the weights' card, so
that no figure is typed by hand.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import brain_figures
import listener_figures
import note_figures
from between import write_between

ROOT = Path(__file__).parent.parent
SEED = ROOT / "docs/results/seed/seed.json"
FULL = ROOT / "docs/results/full/full.json"
WEIGHTS = ROOT / "src/musecritic/weights/critic"
BEGIN, END = (
    "<!-- results: written by `python docs/write_figures.py` -->",
    "<!-- end of results -->",
)

CARD = """\
# Model card: {name}

ResNet-CRNN-Attention over an 88 × 100 piano roll (ten seconds at 10 Hz){notes}; see
[the guide](../../../../docs/guide.md#the-network). Says how probable it is that a clip is real
music rather than a shuffled, off-key or noisy copy. Version {version}, sha256
`{sha256}`.

## Data and training

MAESTRO v3.0.0, official training part (fingerprint `{fingerprint}`); no song of the official test
part was ever seen. Recipe: {recipe}; {epochs} epochs, {steps:,} steps{initial}; see
[docs/results/training](../../../../docs/results/training). The temperature, {temperature:.3f},
and the threshold, {threshold:.3f}, were fitted on validation clips.

## Figures

{table}

Measured on {date} by `{command}`. All figures, with curves and pictures, are in
[docs/results/seed](../../../../docs/results/seed/seed.md).

## Limits

- **Style.** It knows live performances of classical piano music. Jazz, atonal music, scores
  without a performer's timing, and other instruments may be scored low for being unlike that: of
  music that people wrote, it takes for damaged {alarms}, against {own} of
  MAESTRO's test songs ([the full protocol](../../../../docs/results/full/full.md)).
- **A low score** means that the music is unlike what the critic learned from. It does not mean
  that the music is bad, and it says nothing about who or what made it.
- **A high score** means that nothing of the three kinds was noticed. It is no praise: the critic
  cannot tell a masterwork from a dull piece, and it misses most single wrong notes.
- **Ten seconds at 10 Hz.** Form beyond ten seconds, dynamics, pedalling and timing finer than a
  tenth of a second are not seen.
- **As a reward** it can be fooled, see `docs/results/compose.md`; what is no music at all, and how
  much of it passes, stands in the results.

## Licence

CC BY-NC-SA 4.0, as MAESTRO's; see [LICENSE-WEIGHTS.md](../LICENSE-WEIGHTS.md).
"""


def table(record: dict[str, Any]) -> str:
    """Return the seed's table with intervals, as Markdown."""
    intervals = record["intervals"]

    def row(name: str, figures: dict[str, Any], spans: Any, reported: float) -> str:
        accuracy = figures["accuracy"]
        low, high = spans["accuracy"] if isinstance(spans, dict) else spans
        auroc = f"{figures['auroc']:.3f}" if "auroc" in figures else ""
        return (
            f"| {name} | {100 * accuracy:.1f} [{100 * low:.1f}, {100 * high:.1f}] | {auroc} "
            f"| {100 * reported:.1f} |"
        )

    reports = record["seed_reports"]
    lines = [
        "| clips | accuracy, % [95 % interval] | AUROC | the seed reports, % |",
        "| --- | ---: | ---: | ---: |",
        row("total", {"accuracy": record["total"]}, intervals["total"], reports["total"]),
        row("real", {"accuracy": record["real"]}, intervals["real"], reports["real"]),
    ]
    lines += [
        row(kind, figures, intervals["kinds"][kind], reports["kinds"][kind])
        for kind, figures in record["kinds"].items()
    ]
    return "\n".join(lines)


#: What `evaluate --other` calls a corpus, and what people do.
NAMES = {
    "pop909": "POP909",
    "musicnet": "MusicNet",
    "bach-chorales": "Bach's chorales",
    "openscore": "OpenScore",
}


def false_alarms(record: dict[str, Any]) -> tuple[str, str]:
    """Say how many real clips of other corpora are taken for damaged, and of the own one."""
    others = [
        f"{100 * figures['false_alarm']:.0f} % of the clips of {NAMES[name]}"
        for name, figures in record["by_corpus"].items()
    ]
    return f"{', '.join(others[:-1])} and {others[-1]}", f"{100 * (1 - record['real']):.0f} %"


def begun_with(initial: dict[str, Any] | None) -> str:
    """Say what training went before, if any."""
    if initial is None:
        return ""
    training = initial["training"]
    return (
        f", begun with the weights `{initial['sha256'][:12]}`, trained for "
        f"{training['epochs']} epochs, {training['steps']:,} steps"
        f"{begun_with(training.get('initial'))}"
    )


def main() -> None:
    record = json.loads(SEED.read_text("utf-8"))
    card = json.loads((WEIGHTS / f"{record['model']['name']}.json").read_text("utf-8"))
    full = json.loads(FULL.read_text("utf-8"))
    for path, measured in ((SEED, record), (FULL, full)):
        if card["sha256"] != measured["weights_sha256"]:
            message = f"{path} was measured on other weights. Run again: {measured['command']}"
            raise SystemExit(message)
    alarms, own = false_alarms(full)
    training = card["training"]
    (WEIGHTS / f"{card['name']}.md").write_text(
        CARD.format(
            **{key: card[key] for key in ("name", "version", "sha256", "temperature", "threshold")},
            notes=", with every note's attention to every other"
            if card["config"]["attend"]
            else "",
            fingerprint=training["data_fingerprint"],
            recipe=", ".join(f"{key} {value}" for key, value in training["recipe"].items()),
            epochs=training["epochs"],
            steps=training["steps"],
            initial=begun_with(training.get("initial")),
            table=table(record),
            alarms=alarms,
            own=own,
            date=record["date"],
            command=record["command"],
        ),
        "utf-8",
    )
    figures = (
        f"On {record['n_clips']} clips of {record['n_songs']} songs of MAESTRO's test part and one "
        f"negative of each kind for every clip, by the "
        f"[seed's protocol](docs/results/seed/seed.md) "
        f"(weights `{record['weights_sha256'][:12]}`, {record['date']}):\n\n{table(record)}\n\n"
        f"On music unlike what it learned from it raises many false alarms: it takes for damaged "
        f"{alarms}, against {own} of MAESTRO's test songs "
        f"([the full protocol](docs/results/full/full.md))."
    )
    write_between(ROOT / "README.md", BEGIN, END, figures)
    note_figures.write(begun_with)
    brain_figures.write()
    listener_figures.write()


if __name__ == "__main__":
    main()
