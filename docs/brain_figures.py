"""MusicBrain's figures in README.md and its model card; `write_figures.py` runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from between import write_between

from musecritic.measure.markdown import figure, grid, percent

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "docs/results/brain"
GIVEAWAYS = ROOT / "docs/results/brain-data/data.json"
WEIGHTS = ROOT / "src/musecritic/weights/brain"
NAME = "figures"
RECOGNISED = 0.85
OWN = ("reader", "whole", "origin")  # of the shipped network, whole works of the test part
BESIDE = "boosting"  # of the classifiers that put the network's word and plain numbers together
BEGIN, END = (
    "<!-- MusicBrain's results: written by `python docs/write_figures.py` -->",
    "<!-- end of MusicBrain's results -->",
)

#: Corpora as people call them.
NAMES = {
    "musicnet": "MusicNet's works",
    "bach-chorales": "Bach's chorales",
    "openscore": "OpenScore's songs and quartets",
    "notagen": "NotaGen's pieces",
    "js-fakes": "KS_Chorus' chorales",
}

CARD = """\
# Model card: {name}

MusicBrain's network that reads scores: a softmax for each head over the figures of a piece or a
passage (chords, progressions, voice leading, melodic turns, rhythms, returns), and a small
recurrent language model of people's notes, which a machine's rhythm surprises less; see
[the guide](../../../../docs/guide.md#musicbrain). Says how probable it is that a machine composed
the notes, in whose manner they are, of what time and genre. Version {version}, sha256 `{sha256}`.

## Data and training

MusicNet, Bach's chorales, OpenScore's songs and quartets; by machines NotaGen's pieces and
KS_Chorus' chorales (JS Fakes); fingerprint `{fingerprint}`. It learned from four in five works; one
in ten fixed temperature ({temperature:.3f}), bias ({bias:.3f}) and thresholds (human below
{human_below:.3f}, AI above {ai_above:.3f}). Fitted by
`musecritic train brain --root DIR --network figures --out DIR`: penalty {penalty:g}, at most
{steps} steps of L-BFGS; origin's classes brought half of the way to what such fits are worth on
works that they have not seen; the language model on {excerpts:,} excerpts of 97 notes. The index of
sources beside it holds the {n_sources:,} human works that it learned from.

## Figures

{table}

Every work was judged by one of {n_folds} networks made in the same way, which had not seen it, at
that network's own thresholds ([all figures](../../../../docs/results/brain/held-out.md)). Excerpts
are 24 to 96 quarters, in one form; decisions and labels are of whole works in one form, as
`identify` reads them; files as published are told apart by boosted trees on what it says of
origin and of each machine, together with what the file gives away: its length, tempo and number of
parts among it, and its layout (how the music lies in bars, how parts share the notes, how often one
is repeated), which the plain classifiers have there too. Layout and trees were chosen by looking at
these works. This very network, on
the works kept apart from it, finds {own_recall} % of the machines', calls {own_fpr} % of people's a
machine's, and decides {own_coverage} % ([heads.md](../../../../docs/results/brain/heads.md)).

## Limits

- **Machines it has not met** it recognises far less well: trained without one of the two, it tells
  that one from people with an AUROC of {unseen}. What it knows such a machine by, too usual a
  rhythm, and how much that weighs beside the rest, was chosen by looking at these two, test works
  among them: the figures flatter. It has not
  met Suno, Udio, MuseNet or any other. "Human" never means that no machine could have written it.
- **People it has not met.** Trained without any of Bach's chorales, it calls {unseen_corpus} % of
  them a machine's: what it takes for a machine's manner may be a genre's. An accusation needs more
  evidence than this.
- **Beats.** It reads on the grid of the file's own beats. Of a performance recorded without them,
  at a fixed tempo, it says so and decides nothing; its labels there mean nothing.
- **No music.** Noise and exercises are neither a person's nor a machine's; it answers all the same.
  Only of fewer than 50 notes or 16 quarters it decides nothing.
- **Notes alone**, without dynamics or instruments.
- **Composers** are the fifteen with most works in these corpora; a low probability for all of them
  means somebody else. Their mAP is over all people's works, the balanced accuracy over those of
  these fifteen.

## Licence

CC BY-NC-SA 4.0, as all weights here; see [LICENSE-WEIGHTS.md](../LICENSE-WEIGHTS.md).
"""


def table(held_out: dict[str, Any], giveaways: dict[str, Any]) -> str:
    """Return the main figures with their intervals, as Markdown."""
    rows = []
    for name, pair in held_out["folds"]["by_genre"].items():
        plain = giveaways["giveaways"][name]["one_form"]
        genre, machine = name.split(", ")
        rows.append(
            [
                f"{genre}s, people's beside {machine}'s, excerpts: AUROC",
                f"{pair['n_human']:,} and {pair['n_ai']:,}",
                figure(held_out, "folds", "by_genre", name, "auroc"),
                f"{plain['auroc'][plain['best']]:.3f}",
            ]
        )
    for name, pair in held_out["folds"]["whole"].items():
        genre, machine = name.split(", ")
        rows.append(
            [
                f"{genre}s, {machine}'s, whole works in one form: AUROC",
                f"{pair['n_human']:,} and {pair['n_ai']:,}",
                figure(held_out, "folds", "whole", name, "auroc"),
                best_plain(held_out, "beside_whole", name),
            ]
        )
    for name, pair in held_out["folds"]["as_published"].items():
        genre, machine = name.split(", ")
        rows.append(
            [
                f"{genre}s, {machine}'s, files as published, it and a plain one: AUROC",
                f"{pair['n_human']:,} and {pair['n_ai']:,}",
                figure(held_out, "folds", "as_published", name, "together", BESIDE),
                best_plain(held_out, "as_published", name, "with layout"),
            ]
        )
    corpora = held_out["folds"]["by_corpus"]
    for name, found in corpora.items():
        path = ("folds", "by_corpus", name)
        n = f"{found['n_human'] + found['n_ai']:,}"
        if found["n_human"]:
            rows.append(
                [f"{NAMES[name]} called a machine's, %", n, percent(held_out, *path, "fpr"), ""]
            )
        else:
            cleared = 100 * (found["coverage"] - found["recall_ai"])
            found_share = percent(held_out, *path, "recall_ai")
            rows.append([f"{NAMES[name]} called a machine's, %", n, found_share, ""])
            rows.append([f"{NAMES[name]} called a person's, %", n, f"{cleared:.1f}", ""])
    everybody = f"{held_out['folds']['n_human']:,}"
    rows.append(
        ["people's called a machine's, all, %", everybody, percent(held_out, "folds", "fpr"), ""]
    )
    rows.append(
        [
            "works that get a decision, all, %",
            f"{held_out['folds']['n_human'] + held_out['folds']['n_ai']:,}",
            percent(held_out, "folds", "coverage"),
            "",
        ]
    )
    heads = held_out["folds"]["heads"]
    for head, key, told in (
        ("period", "map", "mAP"),
        ("genre", "map", "mAP"),
        ("composer", "map", "mAP"),
        ("composer", "balanced_accuracy", "balanced accuracy"),
    ):
        n = len(heads[head]["per_label"])
        rows.append(
            [
                f"{head}, {n} labels: {told}",
                f"{heads[head]['n']:,}",
                figure(held_out, "folds", "heads", head, key),
                "",
            ]
        )
    return grid(["", "works", "[95 % interval]", "plain classifiers"], rows)


def best_plain(held_out: dict[str, Any], form: str, pair: str, on: str = "plain") -> str:
    """Return the AUROC of the best plain classifier on whole works."""
    return f"{max(held_out['folds'][form][pair][on].values()):.3f}"


def unseen(held_out: dict[str, Any]) -> str:
    """Say how well each machine is told from people by networks that never met it."""
    return "; ".join(
        f"{pair.replace(', ', 's by ')}: "
        + figure(held_out, "leave_one_generator_out", name, pair, "auroc")
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
    if card["sha256"] not in heads["weights_sha256"].split():
        message = f"heads.json was measured on other weights. Run again: {heads['command']}"
        raise SystemExit(message)
    if len({record["data_fingerprint"] for record in (held_out, heads, giveaways)}) > 1:
        raise SystemExit("these records are of several collections; measure them again.")
    from musecritic.brain.sources import Sources

    of_unseen = held_out["intervals"]["leave_one_generator_out"]
    if any(
        pair["auroc"][1] > RECOGNISED for pairs in of_unseen.values() for pair in pairs.values()
    ):
        raise SystemExit("unseen machines are recognised now: write the texts below anew.")
    figures = table(held_out, giveaways)
    (WEIGHTS / f"{NAME}.md").write_text(
        CARD.format(
            **{
                key: card[key]
                for key in (
                    *("name", "version", "sha256"),
                    *("temperature", "bias", "human_below", "ai_above"),
                )
            },
            fingerprint=card["training"]["data_fingerprint"],
            penalty=card["training"]["recipe"]["weight_decay"],
            steps=card["training"]["recipe"]["epochs"],
            excerpts=card["training"]["recipe"]["draws"],
            n_sources=len(Sources.load(WEIGHTS / f"{NAME}.sources.npz").names),
            table=figures,
            unseen=unseen(held_out),
            own_recall=percent(heads, *OWN, "recall_ai"),
            own_fpr=percent(heads, *OWN, "fpr"),
            own_coverage=percent(heads, *OWN, "coverage"),
            n_folds=sum(m["hold_out"].startswith("fold:") for m in held_out["model"]),
            unseen_corpus=percent(held_out, "leave_one_corpus_out", "bach-chorales", "fpr"),
        ),
        "utf-8",
    )
    chorales = percent(held_out, "leave_one_corpus_out", "bach-chorales", "fpr")
    own = heads["reader"]["whole"]["origin"]
    text = (
        f"Each work judged by a network that had not seen it ({held_out['date']}, "
        f"[all figures](docs/results/brain/held-out.md)): brought to one tempo, grid, velocity and "
        f"instrument, excerpts to one length too; decisions and labels are of whole works. Beside "
        f"it the best of three plain classifiers on density, range, durations and the like. Files "
        f"as published give away how they were made: there what the network says of origin and of "
        f"each machine, these numbers and the file's layout are put together by boosted "
        f"trees, and the plain ones have the layout too; both were chosen by looking at these "
        f"works.\n\n{figures}\n\n"
        f"These are networks made in the same way; the one that ships, on "
        f"{own['n_human'] + own['n_ai']} works kept apart from it, finds "
        f"{percent(heads, *OWN, 'recall_ai')} % of the machines', calls "
        f"{percent(heads, *OWN, 'fpr')} % of people's a machine's, and decides "
        f"{percent(heads, *OWN, 'coverage')} %.\n\n"
        f"A machine that was not met in training is recognised far less well: AUROC "
        f"{unseen(held_out)}. What it is known by, too usual a rhythm, and how much that weighs, "
        f"was chosen by looking at these two, test works among them: the figures flatter. Nor does "
        f"it know people whose manner it has not met: trained without any of Bach's chorales it "
        f"calls {chorales} % of them a machine's."
    )
    write_between(ROOT / "README.md", BEGIN, END, text)
