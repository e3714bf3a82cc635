"""`musecritic identify`: who or what composed it, in whose manner, for whom."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from musecritic.cli import options, output

if TYPE_CHECKING:
    from musecritic.brain.attribution import Attribution
    from musecritic.errors import Failure

_TOLD = ("composer", "period", "genre", "instruments")
CSV_KEYS = ("path", "duration_s", "p_ai", "decision", *_TOLD, "caveat")
_COLOURS = {"human": "green", "ai": "red", "uncertain": "yellow"}


@click.command("identify")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--listener",
    default="audio",
    show_default=True,
    help="The network that hears: a shipped model, the path of a .safetensors file, or none: then "
    "recordings are refused, and no score's instruments are told.",
)
@click.option(
    "--reader",
    default="figures",
    show_default=True,
    help="The network that reads: a shipped model, or the path of a .safetensors file.",
)
@output.per_file
@click.option("--threads", type=click.IntRange(1), help="Processor threads.")
@options.device
@options.limits
def command(
    paths: tuple[Path, ...],
    listener: str,
    reader: str,
    form: str,
    threads: int | None,
    device: str,
    max_seconds: int,
    max_notes: int,
    max_bytes: int,
) -> None:
    """Say of every file of PATHS, and all music in its folders, who composed it.

    MIDI, MusicXML and ABC files are read by their notes; recordings (WAV, FLAC, Ogg, MP3) are
    heard, and files of notes too, for their instruments. p_ai is the probability that
    a machine composed the music; where it is too unsure, the decision is "uncertain". It knows the
    machines it learned from: "human" does not mean that no machine could have written it. Labels
    are shown from .5 on; json has all, and the near works.
    """
    from musecritic.brain.inference import MusicBrain
    from musecritic.errors import Failure
    from musecritic.music.audio import AUDIO_SUFFIXES
    from musecritic.music.find import gather
    from musecritic.music.limits import Limits
    from musecritic.music.read import SUFFIXES

    found = gather(paths, SUFFIXES + AUDIO_SUFFIXES)
    hears = None if listener == "none" else listener
    brain = MusicBrain.load(hears, reader, device=device, threads=threads)
    limits = Limits(max_bytes, max_notes, max_seconds)

    def results() -> Iterator[Attribution | Failure]:
        with options.progress_bar() as bar:
            task = bar.add_task("Identifying", total=len(found))
            for item in found.values():
                yield (
                    item
                    if isinstance(item, Failure)
                    else next(brain.identify([item], limits=limits))
                )
                bar.advance(task)

    def records() -> Iterator[output.Record]:
        for result in results():
            record = result.record()
            if form in ("csv", "table") and not isinstance(result, Failure):
                record |= {
                    head: ", ".join(label.name for label in result.likely(head))
                    for head in result.labels
                }
            yield record

    if not output.write(records(), form, table=_write_table, columns=CSV_KEYS):
        sys.exit(1)


def _write_table(records: Iterator[output.Record]) -> None:
    from rich.table import Table
    from rich.text import Text

    from musecritic.show.clock import clock

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("file", overflow="fold")
    table.add_column("length", justify="right")
    table.add_column("p_ai", justify="right")
    table.add_column("decision")
    for head in _TOLD:
        table.add_column(head, overflow="fold")
    errors, caveats = [], []
    for record in records:
        if "error" in record:
            errors.append(record["error"]["message"])
            continue
        colour = _COLOURS[record["decision"]]
        table.add_row(
            Text(record["path"]),
            clock(record["duration_s"]),
            Text(f"{record['p_ai']:.3f}", style=colour),
            Text(record["decision"], style=colour),
            *(record[head] or "-" for head in _TOLD),
        )
        if record["caveat"]:
            caveats.append(f"{record['path']}: {record['caveat']}.")
    output.print_table(table, caveats, errors)
