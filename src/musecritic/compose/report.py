"""Compose with seeds 0 to 9, keep all ten, and write what became of them.

    python -m musecritic.compose.report --real examples --out docs/results

The pieces are beside the page as MIDI and pictures. Four groups of ten-second clips are
measured alike: what was composed, notes drawn by lot in the same rhythm, real music brought to
that rhythm, and real music.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import numpy as np

from musecritic.compose.composition import Composition
from musecritic.compose.layering import compose
from musecritic.compose.page import page
from musecritic.compose.texture import chance, reduced, texture
from musecritic.critic.inference import Critic, sigmoid
from musecritic.files import replacing
from musecritic.measure.bootstrap import Bootstrap, intervals, values
from musecritic.measure.metrics import mean
from musecritic.music.clip import cut
from musecritic.music.find import find_music
from musecritic.music.read import read
from musecritic.music.roll import Roll
from musecritic.music.write import write_midi

SECONDS, VOICES, TOP_K = 30.0, 3, 5
_NOTE, _POSITION = 9, 10  # frames
_MOST_PIECES, _MOST_CLIPS = 50, 300  # of real music

#: Clips of one group: which piece each is of, and its roll.
Clips = list[tuple[str, Roll]]


def write_report(
    critic: Critic,
    real: list[Path],
    out: Path,
    *,
    seeds: range = range(10),
    seconds: float = SECONDS,
    command: str = "",
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Compose, measure and write ``compose.md``, ``compose.json`` and the folder ``compose``.

    Parameters
    ----------
    real
        Files and folders of real music, best such as the critic was not trained on; of more than
        50 pieces or 300 clips so many are drawn.
    out
        Folder to write into.
    seeds
        One piece each; none is left out.
    command
        What was typed, for the page.
    progress
        Told of each seed's outcome.

    Returns
    -------
    dict
        What ``compose.json`` holds.
    """
    rng = np.random.default_rng(0)
    paths = find_music(real)
    if len(paths) > _MOST_PIECES:
        paths = [paths[i] for i in sorted(rng.choice(len(paths), _MOST_PIECES, replace=False))]
    clips = [(str(path), clip.roll()) for path in paths for clip in cut(read(path))]
    if len(clips) > _MOST_CLIPS:
        clips = [clips[i] for i in sorted(rng.choice(len(clips), _MOST_CLIPS, replace=False))]

    pieces, composed = [], []
    for seed in seeds:
        made = compose(critic, seconds=seconds, voices=VOICES, top_k=TOP_K, seed=seed)
        name = f"compose/seed-{seed}"
        (out / "compose").mkdir(parents=True, exist_ok=True)
        write_midi(made.piece, out / f"{name}.mid")
        made.plot(out / f"{name}.png")
        mine = [(str(seed), clip.roll()) for clip in cut(made.piece)]
        composed += mine
        pieces.append(_piece_record(critic, made, mine, name))
        if progress is not None:
            progress(f"seed {seed}: p_real {pieces[-1]['p_real']:.3f}")

    groups: dict[str, Clips] = {
        "composed": composed,
        "chance": [
            (str(i), chance(rng, VOICES, _NOTE, _POSITION)) for i in range(max(len(clips), 100))
        ],
        "reduced": [(song, reduced(rng, roll, VOICES, _NOTE, _POSITION)) for song, roll in clips],
        "real": clips,
    }
    figures = {name: _figures(critic, group) for name, group in groups.items()}
    record = {
        "protocol": "compose",
        "command": command,
        "model": critic.card.model(),
        "weights_sha256": critic.card.sha256,
        "seed": 0,
        "data_fingerprint": _fingerprint(clips),
        "date": datetime.now(UTC).date().isoformat(),
        "threshold": critic.card.threshold,
        "settings": {
            "seconds": seconds, "voices": VOICES, "top_k": TOP_K, "notes_per_second": 1,
        },
        "n_real": {"clips": len(clips), "pieces": len({song for song, _ in clips})},
        "groups": values(figures),
        "intervals": {"groups": intervals(figures)},
        "pieces": pieces,
    }  # fmt: skip
    with replacing(out / "compose.json") as temporary:
        temporary.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    with replacing(out / "compose.md") as temporary:
        temporary.write_text(page(record), "utf-8")
    return record


def _fingerprint(clips: Clips) -> str:
    """Return the first 16 hexadecimal digits of the sha256 over the rolls."""
    return hashlib.sha256(b"".join(roll.tobytes() for _, roll in clips)).hexdigest()[:16]


def _piece_record(critic: Critic, made: Composition, clips: Clips, name: str) -> dict[str, Any]:
    """Return one piece's line: what the critic says of it in the end, and its texture."""
    logits = critic.read(np.stack([roll for _, roll in clips]))[0] / critic.card.temperature
    measured = [texture(roll) for _, roll in clips]
    return {
        "seed": made.seed,
        "files": [f"{name}.mid", f"{name}.png"],
        "p_real": round(sigmoid(float(logits.mean())), 4),
        "clips": [round(sigmoid(float(logit)), 4) for logit in logits],
        "texture": {
            key: round(float(np.nanmean([one[key] for one in measured])), 4) for key in measured[0]
        },
    }


def _figures(critic: Critic, clips: Clips) -> dict[str, Any]:
    """Return a group's means with intervals by bootstrap over its pieces."""
    logits = critic.read(np.stack([roll for _, roll in clips]))[0] / critic.card.temperature
    p_real = np.array([sigmoid(float(logit)) for logit in logits])
    measured = [texture(roll) for _, roll in clips]
    columns = {key: np.array([one[key] for one in measured]) for key in measured[0]}
    columns |= {"p_real": p_real, "passed": (p_real >= critic.card.threshold).astype(float)}
    songs = np.array([song for song, _ in clips])
    figures: dict[str, Any] = {"median_p_real": float(np.median(p_real))}
    for key, column in columns.items():
        there = ~np.isnan(column)
        if there.any():
            known = column[there]
            figures[key] = Bootstrap.over(songs[there]).estimate(_mean_of(known))
    return figures


def _mean_of(column: Any) -> Callable[[Any], Any]:
    return lambda weights: mean(column, weights)


@click.command()
@click.option(
    "--real", "real", multiple=True, required=True, type=click.Path(path_type=Path),
    help="Files or folders of real music to compare with.",
)  # fmt: skip
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to write to.")
@click.option("--model", default="crnn", show_default=True, help="A shipped model, or a path.")
@click.option("--seeds", type=click.IntRange(1), default=10, show_default=True, help="How many.")
@click.option("--seconds", type=float, default=SECONDS, show_default=True, help="Of each piece.")
@click.option("--threads", type=click.IntRange(1), help="Processor threads.")
def main(
    real: tuple[Path, ...], out: Path, model: str, seeds: int, seconds: float, threads: int | None
) -> None:
    """Compose with the seeds from 0 on, unselected, and write pictures, figures and a page."""
    options = [("real", path.resolve().name) for path in real]
    options += [("out", out.resolve().name), ("model", Path(model).name)]
    options += [("seeds", str(seeds)), ("seconds", f"{seconds:g}")]
    options += [("threads", str(threads))] if threads is not None else []
    typed = [f"--{name} {shlex.quote(value)}" for name, value in options]
    command = " ".join(["python -m musecritic.compose.report", *typed])
    critic = Critic.load(model, threads=threads)
    write_report(
        critic, list(real), out, seeds=range(seeds), seconds=seconds, command=command,
        progress=lambda text: click.echo(text, err=True),
    )  # fmt: skip
    click.echo(out / "compose.md")


if __name__ == "__main__":
    main()
