"""`musecritic corrupt`: damage files on purpose."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from musecritic.cli import options, output


@click.command("corrupt")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--kind", required=True, help="shuffle, off-key or noise.")
@click.option(
    "--severity",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.1,
    show_default=True,
    help="Share of the notes to touch, above 0 and up to 1.",
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
    from musecritic.corrupt import corrupt_piece, corruption
    from musecritic.critic.verdict import Failure
    from musecritic.errors import BadInput, MuseCriticError, NothingToDamage
    from musecritic.music.find import find_below
    from musecritic.music.limits import Limits
    from musecritic.music.read import read
    from musecritic.music.write import write_midi
    from musecritic.show.clock import clock

    corruption(kind)  # a wrong name is wrong usage, not every file's failure
    limits = Limits(max_bytes, max_notes, max_seconds)
    one = len(paths) == 1 and not paths[0].is_dir()
    if not one and out.suffix.lower() == ".mid":
        raise click.UsageError(f"{out} is one file's name; several go into a folder.")

    def records() -> Iterator[output.Record]:
        taken: set[Path] = set()
        for path in paths:
            try:
                files = find_below(path)
            except MuseCriticError as error:
                yield Failure(path, error).record()
                continue
            beside = {file for file, _ in files}
            for file, inside in files:
                target = out if one else out / inside.with_suffix(".mid")
                if file.with_suffix(".mid") in beside and file.suffix != ".mid":
                    target = target.with_name(f"{file.stem}-{file.suffix[1:]}.mid")
                try:
                    if target in taken:
                        raise BadInput(f"{file}: {target} is already another file's; rename one.")
                    piece = read(file, limits=limits)
                    try:
                        damaged = corrupt_piece(piece, kind, severity, seed)
                    except NothingToDamage as error:
                        raise NothingToDamage(f"{file}: {error}") from error
                    write_midi(damaged.piece, target)
                except MuseCriticError as error:
                    yield Failure(file, error).record()
                    continue
                taken.add(target)
                yield {
                    "path": str(file),
                    "out": str(target),
                    "kind": kind,
                    "severity": round(damaged.severity, 6),
                    "seed": seed,
                    "n_touched": len(damaged.touched),
                    "touched": [
                        {"onset_s": round(float(note["onset"]), 3), "pitch": int(note["pitch"])}
                        for note in damaged.touched
                    ],
                }

    def line(record: output.Record) -> str:
        times = ", ".join(clock(note["onset_s"]) for note in record["touched"][:8])
        more = ", …" if record["n_touched"] > 8 else ""
        return (
            f"{record['out']}: {record['n_touched']} notes touched by {kind}, "
            f"severity {record['severity']:.3f}, at {times}{more}"
        )

    columns = ("path", "out", "kind", "severity", "seed", "n_touched")
    if not output.write(records(), form, table=output.lines(line), columns=columns):
        sys.exit(1)
