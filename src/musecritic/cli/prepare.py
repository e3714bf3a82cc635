"""`musecritic prepare`: a corpus read once into a compact cache."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from musecritic.cli import options


@click.command("prepare")
@click.argument("corpus")
@options.root
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The cache; CORPUS.npz in the user's cache folder unless told.",
)
@click.option("--download", is_flag=True, help="Fetch the published archive into --root first.")
def command(corpus: str, root: Path | None, out: Path | None, download: bool) -> None:
    """Read every file of CORPUS (maestro, folder) and write one compact file.

    Damaged files are reported and left out.
    """
    from musecritic.corpora.cache import cache_path
    from musecritic.corpora.registry import archive_of, prepare
    from musecritic.errors import BadFile

    if root is None:
        raise click.UsageError("name the corpus' folder with --root, or set MUSECRITIC_DATA.")
    failures: list[BadFile] = []
    with options.progress_bar() as bar:
        if download:
            fetching = bar.add_task("Fetching", total=None)
            archive_of(corpus).fetch(
                root, lambda done, total: bar.update(fetching, completed=done, total=total or None)
            )
        reading = bar.add_task("Reading", total=None)
        prepared = prepare(
            corpus,
            root,
            failed=failures.append,
            progress=lambda done, total: bar.update(reading, completed=done, total=total),
        )
    out = out or cache_path(corpus, root)
    prepared.save(out)
    for failure in failures:
        click.echo(f"left out: {failure}", err=True)
    hours = sum(float(notes["offset"].max(initial=0)) for _, notes in prepared) / 3600
    click.echo(
        f"{out}: {len(prepared)} works, {hours:.1f} h, {prepared.bounds[-1]} notes, "
        f"fingerprint {prepared.fingerprint}; {len(failures)} left out"
    )
    if failures:
        sys.exit(1)
