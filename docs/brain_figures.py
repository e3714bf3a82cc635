"""MusicBrain's figures in README.md and its model card; `write_figures.py` runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from musecritic.measure.markdown import at, figure, grid, percent

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "docs/results/brain"
GIVEAWAYS = ROOT / "docs/results/brain-data/data.json"
WEIGHTS = ROOT / "src/musecritic/weights/brain"
NAME = "figures"
BEGIN, END = (
    "<!-- MusicBrain's results: written by `python docs/write_figures.py` -->",
    "<!-- end of MusicBrain's results -->",
)

CARD = """\
# Model card: {name}

MusicBrain's network that reads scores: a softmax for each head over a passage's figures (chords,
progressions, voice leading, melodic turns, rhythms, returns); see
[the guide](../../../../docs/guide.md#musicbrain). Says how probable it is that a machine composed
the notes, in whose manner they are, of what time and genre. Version {version}, sha256 `{sha256}`.

## Data and training

MusicNet, Bach's chorales, OpenScore's songs and quartets; by machines NotaGen's pieces and
KS_Chorus' chorales (fingerprint `{fingerprint}`). Four in five works, the validation part chose
temperature ({temperature:.3f}) and thresholds (human below {human_below:.3f}, AI above
{ai_above:.3f}). Fitted by `musecritic train brain --root DIR --network figures --out DIR`; penalty
{penalty:g}, at most {steps} steps of L-BFGS. The index of sources beside it holds the {n_sources:,}
human works of the training part.

## Figures

{table}

Every work was judged by one of three networks that had not seen it
([all figures](../../../../docs/results/brain/held-out.md)). The shipped network itself, on works
kept apart from it, is in [heads.md](../../../../docs/results/brain/heads.md).

## Limits

- **Machines it has not met.** Trained without one of the two, it does no better than chance on that
  one: {unseen}. It knows NotaGen and KS_Chorus; it has **not** heard of Suno, Udio, MuseNet or any
  other, and "human" never means that no machine could have written it.
- **Genres.** Chorales are the hardest: at the shipped thresholds {chorale_fpr} % of Bach's are
  called a machine's when they were not learned from. Where no human music of a genre was seen at
  all, far more: {unseen_corpus} % of Bach's chorales were, by a network trained without them. An
  accusation needs more evidence than this.
- **Notes alone.** It reads 24 quarters at a time, on a grid, without dynamics or instruments.
- **Composers** are the fifteen with most works in these corpora; "none of them" is an answer.

## Licence

CC BY-NC-SA 4.0, as all weights here; see [LICENSE-WEIGHTS.md](../LICENSE-WEIGHTS.md).
"""


def table(held_out: dict[str, Any], giveaways: dict[str, Any]) -> str:
    """Return the main figures with their intervals, as Markdown."""
    rows = []
    for name in held_out["folds"]["by_genre"]:
        plain = giveaways["giveaways"][name]["one_form"]
        genre, machine = name.split(", ")
        rows.append(
            [
                f"AI or human, {genre}s: people's beside {machine}'s (AUROC)",
                figure(held_out, "folds", "by_genre", name, "auroc"),
                f"{plain['auroc'][plain['best']]:.3f}",
            ]
        )
    path = ("folds",)
    rows += [
        ["AI or human, all works (AUROC)", figure(held_out, *path, "auroc"), ""],
        ["people's called a machine's, %", percent(held_out, *path, "fpr"), ""],
        ["machines' found, %", percent(held_out, *path, "recall_ai"), ""],
        ["works that get a decision, %", percent(held_out, *path, "coverage"), ""],
    ]
    heads = ("folds", "heads")
    fifteen = len(at(held_out, (*heads, "composer", "per_label")))
    rows += [
        ["period (mAP)", figure(held_out, *heads, "period", "map"), ""],
        ["genre (mAP)", figure(held_out, *heads, "genre", "map"), ""],
        [
            f"composer, one of {fifteen} (balanced accuracy)",
            figure(held_out, *heads, "composer", "balanced_accuracy"),
            "",
        ],
    ]
    return grid(["", "on works not seen [95 % interval]", "plain classifiers"], rows)


def unseen(held_out: dict[str, Any]) -> str:
    """Say how well each machine is told from people by networks that never met it."""
    return ", ".join(
        f"{pair} {figure(held_out, 'leave_one_generator_out', name, pair, 'auroc')}"
        for name, pairs in held_out["leave_one_generator_out"].items()
        for pair in pairs
    )


def write() -> None:
    """Write the model card and the part of the README between the two marks."""
    held_out, heads = (
        json.loads((RESULTS / f"{name}.json").read_text("utf-8")) for name in ("held-out", "heads")
    )
    giveaways = json.loads(GIVEAWAYS.read_text("utf-8"))
    card = json.loads((WEIGHTS / f"{NAME}.json").read_text("utf-8"))
    if card["sha256"] != heads["weights_sha256"]:
        message = f"heads.json was measured on other weights. Run again: {heads['command']}"
        raise SystemExit(message)
    if len({record["data_fingerprint"] for record in (held_out, heads, giveaways)}) > 1:
        raise SystemExit("these records are of several collections; measure them again.")
    from musecritic.brain.sources import Sources

    figures = table(held_out, giveaways)
    (WEIGHTS / f"{NAME}.md").write_text(
        CARD.format(
            **{
                key: card[key]
                for key in ("name", "version", "sha256", "temperature", "human_below", "ai_above")
            },
            fingerprint=card["training"]["data_fingerprint"],
            penalty=card["training"]["recipe"]["weight_decay"],
            steps=card["training"]["recipe"]["epochs"],
            n_sources=len(Sources.load(WEIGHTS / f"{NAME}.sources.npz").names),
            table=figures,
            unseen=unseen(held_out),
            chorale_fpr=percent(held_out, "folds", "by_corpus", "bach-chorales", "fpr"),
            unseen_corpus=percent(held_out, "leave_one_corpus_out", "bach-chorales", "fpr"),
        ),
        "utf-8",
    )
    readme = ROOT / "README.md"
    before, rest = readme.read_text("utf-8").split(BEGIN)
    _, after = rest.split(END)
    text = (
        f"Of {held_out['folds']['n_human']:,} works by people and "
        f"{held_out['folds']['n_ai']:,} by two machines, in one form, without giveaways, each "
        f"judged by a network that had not seen it ({held_out['date']}, "
        f"[all figures](docs/results/brain/held-out.md)); beside it the best of three plain "
        f"classifiers on density, range and durations:\n\n{figures}\n\n"
        f"A machine that was not met in training is not recognised (AUROC {unseen(held_out)}), and "
        f"of Bach's chorales {percent(held_out, 'folds', 'by_corpus', 'bach-chorales', 'fpr')} % "
        f"are called a machine's."
    )
    readme.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", "utf-8")
