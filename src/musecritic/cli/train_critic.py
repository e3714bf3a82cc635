"""`musecritic train critic`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from musecritic.cli import options, output
from musecritic.cli.train import changed, number_of, recipe_options, run_options
from musecritic.critic.training.note_recipe import NOTE_RECIPES
from musecritic.critic.training.recipe import RECIPES


@click.command("critic")
@click.option(
    "--network",
    help="notes, crnn, crnn-trunk, crnn-plain, crnn-mean or cnn; if not named, the recipe's own: "
    "crnn-plain for seed, crnn-trunk for trunk, crnn for attention, notes for seams, notes and "
    "styles.",
)
@click.option(
    "--recipe",
    "recipe_name",
    help="seed: the seed's own. trunk, then attention: how crnn was trained. seams, notes, then "
    "styles: the network over notes, first the part that hears where music was cut, then all else, "
    "on MAESTRO and then on the other corpora too. "
    "[seed; for the network over notes, notes]",
)
@click.option(
    "--initial",
    help="Begin with these weights, of the network or of a part of it: a shipped model, or a path.",
)
@click.option(
    "--export",
    "exported",
    type=click.Choice(["best", "last"]),
    default="best",
    show_default=True,
    help="Which weights to write at the end: of the lowest validation loss, or of the last epoch.",
)
@click.option(
    "--keep",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="How much of the initial weights to keep in what is written: a share of the way back to "
    "them. Between two runs is often better than either.",
)
@run_options
@recipe_options(RECIPES, NOTE_RECIPES)
def command(
    root: Path | None,
    out: Path,
    network: str | None,
    recipe_name: str | None,
    resume: bool,
    initial: str | None,
    exported: str,
    keep: float,
    minutes: float | None,
    devices: str,
    precision: str,
    workers: int,
    threads: int | None,
    tensorboard: bool,
    form: str,
    device: str,
    seed: int,
    **changes: Any,
) -> None:
    """Train the critic on MAESTRO and export its weights into --out.

    Writes checkpoints, the manifest of the draw, metrics.csv and curves.png, and the calibrated
    weights as NETWORK.safetensors with NETWORK.json. The recipes seams and styles want the
    other corpora beside MAESTRO in --root; those that are not there are said, and left out.
    """
    import sys

    from musecritic.corpora.cache import open_corpus
    from musecritic.corpora.draw import draw
    from musecritic.critic.checkpoint import load

    n_devices = number_of(devices)
    recipe_name = recipe_name or ("notes" if network == "notes" else "seed")
    with options.needing("train"):
        from musecritic.critic.training.trainees import trainee
        from musecritic.training.fit import LAST, is_first_process, write_curves

    if keep and initial is None:
        raise click.UsageError("--keep wants the weights that the run began with, --initial.")
    begun = None if initial is None else load(initial)
    task = trainee(network, recipe_name)
    recipe = changed(task.recipe, changes)
    options.use_threads(threads)
    with options.progress_bar() as bar:
        reading = bar.add_task("Reading", total=None)
        corpus = open_corpus(
            "maestro",
            root,
            **options.REPORTED,
            progress=lambda done, total: bar.update(reading, completed=done, total=total),
        )
    manifest = draw(corpus, seed)
    best = task.train(
        corpus,
        manifest,
        recipe,
        out,
        root=root,
        initial=None if begun is None else begun[0],
        reported=options.REPORTED,
        seed=seed,
        device=device,
        devices=n_devices,
        precision=precision,
        workers=workers,
        resume=resume,
        minutes=minutes,
        tensorboard=tensorboard,
        progress=sys.stderr.isatty(),
    )
    if not is_first_process():
        return  # one of several writes what is left to write
    write_curves(out, f"{task.network}, recipe {recipe_name}")
    card = task.export(
        out / LAST if exported == "last" else best,
        recipe,
        corpus,
        manifest,
        out,
        begun,
        keep=keep,
        root=root,
        reported=options.REPORTED,
    )
    record = {
        "path": str(out / f"{task.network}.safetensors"),
        "network": task.network,
        "recipe": recipe_name,
        "temperature": round(card.temperature, 6),
        "threshold": round(card.threshold, 6),
        "sha256": card.sha256,
    }
    output.write_one(
        record,
        form,
        line=lambda r: (
            f"{r['path']}: temperature {r['temperature']:.3f}, "
            f"threshold {r['threshold']:.3f}, sha256 {r['sha256'][:16]}"
        ),
        columns=tuple(record),
    )
