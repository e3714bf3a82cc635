"""`musecritic corrupt`: damage files on purpose."""

from __future__ import annotations

import sys
from collections import Counter
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
    from musecritic.corrupt import corrupt_piece, corruption
    from musecritic.errors import BadInput, Failure, MuseCriticError, NothingToDamage
    from musecritic.music.find import find_below
    from musecritic.music.limits import Limits
    from musecritic.music.read import read
    from musecritic.music.write import write_midi
    from musecritic.show.clock import clock

    corruption(kind)  # a wrong name is wrong usage, not every file's failure
    limits = Limits(max_bytes, max_notes, max_seconds)
    one = len(paths) == 1 and not paths[0].is_dir()
    if not one and out.suffix.lower() in options.MIDI:
        raise click.UsageError(f"{out} is one file's name; name a folder for several with -o.")
    if one:
        options.to_write(out, options.MIDI)
    folders = [path if path.is_dir() else path.parent for path in paths]
    if not one and any(out.resolve() == folder.resolve() for folder in folders):
        raise click.UsageError(f"the originals are in {out}; name another folder with -o.")

    found: dict[Path, Path | Failure] = {}  # each file once, with its place below `out`
    for path in paths:
        try:
            found.update({file: inside for file, inside in find_below(path) if file not in found})
        except MuseCriticError as error:
            found[path] = Failure(path, error)
    places = Counter(p.with_suffix("") for p in found.values() if isinstance(p, Path))
    originals = {file.resolve() for file in found}

    def target_of(file: Path, inside: Path) -> Path:
        if one:
            return out
        shares = places[inside.with_suffix("")] > 1 and file.suffix.lower() != ".mid"
        name = f"{file.stem}-{file.suffix[1:]}.mid" if shares else f"{file.stem}.mid"
        return out / inside.with_name(name)

    def records() -> Iterator[output.Record]:
        taken: set[Path] = set()
        for file, inside in found.items():
            if isinstance(inside, Failure):
                yield inside.record()
                continue
            target = target_of(file, inside)
            try:
                if target in taken:
                    raise BadInput(f"{file}: {target} is already another file's; rename one.")
                if target.resolve() in originals:
                    raise BadInput(f"{target} is an original; name another place with -o.")
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
