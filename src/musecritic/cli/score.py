"""`musecritic score`: verdicts on files and folders."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from musecritic.cli import options, output

if TYPE_CHECKING:
    from musecritic.critic.blame import Blame
    from musecritic.critic.verdict import Verdict
    from musecritic.errors import Failure

CSV_KEYS = ("path", "kind", "duration_s", "p_real", "n_clips", "worst", "caveat")


@click.command("score")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@output.per_file
@click.option("--model", default="notes", show_default=True, help="A shipped model, or a path.")
@click.option(
    "--plot", type=click.Path(path_type=Path), help="Folder for one picture a file.", metavar="DIR"
)
@click.option(
    "--page",
    type=click.Path(path_type=Path),
    help="Folder for one page a MusicXML score: engraved, suspicious notes in colour. Needs a "
    "network that judges notes, and the extra score.",
    metavar="DIR",
)
@click.option(
    "--blame",
    "method",
    type=click.Choice(["occlusion", "gradient", "attention"]),
    help="Say of every note how much it is to blame: by leaving it out and moving it, which takes "
    "up to three verdicts a note, by gradient (networks over rolls), or by attention.",
)
@click.option(
    "--blame-most",
    type=click.IntRange(1),
    metavar="K",
    help="With --blame occlusion: try only the K most suspicious notes of every five seconds.",
)
@click.option("--pedal", is_flag=True, help="Let notes ring while the sustain pedal is down.")
@click.option("--threads", type=click.IntRange(1), help="Processor threads.")
@options.device
@options.limits
def command(
    paths: tuple[Path, ...],
    form: str,
    model: str,
    plot: Path | None,
    page: Path | None,
    method: str | None,
    blame_most: int | None,
    pedal: bool,
    threads: int | None,
    device: str,
    max_bytes: int,
    max_notes: int,
    max_seconds: int,
) -> None:
    """Judge every file of PATHS, and every music file in its folders.

    p_real is the probability that the music is as people wrote and played it, rather than
    shuffled, off-key or strewn with stray notes. MIDI, MusicXML and ABC files are read.
    """
    from musecritic.critic.blame import blame, check_method
    from musecritic.critic.inference import Critic
    from musecritic.critic.note_reader import NoteReader
    from musecritic.errors import BadInput, Failure, MuseCriticError
    from musecritic.files import must_be_writable
    from musecritic.music.find import gather
    from musecritic.music.limits import Limits
    from musecritic.music.read import XML
    from musecritic.show.score_page import write_score_page

    if blame_most is not None and method != "occlusion":
        raise click.UsageError("--blame-most goes with --blame occlusion.")
    if method is not None and form == "csv" and plot is None:
        raise click.UsageError("csv has no place for blame; take another --format, or add --plot.")
    if plot is not None:
        must_be_writable(plot / "piece.png")
    if page is not None:
        must_be_writable(page / "piece.html")
    found = gather(paths)
    critic = Critic.load(model, device=device, threads=threads)
    if method is not None:
        check_method(critic, method)
    if page is not None and not isinstance(critic.reader, NoteReader):
        raise BadInput(f"{model} does not judge notes; --page wants one that does.")
    limits = Limits(max_bytes, max_notes, max_seconds)

    def results() -> Iterator[Verdict | Failure]:
        files = [path for path in found.values() if isinstance(path, Path)]
        with options.progress_bar() as bar:
            task = bar.add_task("Scoring", total=len(files))
            judged = critic.score(files, pedal=pedal, limits=limits)
            for item in found.values():
                if isinstance(item, Path):
                    yield next(judged)
                    bar.advance(task)
                else:
                    yield item

    def draw(result: Verdict, record: output.Record, taken: set[str]) -> None:
        """Add to the record and write what else was asked for."""
        blamed: Blame | None = None
        if method is not None:
            blamed = blame(critic, result.piece, method, most=blame_most)
            record["blame"] = blamed.record()
        if plot is not None:
            result.plot(plot / _free_name(result.path, taken, ".png"), blamed)
        if page is not None and result.path is not None and result.path.suffix.lower() in XML:
            assert result.notes is not None
            write_score_page(
                result.path,
                result.notes.notes,
                result.notes.p_wrong,
                page / _free_name(result.path, taken, ".html"),
                limits=limits,
            )

    def records() -> Iterator[output.Record]:
        taken: set[str] = set()
        for result in results():
            record = result.record()
            if isinstance(result, Failure):
                yield record
                continue
            try:
                draw(result, record, taken)
            except MuseCriticError as error:  # one file's picture is not the next one's
                yield Failure(result.path or Path("piece"), error).record()
                continue
            if form == "csv":  # which has no room for lists
                record["n_clips"] = len(result.clips)
                record["worst"] = " ".join(
                    f"{p['start_s']:g}-{p['end_s']:g}" for p in record["worst"]
                )
            yield record

    if not output.write(records(), form, table=_write_table, columns=CSV_KEYS):
        sys.exit(1)


def _free_name(path: Path | None, taken: set[str], suffix: str) -> str:
    """Return a picture's name for a file; of two files of one name the later's tells its kind."""
    path = path or Path("piece")
    name, number = f"{path.stem}{suffix}", 1
    if name in taken and path.suffix:
        name = f"{path.stem}-{path.suffix[1:]}{suffix}"
    while name in taken:
        number += 1
        name = f"{path.stem}-{number}{suffix}"
    taken.add(name)
    return name


def _write_table(records: Iterator[output.Record]) -> None:
    from rich.table import Table
    from rich.text import Text

    from musecritic.show.clock import clock

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("file", overflow="fold")
    table.add_column("length", justify="right")
    table.add_column("p_real", justify="right")
    table.add_column("verdict")
    table.add_column("worst passages (min:s)", overflow="fold")
    errors, caveats, told = [], [], []
    for record in records:
        if "error" in record:
            errors.append(record["error"]["message"])
            continue
        is_real = record["p_real"] >= record["threshold"]
        colour = "green" if is_real else "red"
        worst = (f"{clock(p['start_s'])}-{clock(math.ceil(p['end_s']))}" for p in record["worst"])
        table.add_row(
            Text(record["path"]),
            clock(record["duration_s"]),
            Text(f"{record['p_real']:.3f}", style=colour),
            Text("real" if is_real else "damaged", style=colour),
            ", ".join(worst) or "-",
        )
        if record["caveat"]:
            caveats.append(f"{record['path']}: {record['caveat']}.")
        if "blame" in record:
            told.append(f"{record['path']}: {_most_blamed(record['blame'])}.")
    output.print_table(table, caveats + told, errors)


def _most_blamed(blame: output.Record) -> str:
    """Name the three notes blamed most, of those that are blamed at all."""
    from musecritic.show.clock import clock
    from musecritic.show.pitch_axis import pitch_name

    def value(note: output.Record) -> float:
        said = [note[key] for key in ("blame", "out", "moved") if note.get(key) is not None]
        return max(said, default=0.0)

    worst = sorted((note for note in blame["notes"] if value(note) > 0), key=value, reverse=True)
    named = [f"{pitch_name(n['pitch'])} at {clock(n['onset_s'])} ({value(n):.2f})" for n in worst]
    return f"most blamed by {blame['method']}: {', '.join(named[:3]) or 'no note'}"
