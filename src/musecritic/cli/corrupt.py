"""`musecritic corrupt`: damage files on purpose."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from musecritic.cli import options, output
from musecritic.corrupt.registry import CORRUPTIONS

if TYPE_CHECKING:
    from musecritic.music.notes import Notes


@click.command("corrupt")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--kind", required=True, help=f"One of {', '.join(CORRUPTIONS)}.")
@click.option(
    "--severity",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.1,
    show_default=True,
    help="Share of the notes to touch, above 0 and up to 1; for split and joined, of those to cut "
    "and to join with their next, for repeated of those that are played again. The critic is "
    "measured on 0.35 of shuffle, 0.08 of off-key and 0.12 of noise, on the mean.",
)
@click.option(
    "-o",
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="MIDI file to write; for several files or a folder, the folder to write them into.",
)
@output.per_file
@options.seed
@options.limits
def command(
    paths: tuple[Path, ...],
    kind: str,
    severity: float,
    out: Path,
    form: str,
    seed: int,
    max_bytes: int,
    max_notes: int,
    max_seconds: int,
) -> None:
    """Damage every file of PATHS and every music file in its folders; write MIDI files.

    Every ten seconds are damaged by their own draw; the same seed gives the same damage.
    """
    from musecritic.cli.targets import Targets
    from musecritic.corrupt import corrupt_piece, corruption
    from musecritic.errors import Failure, MuseCriticError, NothingToDamage
    from musecritic.music.limits import Limits
    from musecritic.music.read import read
    from musecritic.music.write import write_midi
    from musecritic.show.clock import clock

    corruption(kind)  # a wrong name is wrong usage, not every file's failure
    limits = Limits(max_bytes, max_notes, max_seconds)
    targets = Targets(paths, out, lambda _: ".mid")
    targets.check(options.MIDI)

    def records() -> Iterator[output.Record]:
        for file, inside in targets.found.items():
            if isinstance(inside, Failure):
                yield inside.record()
                continue
            try:
                target = targets.of(file, inside)
                piece = read(file, limits=limits)
                try:
                    damaged = corrupt_piece(piece, kind, severity, seed)
                except NothingToDamage as error:
                    raise NothingToDamage(f"{file}: {error}") from error
                write_midi(damaged.piece, target)
            except MuseCriticError as error:
                yield Failure(file, error).record()
                continue
            targets.took(target)
            yield {
                "path": str(file),
                "out": str(target),
                "kind": kind,
                "severity": round(damaged.severity, 6),
                "seed": seed,
                "n_touched": len(damaged.touched) + len(damaged.removed),
                "touched": _told(damaged.touched),
                "removed": _told(damaged.removed),
            }

    def line(record: output.Record) -> str:
        onsets = sorted(note["onset_s"] for note in record["touched"] + record["removed"])
        when = list(dict.fromkeys(map(clock, onsets)))
        times, more = ", ".join(when[:8]), ", …" if len(when) > 8 else ""
        return (
            f"{record['out']}: {record['n_touched']} notes touched by {kind}, "
            f"severity {record['severity']:.3f}, at {times}{more}"
        )

    columns = ("path", "out", "kind", "severity", "seed", "n_touched")
    if not output.write(records(), form, table=output.lines(line), columns=columns):
        sys.exit(1)


def _told(notes: Notes) -> list[dict[str, Any]]:
    return [
        {"onset_s": round(float(note["onset"]), 3), "pitch": int(note["pitch"])} for note in notes
    ]
