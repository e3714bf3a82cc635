"""A piece: the notes of one file and what the file says of itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from musecritic.music.notes import Notes
from musecritic.music.tempo import Tempo, to_quarters


@dataclass(frozen=True)
class Part:
    """One instrument of a piece.

    Attributes
    ----------
    name
        The track's or the staff's name; may be empty.
    program
        General MIDI program, 0..127 (0 is the grand piano). Meaningless for drums.
    is_drum
        True for percussion (MIDI channel 10), whose pitches are instruments, not notes.
    """

    name: str = ""
    program: int = 0
    is_drum: bool = False


@dataclass(frozen=True)
class Piece:
    """The notes of one file in seconds, in order of onset.

    Attributes
    ----------
    notes
        All notes, drums included (see `pitched`), sorted by onset then pitch.
    parts
        The instruments; ``notes["part"]`` indexes them.
    kind
        "midi" for performances and sequences, "score" for MusicXML and ABC.
    title, composer
        Where the file names them, else None.
    tempi
        The tempi by which musical time became seconds; empty where the source told seconds.
    source
        The file it was read from, None if made in memory.
    """

    notes: Notes = field(repr=False)
    parts: tuple[Part, ...] = (Part(),)
    kind: Literal["midi", "score"] = "midi"
    title: str | None = None
    composer: str | None = None
    tempi: tuple[Tempo, ...] = field(default=(), repr=False)
    source: Path | None = field(default=None, compare=False)

    @property
    def duration(self) -> float:
        """Seconds from the start to the last offset; 0 without notes."""
        return float(self.notes["offset"].max()) if len(self.notes) else 0.0

    def pitched(self) -> Notes:
        """Return the notes that are not drums."""
        drums = np.array([part.is_drum for part in self.parts], dtype=bool)
        return self.notes[~drums[self.notes["part"]]] if drums.any() else self.notes

    def at_tempo(self, qpm: float) -> Piece:
        """Return the piece at so many quarters a minute throughout, whatever was marked.

        A piece without `tempi` is taken to go at 120, as MIDI has it.
        """
        notes = self.notes.copy()
        for name in ("onset", "offset"):
            notes[name] = to_quarters(self.notes[name], self.tempi) * (60 / qpm)
        return replace(self, notes=notes, tempi=(Tempo(0.0, qpm),))
