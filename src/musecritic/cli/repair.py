"""`musecritic repair`: find the wrong notes, propose edits, write the file with them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from musecritic.cli import options, output

CSV_KEYS = ("path", "out", "p_real_before", "p_real_after", "n_edits")


@click.command("repair")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    help="File to write, of the same kind; for several files or a folder, the folder to write them "
    "into. Not needed with --dry-run.",
)
@click.option("--dry-run", is_flag=True, help="Propose, but write nothing.")
@click.option(
    "--max-edits", type=click.IntRange(1), default=100, show_default=True, help="Most edits a file."
)
@click.option(
    "--only-notes",
    is_flag=True,
    help="Delete notes and change their pitch, but leave times alone. Scores are always edited so.",
)
@click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.12,
    show_default=True,
    help="Share of clean pieces in which passages may be doubted; higher finds more.",
)
@output.per_file
@click.option("--model", default="notes", show_default=True, help="A shipped model, or a path.")
@click.option("--threads", type=click.IntRange(1), help="Processor threads.")
@options.device
@options.limits
def command(
    paths: tuple[Path, ...],
    out: Path | None,
    dry_run: bool,
    max_edits: int,
    only_notes: bool,
    level: float,
    form: str,
    model: str,
    threads: int | None,
    device: str,
    max_bytes: int,
    max_notes: int,
    max_seconds: int,
) -> None:
    """Propose the fewest edits that mend every file of PATHS, and write the files with them.

    Each edit is printed with p_real of its ten seconds without and with it. In a MIDI file every
    other event, tick, tempo and track stays as it is; so does all else in a MusicXML score. ABC is
    read, and can only be looked at, with --dry-run. A file without proposals is copied.
    """
    from musecritic.cli.targets import Targets
    from musecritic.critic.inference import Critic
    from musecritic.errors import Failure, MuseCriticError, unexpected
    from musecritic.music.limits import Limits
    from musecritic.music.read import read
    from musecritic.repair.file import MIDI, SCORES, write_edited
    from musecritic.repair.propose import propose

    if out is None and not dry_run:
        raise click.UsageError("name the file to write with -o, or add --dry-run.")
    limits = Limits(max_bytes, max_notes, max_seconds)
    targets = Targets(paths, out or Path(), lambda file: file.suffix.lower())
    if not dry_run:
        targets.check(MIDI + SCORES)
    critic = Critic.load(model, device=device, threads=threads)

    def records() -> Iterator[output.Record]:
        for file, inside in targets.found.items():
            if isinstance(inside, Failure):
                yield inside.record()
                continue
            try:
                target = None if dry_run else targets.of(file, inside)
                piece = read(file, limits=limits)
                is_score = file.suffix.lower() in SCORES
                repair = propose(
                    critic,
                    piece,
                    most=max_edits,
                    level=level,
                    only_notes=only_notes or is_score,
                )
                if target is not None:
                    write_edited(file, repair.made, target, limits=limits)
                    targets.took(target)
            except MuseCriticError as error:
                yield Failure(file, error).record()
                continue
            except Exception as error:  # noqa: BLE001 - a batch never dies of one file
                yield Failure(file, unexpected(file, error)).record()
                continue
            yield {
                "path": str(file),
                "out": None if target is None else str(target),
                **repair.record(),
                "model": critic.card.model(),
            }

    if not output.write(records(), form, table=_write_table, columns=CSV_KEYS):
        sys.exit(1)


def _write_table(records: Iterator[output.Record]) -> None:
    from rich.table import Table
    from rich.text import Text

    from musecritic.show.clock import clock
    from musecritic.show.pitch_axis import pitch_name

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("file", overflow="fold")
    table.add_column("at (min:s)", justify="right")
    table.add_column("note")
    table.add_column("edit")
    table.add_column("p_wrong", justify="right")
    table.add_column("p_real before", justify="right")
    table.add_column("after", justify="right")
    errors, told = [], []
    for record in records:
        if "error" in record:
            errors.append(record["error"]["message"])
            continue
        for edit in record["edits"]:
            before, after = edit["before"], edit["after"]
            what = edit["action"]
            if what == "move":
                what = f"move to {pitch_name(after[0]['pitch'])}"
            elif what in ("shift", "shift onset"):
                what = f"{what} to {after[0]['onset_s']:.2f} s"
            elif what == "shift offset":
                what = f"end at {after[0]['offset_s']:.2f} s"
            elif what == "split":
                what = f"strike again at {after[1]['onset_s']:.2f} s"
            table.add_row(
                Text(record["path"]),
                clock(before[0]["onset_s"]),
                pitch_name(before[0]["pitch"]),
                what,
                f"{edit['p_wrong']:.2f}",
                f"{edit['p_real_before']:.3f}",
                f"{edit['p_real_after']:.3f}",
            )
        n_edits = record["n_edits"]
        told.append(
            f"{record['path']}: {n_edits or 'no'} edit{'s' * (n_edits != 1)}, p_real "
            f"{record['p_real_before']:.3f}"
            + (f" -> {record['p_real_after']:.3f}" if n_edits else "")
            + (f", written to {record['out']}" if record["out"] else "")
        )
        if not n_edits and record["doubted"]:
            first = record["doubted"][0]
            n_doubted = len(record["doubted"])
            why = (
                f"of {record['refused']} suspicious notes none is better for an edit"
                if record["refused"]
                else "nothing looks worse than clean music at times does"
            )
            told.append(
                f"{record['path']}: {why}. "
                f"{n_doubted} note{'s are' if n_doubted != 1 else ' is'} rather wrong than right "
                f"to the critic, first {pitch_name(first['pitch'])} at {clock(first['onset_s'])} "
                f"({first['p_wrong']:.2f})"
                + ("" if record["refused"] else "; a higher --level tries more")
            )
    output.print_table(table, told, errors)
