"""Options that several commands share, and the progress bar."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from musecritic.errors import MissingExtra
from musecritic.files import must_be_writable
from musecritic.music.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.progress import Progress

MIDI = (".mid", ".midi")
PICTURES = (".png", ".svg", ".pdf", ".jpg")

F = TypeVar("F", bound="Callable[..., Any]")

device = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda", "mps"]),
    default="auto",
    show_default=True,
    help="Where the network runs.",
)
seed = click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Of every draw."
)
root = click.option(
    "--root",
    type=click.Path(path_type=Path),
    envvar="MUSECRITIC_DATA",
    help="Folder of the corpus, in its publisher's layout, or one that holds it; or a file that "
    "`prepare` wrote. [env: MUSECRITIC_DATA]",
)


#: What is said of files that are left out of a corpus, and of caches that cannot be written.
REPORTED: dict[str, Any] = {
    "failed": lambda error: click.echo(f"left out: {error}", err=True),
    "uncached": lambda error: click.echo(f"read, not kept: {error}", err=True),
}


@contextmanager
def needing(extra: str) -> Iterator[None]:
    """Say of libraries that are imported within which extra installs them, where one is missing."""
    try:
        yield
    except ImportError as error:
        raise MissingExtra(
            f"this needs the extra {extra!r} ({error}). Install it: "
            f"pip install 'musecritic[{extra}]'."
        ) from error


def use_threads(threads: int | None) -> None:
    """Let torch use so many processor threads; None leaves it its choice."""
    if threads is not None:
        import torch

        torch.set_num_threads(threads)


def limits(command: F) -> F:
    """Add --max-bytes, --max-notes and --max-seconds."""
    defaults = Limits()
    for name, what in (
        ("seconds", "Longest piece, in seconds."),
        ("notes", "Most notes in a piece."),
        ("bytes", "Largest file, in bytes."),
    ):
        value = getattr(defaults, f"max_{name}")
        command = click.option(
            f"--max-{name}",
            type=click.IntRange(1),
            default=int(value),
            show_default=True,
            help=what,
        )(command)
    return command


def to_write(path: Path | None, suffixes: tuple[str, ...]) -> None:
    """Say before the work begins that its result could not be written, or not in this format.

    Raises
    ------
    click.UsageError
        The name ends in none of `suffixes`.
    BadFile
        Nothing can be written there.
    """
    if path is None:
        return
    if path.suffix.lower() not in suffixes:
        raise click.UsageError(f"{path}: name a file that ends in {' or '.join(suffixes)}.")
    must_be_writable(path)


@contextmanager
def stages() -> Iterator[Callable[[str, int, int], None]]:
    """Display the progress of one stage after the other, see `musecritic.measure.progress`."""
    with progress_bar() as bar:
        task = bar.add_task("", total=None)

        def progress(what: str, done: int, of: int) -> None:
            bar.update(task, completed=done, total=of, description=what)

        yield progress


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Give a progress display on stderr that stays silent where stderr is no terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as bar:
        yield bar
