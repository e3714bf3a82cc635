"""`musecritic corrupt`: damage a file on purpose."""

from __future__ import annotations

from pathlib import Path

import click

from musecritic.cli import options


@click.command("corrupt")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--kind", required=True, help="shuffle, off-key or noise.")
@click.option(
    "--severity",
    type=float,
    default=0.1,
    show_default=True,
    help="Share of the notes to touch, above 0 and up to 1.",
)
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="MIDI file.")
@options.seed
def command(path: Path, kind: str, severity: float, out: Path, seed: int) -> None:
    """Damage the file PATH, every ten seconds by its own draw, and write a MIDI file.

    The same seed gives the same damage.
    """
    from musecritic.corrupt import corrupt_piece
    from musecritic.music.read import read
    from musecritic.music.write import write_midi
    from musecritic.show.clock import clock

    damaged = corrupt_piece(read(path), kind, severity, seed)
    write_midi(damaged.piece, out)
    times = ", ".join(clock(onset) for onset in damaged.touched["onset"][:8])
    more = ", …" if len(damaged.touched) > 8 else ""
    click.echo(
        f"{out}: {len(damaged.touched)} notes touched by {kind}, "
        f"severity {damaged.severity:.3f}, at {times}{more}"
    )
