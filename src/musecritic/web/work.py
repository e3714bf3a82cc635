"""What a worker does for each task; the models stay loaded from one job to the next."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from musecritic.errors import BadInput, Failure
from musecritic.files import replacing
from musecritic.music.limits import Limits
from musecritic.music.notes import NOTE, Notes
from musecritic.music.piece import Piece
from musecritic.repair.edit import Edit
from musecritic.repair.file import SCORES
from musecritic.web.tasks import (
    EDITED,
    EDITS,
    MIDI,
    RECORDINGS,
    TASKS,
    ComposeOptions,
    ExplainOptions,
    MendOptions,
    Options,
    RepairOptions,
    ScoreOptions,
)

if TYPE_CHECKING:
    from musecritic.brain.inference import MusicBrain
    from musecritic.critic.inference import Critic

Record = dict[str, Any]


class Models:
    """The networks, loaded when they are first asked for.

    Parameters
    ----------
    threads
        Of torch.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._critics: dict[str, Critic] = {}
        self._brain: MusicBrain | None = None

    def critic(self, name: str) -> Critic:
        """Return the critic of a name."""
        from musecritic.critic.inference import Critic

        if name not in self._critics:
            self._critics[name] = Critic.load(name, device="cpu", threads=self._threads)
        return self._critics[name]

    def brain(self) -> MusicBrain:
        """Return MusicBrain."""
        from musecritic.brain.inference import MusicBrain

        if self._brain is None:
            self._brain = MusicBrain.load(device="cpu", threads=self._threads)
        return self._brain


@dataclass(frozen=True)
class Work:
    """A job as its worker sees it.

    Attributes
    ----------
    models
        To work with.
    folder
        Of the job; what it leaves is written there.
    source
        The file to work on, in that folder; None without one.
    name
        Of the file, as its sender calls it.
    limits
        What the file may claim.
    tell
        Takes how much is done, of how much, and `p_real` so far where there is one.
    """

    models: Models
    folder: Path
    source: Path | None
    name: str | None
    limits: Limits
    tell: Callable[..., None]

    @property
    def file(self) -> Path:
        """The file, where there must be one."""
        assert self.source is not None
        return self.source


def do(task: str, options: Record, work: Work) -> Record:
    """Do a task and return its record, that of the command of the same name.

    Raises
    ------
    MuseCriticError
        The file, or what was asked, will not do.
    """
    return _DOERS[task](work, TASKS[task].options(**options))


def _score(work: Work, options: Options) -> Record:
    assert isinstance(options, ScoreOptions)
    critic = work.models.critic(options.model)
    verdict = next(critic.score([work.file], pedal=options.pedal, limits=work.limits))
    if isinstance(verdict, Failure):
        raise verdict.error
    notes = verdict.piece.pitched()
    write_json(
        work.folder / "view.json",
        {
            "notes": {
                "onset_s": notes["onset"].round(3).tolist(),
                "offset_s": notes["offset"].round(3).tolist(),
                "pitch": notes["pitch"].tolist(),
                "part": notes["part"].tolist(),
            },
            "attention": [
                {"start_s": clip.start, "weights": clip.attention.astype(float).round(5).tolist()}
                for clip in verdict.clips
            ],
        },
    )
    return verdict.record()


def _identify(work: Work, options: Options) -> Record:
    found = next(work.models.brain().identify([work.file], limits=work.limits, progress=work.tell))
    if isinstance(found, Failure):
        raise found.error
    if work.file.suffix in RECORDINGS:
        from musecritic.explain.spectrogram import spectrogram
        from musecritic.music.audio import Recording

        with replacing(work.folder / "spectrogram.png") as temporary:
            temporary.write_bytes(spectrogram(Recording.open(work.file, limits=work.limits)))
    return found.record()


def _explain(work: Work, options: Options) -> Record:
    assert isinstance(options, ExplainOptions)
    from musecritic.brain.cells import CELLS_PER_SECOND
    from musecritic.explain.explain import explain
    from musecritic.explain.page import passages_record
    from musecritic.show.heat_plot import heat_layers

    attribution, found, text = explain(
        work.models.brain(),
        work.file,
        start=options.start,
        seconds=options.seconds,
        limits=work.limits,
        title=work.name,
        progress=work.tell,
    )
    with replacing(work.folder / "report.html") as temporary:
        temporary.write_text(text, "utf-8")
    seen, heat = heat_layers(found.picture, found.heat)
    pictures = {"spectrogram.png": seen}
    pictures |= {f"heat-{number}.png": layer for number, layer in enumerate(heat)}
    for name, picture in pictures.items():
        with replacing(work.folder / name) as temporary:
            temporary.write_bytes(picture)
    shown = found.heat.shape[2] / CELLS_PER_SECOND
    return {
        **attribution.record(),
        "out": "report.html",
        "passages": passages_record(found),
        "shown": {"start_s": found.start, "end_s": round(found.start + shown, 3)},
    }


