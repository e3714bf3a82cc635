"""What can be asked of the service: the tasks, their options and what they leave behind.

The work itself is in `musecritic.web.work`, which only workers import.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from musecritic.music.audio import AUDIO_SUFFIXES
from musecritic.repair.file import SCORES

MIDI = (".mid",)
NOTES = (".mid", ".musicxml", ".mxl", ".abc")
EDITED = tuple(suffix for suffix in NOTES if suffix in (*MIDI, *SCORES))  # others are only read
RECORDINGS = AUDIO_SUFFIXES

EDITS = "edits.json"  # of a repair, exact
KEEPS_SOURCE = "repair"  # the task whose file is asked for again; others' goes once they are done

#: Files that a job may leave, and what they are.
PRODUCTS = {
    "view.json": "application/json",
    "sound.mp3": "audio/mpeg",
    "report.html": "text/html",
    "spectrogram.png": "image/png",
    **{f"heat-{number}.png": "image/png" for number in range(6)},
    "mended.musicxml": "application/vnd.recordare.musicxml+xml",
    "mended.mxl": "application/vnd.recordare.musicxml",
    "mended.mid": "audio/midi",
    "composed.mid": "audio/midi",
}


class Options(BaseModel):
    """Options of a task; what it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ScoreOptions(Options):
    """Of `musecritic score`."""

    model: Literal["notes", "crnn"] = Field("notes", description="Which network judges.")
    pedal: bool = Field(default=False, description="Let notes ring while the pedal is down.")


class ExplainOptions(Options):
    """Of `musecritic explain`."""

    start: float = Field(0.0, ge=0, le=86_400, description="Seconds at which the stretch begins.")
    seconds: float = Field(60.0, gt=0, le=300, description="Its length.")


class RepairOptions(Options):
    """Of `musecritic repair`."""

    max_edits: int = Field(100, ge=1, le=1000, description="Most edits.")
    only_notes: bool = Field(default=False, description="Leave times alone.")
    level: float = Field(
        0.12, gt=0, le=1, description="Share of clean pieces in which passages may be doubted."
    )


class MendOptions(Options):
    """Which of a repair's proposals to take."""

    take: list[Annotated[int, Field(ge=0)]] = Field(
        max_length=1000, description="Numbers of the edits to make, from 0."
    )


class ComposeOptions(Options):
    """Of `musecritic compose`."""

    seconds: float = Field(10.0, gt=0, le=120, description="Length.")
    voices: int = Field(2, ge=1, le=6, description="Voices, found one after the other.")
    top_k: int = Field(5, ge=1, le=88, description="One of the best so many is taken.")
    notes_per_second: float = Field(1.0, gt=0, le=10, description="Notes of each voice a second.")
    seed: int = Field(1, ge=0, le=2**32 - 1, description="Of the choices among the best notes.")


@dataclass(frozen=True)
class Task:
    """A kind of work.

    Attributes
    ----------
    options
        Their model.
    takes
        Suffixes of the files that it works on; none for a task without a file.
    needs_file
        Whether it cannot do without one.
    """

    options: type[Options]
    takes: tuple[str, ...]
    needs_file: bool = True


TASKS = {
    "score": Task(ScoreOptions, NOTES),
    "identify": Task(Options, (*NOTES, *RECORDINGS)),
    "explain": Task(ExplainOptions, (*NOTES, *RECORDINGS)),
    "repair": Task(RepairOptions, NOTES),
    "mend": Task(MendOptions, ()),
    "compose": Task(ComposeOptions, NOTES, needs_file=False),
    "render": Task(Options, NOTES),
}
