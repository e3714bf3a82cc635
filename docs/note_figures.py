"""The network over notes: its model card, and its part of README.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from between import write_between

from musecritic.measure.markdown import figure, grid, percent

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "docs/results/notes"
BEFORE = ROOT / "docs/results/notes-maestro-alone"  # earlier weights, that knew MAESTRO alone
WEIGHTS = ROOT / "src/musecritic/weights/critic"
BEGIN, END = (
    "<!-- the network over notes: written by `python docs/write_figures.py` -->",
    "<!-- end of the network over notes -->",
)

CARD = """\
# Model card: notes

A transformer over the notes of ten seconds, to the millisecond; see
[the guide](../../../../docs/guide.md#the-network-over-notes). Says how probable it is that a clip
is real music, how much of it is damaged and in which way, and of every note how probably it is
wrong and what would mend it. Version {version}, sha256
`{sha256}`.

## Data and training

MAESTRO v3.0.0, official training part (fingerprint `{fingerprint}`), and after it the training
works of MusicNet, Bach's chorales, OpenScore's songs and quartets and POP909, split by work (seed
{seed}); no song of MAESTRO's official test part was ever seen, in any corpus. Recipe: {recipe};
{epochs} epochs, {steps:,} steps{initial}. The part that hears seams began with the joins of `crnn`,
whose training songs are the same. These are the options of the run's end;
[the training](../../../../docs/results/training/README.md) tells what changed on the way. The
temperature, {temperature:.3f}, the threshold, {threshold:.3f}, the verdict's offset, and how
suspicious clean notes and clips look were fitted on MAESTRO's validation part; the kinds' biases
and the distance from which music is far, on the validation works of all corpora; how severity is
read off, and what is known music, on the training works.

## Figures

{table}

Measured on {date} by `{seed_command}` and `{full_command}`{quick}. All figures, with curves and
pictures, are in [docs/results/notes](../../../../docs/results/notes/full.md).

## Limits

- **Style.** {styles}
  Of late and atonal music it takes far more for damaged: {late}.
- **A wrong note** is one that those composers would hardly have written there. Composers who
  wrote otherwise are suspected for it, and a mistake that sounds well is not found.
- **Ten seconds.** A reprise or a theme that stands elsewhere in the piece is not known to it.
- **Velocity, pedal and form** are not heard.
- **Repair** is a proposal. It knows what is usual, not what was meant.

## Licence

CC BY-NC-SA 4.0, as MAESTRO's, the strictest of these corpora's; see
[LICENSE-WEIGHTS.md](../LICENSE-WEIGHTS.md).
"""


def table(seed: dict[str, Any], full: dict[str, Any], before: dict[str, Any]) -> str:
    """Return the main figures as Markdown."""
    rows = [
        ["the seed's protocol, on rolls: total, %", percent(seed, "total")],
        ["real clips that pass, %", percent(seed, "real")],
        *(
            [
                f"{kind} refused, %; AUROC",
                "; ".join(
                    [
                        percent(seed, "kinds", kind, "accuracy"),
                        figure(seed, "kinds", kind, "auroc"),
                    ]
                ),
            ]
            for kind in seed["kinds"]
        ),
        *(
            [
                f"wrong notes found, {kind}: AUROC; average precision",
                f"{figure(full, 'notes', kind, 'auroc')}; {figure(full, 'notes', kind, 'ap')}",
            ]
            for kind in ("off-key", "noise")
        ),
        ["one note off key in ten seconds: clips' AUROC", figure(full, "single", "clip_auroc")],
        ["… among the first three suspects, %", percent(full, "single", "top3")],
        [
            "severity said against the true one, all kinds: Spearman",
            figure(full, "severity_spearman"),
        ],
        ["… over the seed's three kinds", figure(full, "severity_of_seed_kinds")],
        [
            "p_wrong beside occlusion, notes off key: rank correlation",
            figure(full, "blame", "kinds", "off-key", "agreement", "spearman"),
        ],
        [
            "repair of 1 to 7 wrong notes: helpfulness, ½ for none",
            figure(full, "repair", "helpfulness"),
        ],
        ["clean pieces that repair leaves alone, %", percent(full, "repair", "clean_untouched")],
        *(
            [f"MDTK's tasks, {task}: {key.replace('_', ' ')}", figure(full, "mdtk", task, key)]
            for task, key in (
                ("detect", "reverse_f1"),
                ("classify", "accuracy"),
                ("locate", "f1"),
                ("correct", "helpfulness"),
            )
        ),
        *(
            [
                f"clips of {name} taken for damaged, %; earlier weights, that knew MAESTRO alone",
                "; ".join(percent(of, "by_corpus", name, "false_alarm") for of in (full, before)),
            ]
            for name in full["by_corpus"]
        ),
        *(
            [f"{step}: AUROC of clips", figure(full, "order", "steps", step, "auroc")]
            for step in full["order"]["steps"]
        ),
    ]
    return grid(["", "[95 % interval]"], rows)


def write(begun_with: Any) -> None:
    """Write the card and README's part, where the network was measured."""
    if not (RESULTS / "full.json").is_file():
        return
    seed = json.loads((RESULTS / "seed.json").read_text("utf-8"))
    full = json.loads((RESULTS / "full.json").read_text("utf-8"))
    card = json.loads((WEIGHTS / "notes.json").read_text("utf-8"))
    for measured in (seed, full):
        if card["sha256"] != measured["weights_sha256"]:
            message = f"measured on other weights. Run again: {measured['command']}"
            raise SystemExit(message)
    training = card["training"]
    before = json.loads((BEFORE / "full.json").read_text("utf-8"))
    figures = table(seed, full, before)
    quick = f", on {full['n_clips']:,} clips taken evenly" if full.get("limit") else ""
    alarms = [
        f"{100 * row['false_alarm']:.0f} % of the clips of {name}"
        for name, row in full["by_corpus"].items()
    ]
    (WEIGHTS / "notes.md").write_text(
        CARD.format(
            **{key: card[key] for key in ("version", "sha256", "temperature", "threshold")},
            fingerprint=training["data_fingerprint"],
            seed=training["seed"],
            late=", ".join(
                f"{composer} {percent(full, 'by_style', composer, part, 'false_alarm')} % ({part})"
                for composer, parts in full["by_style"].items()
                for part in parts
            ),
            recipe=", ".join(f"{key} {value}" for key, value in training["recipe"].items()),
            epochs=training["epochs"],
            steps=training["steps"],
            initial=begun_with(training.get("initial")),
            table=figures,
            date=full["date"],
            seed_command=seed["command"],
            full_command=full["command"],
            quick=quick,
            styles="It takes for damaged " + ", ".join(alarms) + ".",
        ),
        "utf-8",
    )
    write_between(
        ROOT / "README.md",
        BEGIN,
        END,
        f"On MAESTRO's test songs{quick} but for the seed's protocol (weights "
        f"`{card['sha256'][:12]}`, {full['date']}; [all figures](docs/results/notes/full.md)):\n\n"
        f"{figures}",
    )