def _repair(work: Work, options: Options) -> Record:
    assert isinstance(options, RepairOptions)
    from musecritic.music.read import read
    from musecritic.repair.propose import MOST_ROUNDS, propose

    critic = work.models.critic("notes")
    repair = propose(
        critic,
        read(work.file, limits=work.limits),
        most=options.max_edits,
        level=options.level,
        only_notes=options.only_notes or work.file.suffix in SCORES,
        progress=lambda done: work.tell(done, MOST_ROUNDS),
    )
    out = _write_mended(work, repair.made, repair.mended)
    # Exact, unlike the record, so that some of them can be made later.
    write_json(
        work.folder / EDITS,
        [
            {"action": edit.action, "before": _plain(edit.before), "after": _plain(edit.after)}
            for edit in repair.made
        ],
    )
    return {
        "path": str(work.file),
        "out": out,
        **repair.record(),
        "model": critic.card.model(),
    }


def _mend(work: Work, options: Options) -> Record:
    assert isinstance(options, MendOptions)
    from musecritic.music.read import read
    from musecritic.repair.edit import edited

    made = _edits(json.loads((work.folder / EDITS).read_bytes()))
    order = sorted(range(len(made)), key=lambda number: made[number].onset)  # as they were shown
    if any(number >= len(made) for number in options.take):
        raise BadInput(f"there are {len(made)} proposals, numbered from 0.")
    taken = _with_those_needed(made, {order[number] for number in options.take})
    edits = [made[number] for number in sorted(taken)]
    critic = work.models.critic("notes")
    piece = read(work.file, limits=work.limits)
    mended = edited(piece, edits)
    _write_mended(work, edits, mended)
    before, after = critic([piece, mended])
    return {
        "p_real_before": round(before.p_real, 4),
        "p_real_after": round(after.p_real, 4),
        "n_edits": len(edits),
        "taken": [shown for shown, number in enumerate(order) if number in taken],
        "model": critic.card.model(),
    }


def _write_mended(work: Work, edits: Sequence[Edit], mended: Piece) -> str:
    """Write the file with its edits, where its form can be edited, and as MIDI; name the former."""
    from musecritic.music.write import write_midi
    from musecritic.repair.file import write_edited

    midi = work.folder / "mended.mid"
    if work.file.suffix not in MIDI:
        write_midi(mended, midi)
    if work.file.suffix not in EDITED:
        return midi.name
    out = work.folder / f"mended{work.file.suffix}"
    write_edited(work.file, edits, out, limits=work.limits)
    return out.name


def _with_those_needed(made: Sequence[Edit], taken: set[int]) -> set[int]:
    """Add the edits that put a note where one of those taken changes it."""
    needed = set(taken)
    for number in sorted(taken, reverse=True):
        for note in made[number].before:
            giving = [i for i in range(number) if (made[i].after == note).any()]
            needed |= _with_those_needed(made, set(giving[-1:]))
    return needed


def _plain(notes: Notes) -> list[list[float]]:
    return [list(note) for note in notes.tolist()]


def _notes(rows: list[list[float]]) -> Notes:
    return np.array([tuple(row) for row in rows], dtype=NOTE)


def _edits(rows: list[Record]) -> list[Edit]:
    return [Edit(row["action"], _notes(row["before"]), _notes(row["after"])) for row in rows]


def _compose(work: Work, options: Options) -> Record:
    assert isinstance(options, ComposeOptions)
    from musecritic.compose.layering import compose
    from musecritic.music.read import read
    from musecritic.music.write import write_midi

    composition = compose(
        work.models.critic("crnn"),
        seconds=options.seconds,
        voices=options.voices,
        top_k=options.top_k,
        notes_per_second=options.notes_per_second,
        seed=options.seed,
        primer=None if work.source is None else read(work.source, limits=work.limits),
        progress=work.tell,
    )
    write_midi(composition.piece, work.folder / "composed.mid")
    return {
        "path": "composed.mid",
        **composition.record(),
        "n_notes": composition.pitches.size,
        "p_real": round(float(composition.p_real[-1].mean()), 6),
    }


def _render(work: Work, options: Options) -> Record:
    import soundfile

    from musecritic.music.read import read
    from musecritic.music.render import PEAK, SAMPLE_RATE, render

    piece = read(work.file, limits=work.limits, require_pitched=False)
    sound = render(piece, max_seconds=work.limits.max_seconds)
    peak = float(np.abs(sound).max(initial=0.0))
    with replacing(work.folder / "sound.mp3") as temporary:
        soundfile.write(temporary, sound.T * (PEAK / max(peak, 1e-6)), SAMPLE_RATE, format="MP3")
    return {"duration_s": round(piece.duration, 3)}


def write_json(path: Path, value: Any) -> None:
    """Write plain values, so that a reader finds them whole."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, allow_nan=False), "utf-8")


_DOERS: dict[str, Callable[[Work, Options], Record]] = {
    "score": _score,
    "identify": _identify,
    "explain": _explain,
    "repair": _repair,
    "mend": _mend,
    "compose": _compose,
    "render": _render,
}
