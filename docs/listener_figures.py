"""What the network that hears knows, for README.md and its card; `write_figures.py` runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from between import write_between

from musecritic.brain.network import Config, Network
from musecritic.measure.markdown import figure, grid, percent

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "docs/results/brain"
GIVEAWAYS = ROOT / "docs/results/brain-data/data.json"
WEIGHTS = ROOT / "src/musecritic/weights/brain"
NAME = "audio"
BEGIN, END = (
    "<!-- MusicBrain's hearing: written by `python docs/write_figures.py` -->",
    "<!-- end of MusicBrain's hearing -->",
)

CARD = """\
# Model card: {name}

MusicBrain's network that hears: a ConvNeXt V2 in three stages over a variable-Q spectrogram (24
bins an octave, 20 frames a second), their maps fused at 12 cells an octave and 10 a second and
weighed by squeeze and excitation; see [the guide](../../../../docs/guide.md#musicbrain). Says of
ten seconds of sound which instruments play, of what genre and time it is, and how probable it is
that a machine composed it. {parameters:,} parameters, version {version}, sha256 `{sha256}`.

## Data and training

Renderings of MusicNet, Bach's chorales, OpenScore's songs and quartets, NotaGen's pieces and
KS_Chorus' chorales (JS Fakes), by one synthesiser and soundfont (TimGM6mb), each window on
instruments by lot, in another key, room and tempo, at times through a filter or a codec;
fingerprint `{fingerprint}`. Beside its labels it learned which instrument sounds in which cell, and
where notes begin. One in ten works fixed temperature ({temperature:.3f}) and thresholds (human
below {human_below:.3f}, AI above {ai_above:.3f}). Trained by
`musecritic train brain --root DIR --network audio --draws {draws} --devices 2 --threads 1
--workers 0 --precision bf16-mixed --initial MODEL --out DIR`, stopped after {epochs} epochs,
{steps:,} steps of {batch} windows in each of two processes; its weights were averaged. It began
with the weights `{begun}` of a smaller network (low, mid and high stage of one, one and two blocks)
that had been trained for {begun_epochs} epochs, {begun_steps:,} steps, but not learned where notes
begin; its new blocks were untrained, and what begins was taken for what sounds.

## Figures

{table}

On works that it has not met ([all figures](../../../../docs/results/brain/heads.md),
[heatmaps](../../../../docs/results/brain/explanation.md)).

## Limits

- **It has heard rendered classical music**, from one soundfont: no Suno, no Udio, no singer and no
  microphone. What it says of a recording of another kind rests on nothing that was measured.
- **AI or human.** With all giveaways removed it tells NotaGen's songs from people's, and chorales
  hardly; it mostly answers "uncertain", and should. Where there is a score, give the score.
- **Files as published** are told apart by how they are made, not by their music: a machine's corpus
  has its own tempi, instruments and lengths. That figure is no merit, and no verdict rests on it.
- **Instruments** are General MIDI's, as TimGM6mb plays them: {instruments}.
- **Voices**: of General MIDI's three it has learned the choir; the two others, which stand among
  the players by lot, it mostly takes for something else.
- **Singers** of OpenScore's songs are oboes and English horns in their files, and are told as such;
  its English horn beside an oboe it mostly misses.
- **Composers** it hardly knows by ear.
- **No music.** Where no note is clearly heard to begin, as in noise, or no instrument that it knows
  is likely, it decides nothing; nor of less than ten seconds.

## Licence

CC BY-NC-SA 4.0, as all weights here; see [LICENSE-WEIGHTS.md](../LICENSE-WEIGHTS.md).
"""


def table(heads: dict[str, Any], explanation: dict[str, Any], giveaways: dict[str, Any]) -> str:
    """Return the main figures with their intervals, as Markdown."""
    rows = []

    def row(what: str, n: str, found: str, beside: str = "") -> None:
        rows.append([what, n, found, beside])

    for name, form, path in (
        ("one form", "one_form", ("by_genre", "listener")),
        ("as published", "as_published", ("as_published",)),
    ):
        pairs = heads["by_genre"]["listener"] if form == "one_form" else heads["as_published"]
        for pair, counted in pairs.items():
            plain = giveaways["giveaways"][pair][form]
            genre, machine = pair.split(", ")
            row(
                f"{genre}s, people's beside {machine}'s, {name}: AUROC",
                f"{counted['n_human']:,} and {counted['n_ai']:,}",
                figure(heads, *path, pair, "auroc"),
                f"{plain['auroc'][plain['best']]:.3f}",
            )
    origin = ("listener", "in_form", "origin")
    at = heads["listener"]["in_form"]["origin"]
    row("people's called a machine's, %", f"{at['n_human']:,}", percent(heads, *origin, "fpr"))
    row("machines' found, %", f"{at['n_ai']:,}", percent(heads, *origin, "recall_ai"))
    for what, of in (("own instruments", "as_published"), ("players by lot", "played_by_lot")):
        found = heads["listener"][of]["instruments"]
        n = len(found["per_label"])
        row(
            f"instruments, {what}, {n} of them: mAP",
            f"{found['n']:,}",
            figure(heads, "listener", of, "instruments", "map"),
        )
    for head in ("genre", "period", "composer"):
        found = heads["listener"]["as_published"][head]
        row(
            f"{head}, as published, {len(found['per_label'])} labels: mAP",
            f"{found['n']:,}",
            figure(heads, "listener", "as_published", head, "map"),
        )
    for kind, found in explanation["explanation"].items():
        for game in ("deletion", "insertion"):
            row(
                f"heat of {kind}, {game}: area",
                f"{found['n']:,} maps",
                figure(explanation, "explanation", kind, f"{game} heat"),
                f"by lot {found[f'{game} random']:.3f}, by loudness {found[f'{game} energy']:.3f}",
            )
    row(
        "heat of instruments on their own harmonics, over loudness there",
        f"{explanation['explanation']['instruments']['n']:,} maps",
        figure(explanation, "explanation", "instruments", "harmonics over loudness"),
        "1",
    )
    for kind, found in explanation["explanation"].items():
        row(
            f"heat of {kind} at onsets: AUROC of frames",
            f"{found['n']:,} maps",
            figure(explanation, "explanation", kind, "onsets"),
            f"loudness {found['onsets, loudness']:.3f}",
        )
    return grid(["", "works", "[95 % interval]", "beside it"], rows)


def write() -> None:
    """Write the model card and the part of the README between the two marks."""
    heads, explanation = (
        json.loads((RESULTS / f"{name}.json").read_text("utf-8"))
        for name in ("heads", "explanation")
    )
    giveaways = json.loads(GIVEAWAYS.read_text("utf-8"))
    card = json.loads((WEIGHTS / f"{NAME}.json").read_text("utf-8"))
    for record in (heads, explanation):
        if card["sha256"] not in record["weights_sha256"].split():
            message = f"measured on other weights. Run again: {record['command']}"
            raise SystemExit(message)
    if len({record["data_fingerprint"] for record in (heads, explanation, giveaways)}) > 1:
        raise SystemExit("these records are of several collections; measure them again.")
    figures = table(heads, explanation, giveaways)
    network = Network(Config.from_record(card["config"]))
    training = card["training"]
    (WEIGHTS / f"{NAME}.md").write_text(
        CARD.format(
            **{
                key: card[key]
                for key in ("name", "version", "sha256", "temperature", "human_below", "ai_above")
            },
            parameters=sum(p.numel() for p in network.parameters()),
            fingerprint=training["data_fingerprint"],
            epochs=training["epochs"],
            steps=training["steps"],
            batch=training["recipe"]["batch"],
            draws=training["recipe"]["draws"],
            begun=training["initial"]["sha256"][:12],
            begun_epochs=training["initial"]["training"]["epochs"],
            begun_steps=training["initial"]["training"]["steps"],
            instruments=", ".join(card["config"]["labels"]["instruments"]),
            table=figures,
        ),
        "utf-8",
    )
    text = (
        f"The network that hears, on renderings of works that it had not met ({heads['date']}, "
        f"[all figures](docs/results/brain/heads.md)); beside AI or human the best of the plain "
        f"classifiers on all works (without layout), beside heat what it is to be measured by."
        f"\n\n{figures}"
    )
    write_between(ROOT / "README.md", BEGIN, END, text)
