"""`musecritic train critic`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from musecritic.cli import options, output
from musecritic.cli.train import changed, number_of, recipe_options, run_options
from musecritic.critic.training.recipe import RECIPES, Recipe


@click.command("critic")
@click.option(
    "--network",
    help="crnn, crnn-trunk, crnn-plain, crnn-mean or cnn; if not named, the recipe's own: "
    "crnn-plain for seed, crnn-trunk for trunk, crnn for notes.",
)
@click.option(
    "--recipe",
    "recipe_name",
    default="seed",
    show_default=True,
    help="seed: the seed's own. trunk, then notes: the manner in which the weights in the package "
    "were trained.",
)
@click.option(
    "--initial",
    help="Begin with these weights, of the network or of a part of it: a shipped model, or a path.",
)
@run_options
@recipe_options(Recipe, RECIPES)
def command(
    root: Path | None,
    out: Path,
    network: str | None,
    recipe_name: str,
    resume: bool,
    initial: str | None,
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
    weights as NETWORK.safetensors with NETWORK.json.
    """
    import sys

    from musecritic.corpora.cache import open_corpus
    from musecritic.corpora.draw import draw
    from musecritic.critic.checkpoint import load
    from musecritic.critic.network import network_config
    from musecritic.critic.training.recipe import OWN_NETWORK, recipe_named

    n_devices = number_of(devices)
    network = network or OWN_NETWORK.get(recipe_name, "crnn")
    config = network_config(network)
    recipe = changed(recipe_named(recipe_name), changes)
    with options.needing("train"):
        from musecritic.critic.training.export import export
        from musecritic.critic.training.run import train
        from musecritic.training.fit import is_first_process, write_curves

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
    begin, begun = (None, None) if initial is None else load(initial)
    best = train(
        corpus,
        manifest,
        config,
        recipe,
        out,
        seed=seed,
        device=device,
        devices=n_devices,
        precision=precision,
        workers=workers,
        resume=resume,
        initial=begin,
        minutes=minutes,
        tensorboard=tensorboard,
        progress=sys.stderr.isatty(),
    )
    if not is_first_process():
        return  # one of several writes what is left to write
    write_curves(out, f"{network}, recipe {recipe_name}")
    card = export(best, network, config, recipe, corpus, manifest, out, begun)
    record = {
        "path": str(out / f"{network}.safetensors"),
        "network": network,
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
