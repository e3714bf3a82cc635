"""`musecritic explain`: what MusicBrain says of a file, with the evidence, as a page."""

from __future__ import annotations

from pathlib import Path

import click

from musecritic.cli import options, output


@click.command("explain")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "-o", "--out", required=True, type=click.Path(path_type=Path), help="HTML file to write."
)
@click.option(
    "--start",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    help="Seconds at which the stretch begins that is shown; the decision is on the whole.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    show_default=True,
    help="Its length, 300 at most.",
)
@click.option("--listener", default="audio", show_default=True, help="A shipped model, or a path.")
@click.option("--reader", default="figures", show_default=True, help="A shipped model, or a path.")
@output.format_option("What to print: a line, or the record of `identify` with the passages.")
@click.option("--threads", type=click.IntRange(1), help="Processor threads.")
@options.device
@options.limits
def command(
    path: Path,
    out: Path,
    start: float,
    seconds: float,
    listener: str,
    reader: str,
    form: str,
    threads: int | None,
    device: str,
    max_seconds: int,
    max_notes: int,
    max_bytes: int,
) -> None:
    """Write a page on PATH, a recording or a file of notes.

    It has the decision and the labels, heatmaps of what speaks for each over the spectrogram, the
    strongest passages as seconds, pitches and instruments, and the sound to listen to them.
    """
    from musecritic.brain.inference import MusicBrain
    from musecritic.explain.explain import explain
    from musecritic.explain.page import passages_record
    from musecritic.files import replacing
    from musecritic.music.limits import Limits

    options.to_write(out, (".html", ".htm"))
    brain = MusicBrain.load(listener, reader, device=device, threads=threads)
    attribution, found, text = explain(
        brain,
        path,
        start=start,
        seconds=seconds,
        limits=Limits(max_bytes, max_notes, max_seconds),
    )
    with replacing(out) as temporary:
        temporary.write_text(text, "utf-8")
    record = {
        **attribution.record(),
        "out": str(out),
        "passages": passages_record(found),
    }
    output.write_one(
        record,
        form,
        line=lambda r: f"{r['out']}: p_ai {r['p_ai']:.3f}, {r['decision']}",
        columns=("path", "duration_s", "p_ai", "decision", "out"),
    )
