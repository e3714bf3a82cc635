"""What a network over notes says of all notes of a piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from musecritic.critic.edits import EDITS, KEEP
from musecritic.critic.finding import Finding
from musecritic.music.clip import Clip
from musecritic.music.notes import Notes, on_keyboard
from musecritic.music.piece import Piece
from musecritic.music.roll import CLIP_SECONDS

HOP_S = 5.0  # between the beginnings of two windows

LIKELY = 0.5  # the probability from which a place is named
_TOGETHER_S = 0.04  # onsets this near are one place

_HELD_S = 0.1  # what is left of a note held over from before, to be heard
_LONG_S = 60.0  # notes are sought so far back; longer ones are looked for by themselves


class Gap(NamedTuple):
    """A place where the music was probably cut, or a note left out.

    Attributes
    ----------
    at
        Seconds from the piece's beginning: the first onset after a cut, the last at or before
        a missing note.
    what
        "cut" or "missing".
    p
        How probable it is, 0 .. 1.
    """

    at: float
    what: str
    p: float


@dataclass(frozen=True)
class JudgedNotes:
    """The M notes of a piece that were judged, drums and what no piano has left out.

    Attributes
    ----------
    notes
        (M,), in order of onset.
    edits, seam, missing
        Of each, as `musecritic.critic.finding.NoteFinding` has them.
    window
        (M,) int, which of the windows each was judged in.
    start, logit
        (W,), where each window begins, in seconds, and what the network said of it as a clip.
    """

    notes: Notes = field(repr=False)
    edits: NDArray[np.float32] = field(repr=False)
    seam: NDArray[np.float32] = field(repr=False)
    missing: NDArray[np.float32] = field(repr=False)
    window: NDArray[np.int64] = field(repr=False)
    start: NDArray[np.float64] = field(repr=False)
    logit: NDArray[np.float64] = field(repr=False)

    @property
    def p_wrong(self) -> NDArray[np.float32]:
        """(M,), the probability that a note should be anything but kept."""
        return np.asarray(1 - self.edits[:, KEEP])

    def gaps(self, least: float = LIKELY) -> list[Gap]:
        """Return the places where something was cut or is missing, in order of time.

        Parameters
        ----------
        least
            The lowest probability, 0 .. 1, that is named.
        """
        found: list[Gap] = []
        for what, p in (("cut", self.seam), ("missing", self.missing)):
            last: Gap | None = None
            for index in np.flatnonzero(p >= least):
                gap = Gap(float(self.notes["onset"][index]), what, float(p[index]))
                if last is not None and gap.at - last.at < _TOGETHER_S:
                    found[-1] = last = Gap(last.at, what, max(last.p, gap.p))
                else:
                    last = gap
                    found.append(gap)
        return sorted(found)

    @property
    def wrong_logit(self) -> NDArray[np.float64]:
        """(M,), the logit of the same."""
        keep = np.clip(self.edits[:, KEEP].astype(np.float64), 1e-12, 1 - 1e-7)
        return np.asarray(np.log1p(-keep) - np.log(keep))


class Windows:
    """The stretches of ten seconds, one every five, in which a piece's notes are judged.

    A note is judged where it begins most in the middle.

    Attributes
    ----------
    notes
        (M,), those that are judged, in order of onset.
    clips
        Those in which a note is judged.
    places
        Of each clip, which of its notes are judged in it, indices.
    """

    def __init__(self, piece: Piece) -> None:
        self.notes = on_keyboard(piece.pitched())
        onset = self.notes["onset"]
        # The window of which the second and the third quarter hold the onset.
        number = np.maximum(np.floor((onset - CLIP_SECONDS / 4) / HOP_S).astype(np.int64), 0)
        self.clips: list[Clip] = []
        self.places: list[NDArray[np.int64]] = []
        self._judged: list[NDArray[np.int64]] = []  # which notes of the piece each window judges
        long = np.flatnonzero(self.notes["offset"] - onset > _LONG_S)
        for window in np.unique(number):
            start = window * HOP_S
            inside = self._sounding(start, long)
            judged = inside[number[inside] == window]
            self.clips.append(_stretch(self.notes[inside], start))
            self._judged.append(judged)
            self.places.append(np.searchsorted(inside, judged))

    def _sounding(self, start: float, long: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return which notes sound in the window that begins at `start`, in order."""
        onset, offset = self.notes["onset"], self.notes["offset"]
        first, begin, end = np.searchsorted(onset, [start - _LONG_S, start, start + CLIP_SECONDS])
        recent = np.arange(first, end)
        inside = recent[(recent >= begin) | (offset[recent] >= start + _HELD_S)]
        held = long[(long < first) & (offset[long] >= start + _HELD_S)]
        return np.concatenate([held, inside])

    def gathered(self, values: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return a value of every note of the piece, (M,), of those of every note of every clip."""
        gathered = np.zeros(len(self.notes))
        for judged, places, own in zip(self._judged, self.places, values, strict=True):
            gathered[judged] = own[places]
        return gathered

    def judged(self, findings: Sequence[Finding]) -> JudgedNotes:
        """Put together what was found in the windows, in their order."""
        n_notes = len(self.notes)
        edits = np.zeros((n_notes, len(EDITS)), dtype=np.float32)
        seam, missing = np.zeros((2, n_notes), dtype=np.float32)
        window = np.zeros(n_notes, dtype=np.int64)
        of_windows = zip(findings, self._judged, self.places, strict=True)
        for number, (finding, judged, places) in enumerate(of_windows):
            window[judged] = number
            found = finding.notes
            assert found is not None
            edits[judged] = found.edits[places]
            seam[judged], missing[judged] = found.seam[places], found.missing[places]
        return JudgedNotes(
            self.notes,
            edits,
            seam,
            missing,
            window,
            np.array([clip.start for clip in self.clips]),
            np.array([finding.logit for finding in findings]),
        )


def _stretch(notes: Notes, start: float) -> Clip:
    inside = notes.copy()
    inside["onset"] = np.maximum(inside["onset"] - start, 0.0)
    inside["offset"] = np.minimum(inside["offset"] - start, CLIP_SECONDS)
    return Clip(inside, start)
