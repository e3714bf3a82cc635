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
@click.option(
    "--model",
    help="For sources: the network of MusicBrain that sums passages up, a shipped model or the "
    "path of a .safetensors file, beside which the index goes unless told.",
)
@output.format_option("What to print of the cache; files left out are named on stderr.")
def command(
    corpus: str, root: Path | None, out: Path | None, download: bool, model: str | None, form: str
) -> None:
    """Read every file of CORPUS and write one compact file.

    CORPUS is maestro, musicnet, bach-chorales, openscore, pop909, notagen, js-fakes, labelled (a
    folder with a labels.csv) or folder (of any music). Damaged files are reported and left out.
    It may also be sources: people's works of the training part of all corpora in --root, as an
    index in which `identify` looks for near ones.
    """
    from musecritic.corpora.cache import cache_path
    from musecritic.corpora.registry import archive_of, prepare
    from musecritic.errors import BadFile
    from musecritic.files import must_be_writable

    if root is None:
        raise click.UsageError("name the corpus' folder with --root, or set MUSECRITIC_DATA.")
    if (corpus == "sources") != (model is not None):
        raise click.UsageError("--model goes with sources, and sources want one.")
    if out is not None:
        must_be_writable(out)
    if model is not None:
        _sources(root, model, out, form)
        return
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


def _sources(root: Path, model: str, out: Path | None, form: str) -> None:
    from musecritic.brain.checkpoint import load, sources_path
    from musecritic.brain.collect_sources import collect_sources
    from musecritic.brain.sources import Sources
    from musecritic.corpora.collection import Collection

    network, _ = load(model)
    with options.stages() as progress:
        collection = Collection.open(root, progress=progress, **options.REPORTED)
        works = collect_sources(network, collection, collection.of("train"), progress=progress)
        index = Sources.build(works)
    out = out or sources_path(model)
    index.save(out)
    record = {
        "corpus": "sources",
        "out": str(out),
        "n_works": len(index.names),
        "n_passages": len(index.of),
        "n_runs": len(index.code),
        "fingerprint": collection.fingerprint,
    }
    output.write_one(
        record,
        form,
        line=lambda r: (
            f"{r['out']}: {r['n_works']} works, {r['n_passages']} passages, {r['n_runs']} runs of "
            "melodies"
        ),
        columns=tuple(record),
    )
