"""`musecritic train brain`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from musecritic.brain.training.recipe import RECIPES
from musecritic.cli import options, output
from musecritic.cli.train import changed, number_of, recipe_options, run_options


@click.command("brain")
@click.option(
    "--network",
    type=click.Choice(list(RECIPES)),
    default="audio",
    show_default=True,
    help="The one that hears, or one that reads: over figures, or over single notes.",
)
@click.option(
    "--hold-out",
    default="",
    metavar="WHAT",
    help="What the run may not see, to be measured on it: fold:0/3 and so on, generator:NAME or "
    "corpus:NAME. If not named, the collection's test part.",
)
@click.option(
    "--initial",
    help="Begin with these weights, of a network of the same kind: a shipped model, or a path.",
)
@click.option(
    "--soundfont",
    "soundfonts",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="An .sf2 file that plays beside the embedded one, to the network that hears; again for "
    "more.",
)
@run_options
@recipe_options(RECIPES)
def command(
    network: str,
    hold_out: str,
    initial: str | None,
    soundfonts: tuple[Path, ...],
    root: Path | None,
    out: Path,
    resume: bool,
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
    """Train MusicBrain on all corpora that --root holds and export its weights into --out.

    Writes checkpoints, metrics.csv and curves.png, and the weights as NETWORK.safetensors with
    NETWORK.json. The network over figures is fitted at once: it has none of the first three, and
    of the options of a run only --epochs, --weight-decay, --draws, --batch, --rate, --seed and
    --threads matter to it. Pieces are rendered as they are drawn;
    nothing is kept on disk.
    """
    import sys

    from musecritic.corpora.collection import Collection
    from musecritic.errors import MissingCorpus

    if root is None:
        raise MissingCorpus("name the folder of the corpora with --root, or set MUSECRITIC_DATA.")
    if soundfonts and network != "audio":
        raise click.UsageError("--soundfont is for the network that hears, --network audio.")
    n_devices = number_of(devices)
    recipe = changed(RECIPES[network], changes)
    with options.needing("train"):
        from musecritic.brain.training.export import export
        from musecritic.brain.training.run import train
        from musecritic.training.fit import is_first_process, write_curves

    options.use_threads(threads)
    with options.stages() as progress:
        collection = Collection.open(root, progress=progress, **options.REPORTED)
    trained = train(
        collection,
        network,
        recipe,
        out,
        hold_out=hold_out,
        initial=initial,
        soundfonts=soundfonts,
        seed=seed,
        workers=workers,
        display=options.stages,
        device=device,
        devices=n_devices,
        precision=precision,
        resume=resume,
        minutes=minutes,
        tensorboard=tensorboard,
        progress=sys.stderr.isatty(),
    )
    if not is_first_process():
        return  # one of several writes what is left to write
    if trained.length:
        write_curves(out, f"MusicBrain, {network}")
    with options.stages() as progress:
        card = export(
            trained,
            network,
            recipe,
            collection,
            out,
            hold_out=hold_out,
            seed=seed,
            progress=progress,
        )
    record = {
        "path": str(out / f"{network}.safetensors"),
        "network": network,
        "temperature": round(card.temperature, 6),
        "bias": round(card.bias, 6),
        "human_below": round(card.human_below, 6),
        "ai_above": round(card.ai_above, 6),
        "sha256": card.sha256,
    }
    output.write_one(
        record,
        form,
        line=lambda r: (
            f"{r['path']}: human below {r['human_below']:.3f}, ai above {r['ai_above']:.3f}, "
            f"sha256 {r['sha256'][:16]}"
        ),
        columns=tuple(record),
    )
