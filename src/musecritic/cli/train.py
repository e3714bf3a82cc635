"""`musecritic train`: train a network of the critic, or of MusicBrain."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args, get_type_hints

import click

from musecritic.cli import options, output
from musecritic.cli.lazy import LazyGroup

SYSTEMS = {
    "critic": "Train a network of the critic on MAESTRO.",
    "brain": "Train a network of MusicBrain on all corpora that --root holds.",
}


def run_options(command: Any) -> Any:
    """Add what every training run can be told."""
    for option in reversed(
        (
            options.root,
            click.option(
                "--out", required=True, type=click.Path(path_type=Path), help="Folder of the run."
            ),
            click.option("--resume", is_flag=True, help="Go on where a run into --out stopped."),
            click.option("--minutes", type=float, help="Stop after so long; resume later."),
            click.option(
                "--devices",
                default="auto",
                show_default=True,
                help="How many GPUs, or processes on a CPU.",
            ),
            click.option(
                "--precision", default="auto", show_default=True, help="Or a name of Lightning's."
            ),
            click.option(
                "--workers",
                type=int,
                default=1,
                show_default=True,
                help="Processes that make what is learned from.",
            ),
            click.option("--threads", type=int, help="Processor threads of torch."),
            click.option("--tensorboard", is_flag=True, help="Log for TensorBoard too."),
            output.format_option("What to print of the exported weights."),
            options.device,
            options.seed,
        )
    ):
        command = option(command)
    return command


def recipe_options(*families: Mapping[str, Any]) -> Callable[[Any], Any]:
    """Add one option for each field of some recipes; unset ones keep the recipe's value.

    Parameters
    ----------
    families
        Recipes by name; those of one family are records of one type.
    """
    recipes = {name: recipe for family in families for name, recipe in family.items()}
    records = dict.fromkeys(type(recipe) for recipe in recipes.values())

    def add(command: Any) -> Any:
        fields = {f.name: (f, record) for record in reversed(records) for f in _fields(record)}
        for field, record in reversed(fields.values()):
            kind = get_type_hints(record)[field.name]
            told = _told(record)
            values = {
                name: getattr(recipe, field.name)
                for name, recipe in recipes.items()
                if hasattr(recipe, field.name)
            }
            plain = [v if isinstance(v, str) else f"{v:g}" for v in values.values()]
            used = ", ".join(f"{name} {value}" for name, value in zip(values, plain, strict=True))
            command = click.option(
                f"--{field.name.replace('_', '-')}",
                field.name,
                type=kind if kind in (int, float) else click.Choice(get_args(kind)),
                help=f"{told.get(field.name, '')} [{used}]",
            )(command)
        return command

    return add


def _fields(record: Any) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(record)


def changed(recipe: Any, changes: dict[str, Any]) -> Any:
    """Return a recipe with those of its fields changed that were told.

    Raises
    ------
    click.UsageError
        One of them is another recipe's.
    """
    told = {name: value for name, value in changes.items() if value is not None}
    for name in told:
        if not hasattr(recipe, name):
            raise click.UsageError(f"--{name.replace('_', '-')} is no part of this recipe.")
    return dataclasses.replace(recipe, **told)


def number_of(devices: str) -> int | str:
    """Return --devices as Lightning wants it.

    Raises
    ------
    click.UsageError
        It is neither a number nor "auto".
    """
    if devices == "auto":
        return devices
    if not devices.isdigit():
        raise click.UsageError(f"--devices wants a number or auto, not {devices!r}.")
    return int(devices)


def _told(record: type) -> dict[str, str]:
    """Return what a record's docstring says of each of its attributes."""
    told: dict[str, str] = {}
    text = (inspect.getdoc(record) or "").partition("Attributes\n")[2].partition("\n\n")[0]
    for names, meaning in re.findall(r"^(\w[\w, ]*)\n((?:    .*\n?)+)", text, re.MULTILINE):
        told |= dict.fromkeys(names.split(", "), " ".join(meaning.split()))
    return told


@click.group(
    "train", cls=LazyGroup, members=SYSTEMS, module_of="musecritic.cli.train_{name}".format
)
def command() -> None:
    """Train a network and export its weights into --out."""
