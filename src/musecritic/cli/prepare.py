"""`musecritic prepare`: a corpus read once into a compact cache."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from musecritic.cli import options, output


@click.command("prepare")
@click.argument("corpus")
@options.root
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The cache; CORPUS.npz in the user's cache folder unless told.",
)
@click.option("--download", is_flag=True, help="Fetch the published archive into --root first.")
@output.format_option("What to print of the cache; files left out are named on stderr.")
def command(corpus: str, root: Path | None, out: Path | None, download: bool, form: str) -> None:
    """Read every file of CORPUS and write one compact file.

    CORPUS is maestro, musicnet, bach-chorales, openscore, pop909, notagen, js-fakes, labelled (a
    folder with a labels.csv) or folder (of any music). Damaged files are reported and left out.
    """
    from musecritic.corpora.cache import cache_path
    from musecritic.corpora.registry import archive_of, prepare
    from musecritic.errors import BadFile
    from musecritic.files import must_be_writable

    if root is None:
        raise click.UsageError("name the corpus' folder with --root, or set MUSECRITIC_DATA.")
    if out is not None:
        must_be_writable(out)
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
    record = {
        "corpus": corpus,
        "out": str(out),
        "n_works": len(prepared),
        "hours": round(hours, 3),
        "n_notes": int(prepared.bounds[-1]),
        "fingerprint": prepared.fingerprint,
        "n_left_out": len(failures),
    }
    output.write_one(
        record,
        form,
        line=lambda r: (
            f"{r['out']}: {r['n_works']} works, {r['hours']:.1f} h, {r['n_notes']} notes, "
            f"fingerprint {r['fingerprint']}; {r['n_left_out']} left out"
        ),
        columns=tuple(record),
    )
    if failures:
        sys.exit(1)
