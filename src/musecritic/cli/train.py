"""`musecritic train`: train a network of the critic."""

from __future__ import annotations

import dataclasses
import inspect
import re
from pathlib import Path
from typing import Any, get_args, get_type_hints

import click

from musecritic.cli import options, output


def _recipe_options(command: Any) -> Any:
    """Add one option for each field of a recipe; unset ones keep the recipe's value."""
    from musecritic.critic.training.recipe import RECIPES, Recipe

    kinds = get_type_hints(Recipe)
    told = _told(Recipe)
    for field in reversed(dataclasses.fields(Recipe)):
        kind = kinds[field.name]
        values = {name: getattr(recipe, field.name) for name, recipe in RECIPES.items()}
        plain = [v if isinstance(v, str) else f"{v:g}" for v in values.values()]
        used = ", ".join(f"{name} {value}" for name, value in zip(values, plain, strict=True))
        command = click.option(
            f"--{field.name.replace('_', '-')}",
            field.name,
            type=kind if kind in (int, float) else click.Choice(get_args(kind)),
            help=f"{told.get(field.name, '')} [{used}]",
        )(command)
    return command


def _told(record: type) -> dict[str, str]:
    """Return what a record's docstring says of each of its attributes."""
    told: dict[str, str] = {}
    text = (inspect.getdoc(record) or "").partition("Attributes\n")[2].partition("\n\n")[0]
    for names, meaning in re.findall(r"^(\w[\w, ]*)\n((?:    .*\n?)+)", text, re.MULTILINE):
        told |= dict.fromkeys(names.split(", "), " ".join(meaning.split()))
    return told


@click.command("train")
@click.argument("system", type=click.Choice(["critic"]))
@options.root
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the run.")
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
@click.option("--resume", is_flag=True, help="Go on where a run into --out stopped.")
@click.option(
    "--initial",
    help="Begin with these weights, of the network or of a part of it: a shipped model, or a path.",
)
@click.option("--minutes", type=float, help="Stop after so long; resume later.")
@click.option(
    "--devices", default="auto", show_default=True, help="How many GPUs, or processes on a CPU."
)
@click.option("--precision", default="auto", show_default=True, help="Or a name of Lightning's.")
@click.option("--workers", type=int, default=1, show_default=True, help="Processes making clips.")
@click.option("--threads", type=int, help="Processor threads of torch.")
@click.option("--tensorboard", is_flag=True, help="Log for TensorBoard too.")
@output.format_option("What to print of the exported weights.")
@options.device
@options.seed
@_recipe_options
def command(
    system: str,
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
    from musecritic.errors import MissingExtra

    if devices != "auto" and not devices.isdigit():
        raise click.UsageError(f"--devices wants a number or auto, not {devices!r}.")
    network = network or OWN_NETWORK.get(recipe_name, "crnn")
    config = network_config(network)
    recipe = dataclasses.replace(
        recipe_named(recipe_name), **{k: v for k, v in changes.items() if v is not None}
    )
    try:
        from musecritic.critic.training.export import export
        from musecritic.critic.training.run import train
        from musecritic.training.fit import is_first_process, write_curves
    except ImportError as error:
        raise MissingExtra(
            f"training needs Lightning ({error}). Install it: pip install 'musecritic[train]'."
        ) from error

    if threads is not None:
        import torch

        torch.set_num_threads(threads)
    with options.progress_bar() as bar:
        reading = bar.add_task("Reading", total=None)
        corpus = open_corpus(
            "maestro",
            root,
            failed=lambda error: click.echo(f"left out: {error}", err=True),
            uncached=lambda error: click.echo(f"read, not kept: {error}", err=True),
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
        devices=int(devices) if devices.isdigit() else "auto",
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
