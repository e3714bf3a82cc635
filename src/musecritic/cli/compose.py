"""`musecritic compose`: the critic composes."""

from __future__ import annotations

from pathlib import Path

import click

from musecritic.cli import options, output


@click.command("compose")
@click.option(
    "--seconds",
    type=click.FloatRange(0, min_open=True),
    default=30.0,
    show_default=True,
    help="Length.",
)
@click.option(
    "--voices",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    help="One after the other.",
)
@click.option(
    "--top-k",
    type=click.IntRange(1, 88),
    default=5,
    show_default=True,
    help="One of the best so many.",
)
@click.option(
    "--notes-per-second",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Of the choices among the best notes.",
)
@click.option("--primer", type=click.Path(path_type=Path), help="Music to go on from.")
@click.option(
    "-o", "--out", required=True, type=click.Path(path_type=Path), help="MIDI file to write."
)
@click.option("--plot", type=click.Path(path_type=Path), help="Picture to write.")
@click.option("--wav", type=click.Path(path_type=Path), help="Audio to write.")
@click.option(
    "--soundfont",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="An .sf2 file for --wav, instead of pretty_midi's.",
)
@click.option("--model", default="crnn", show_default=True, help="A shipped model, or a path.")
@click.option("--threads", type=click.IntRange(1), help="Processor threads.")
@output.format_option("json and jsonl have every note's rank and p_real.")
@options.device
def command(
    seconds: float,
    voices: int,
    top_k: int,
    notes_per_second: float,
    seed: int,
    primer: Path | None,
    out: Path,
    plot: Path | None,
    wav: Path | None,
    soundfont: Path | None,
    model: str,
    threads: int | None,
    form: str,
    device: str,
) -> None:
    """Compose by layers: for each position all 88 notes are judged and one of the best is kept.

    The first voice is found from beginning to end, then the next over it.
    """
    if soundfont is not None and wav is None:
        raise click.UsageError("--soundfont is for --wav, which is not asked for.")
    options.to_write(out, options.MIDI)
    options.to_write(plot, options.PICTURES)
    options.to_write(wav, (".wav",))
    from musecritic.compose.layering import compose
    from musecritic.critic.inference import Critic
    from musecritic.music.read import read
    from musecritic.music.write import write_midi

    before = None if primer is None else read(primer)
    if wav is not None:
        from musecritic.music.render import default_soundfont, render, write_wav
        from musecritic.music.soundfont import in_tune

        in_tune(soundfont or default_soundfont())  # missing, it is missed before the work begins
    critic = Critic.load(model, device=device, threads=threads)
    with options.progress_bar() as bar:
        task = bar.add_task("Composing", total=None)

        def progress(done: int, of: int, p_real: float) -> None:
            bar.update(
                task, completed=done, total=of, description=f"Composing, p_real {p_real:.3f}"
            )

        composition = compose(
            critic,
            seconds=seconds,
            voices=voices,
            top_k=top_k,
            notes_per_second=notes_per_second,
            seed=seed,
            primer=before,
            progress=progress,
        )
    write_midi(composition.piece, out)
    if plot is not None:
        composition.plot(plot)
    if wav is not None:
        write_wav(render(composition.piece, soundfont=soundfont), wav)
    record = {
        "path": str(out),
        **composition.record(),
        "n_notes": composition.pitches.size,
        "p_real": round(float(composition.p_real[-1].mean()), 6),
    }
    output.write_one(
        record,
        form,
        line=lambda r: (
            f"{r['path']}: {r['n_notes']} notes in {voices} voice{'s' * (voices > 1)}, "
            f"mean p_real of the last {r['p_real']:.3f}"
        ),
        columns=("path", "duration_s", "n_notes", "seed", "top_k", "p_real"),
    )
