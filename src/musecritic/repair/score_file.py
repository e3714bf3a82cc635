"""Write a MusicXML file with a few notes edited, and everything else as it was.

The edits are made in the ``<note>`` elements that write the notes, and nothing but these is written
anew: see `musecritic.music.manuscript`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import NoReturn
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from musecritic.errors import BadFile, CannotEdit
from musecritic.files import replacing
from musecritic.music.limits import Limits
from musecritic.music.manuscript import Manuscript, Note, open_manuscript
from musecritic.music.musicxml_part import number
from musecritic.music.notes import Notes
from musecritic.music.read import XML
from musecritic.repair import note_element
from musecritic.repair.edit import Edit, edited
from musecritic.repair.spelling import (
    Expected,
    Keys,
    expected,
    is_tied_over,
    keys_after,
    spelled,
    spelling_of,
)

_LEAVE_OUT = "Leave this edit out, or make it in a program for notation."
_OTHER_RHYTHM = (
    "it would change the rhythm, whose rests, beams and tuplets tell how the bar is to be counted"
)
# Seconds; what is joined touches, and what was read back may differ by roundings alone.
_SAME = 1e-6


def write_edited_score(
    source: Path, edits: Sequence[Edit], out: Path, *, limits: Limits | None = None
) -> None:
    """Copy a MusicXML file with some of its notes edited.

    - *delete*: a rest of the same length and voice takes the note's place, and keeps the beams,
      slurs, tuplets and syllables that stand there. Out of a chord the note is removed; was it
      the first, the next takes what was written there for all. A grace note is removed, upon
      which those ahead of it are read nearer to the beat.
    - *move*: the note is respelled, as the key signature has the pitch, else by the direction.
    - *join*: two notes that touch become tied.

    Accidentals are written where the page would otherwise be misread, also at the notes of the bar
    that relied on the one edited. Of a note tied over several all are edited. What a repeat plays
    more than once is written once: an edit of one of its turns edits all.

    Parameters
    ----------
    source
        A MusicXML file, plain or packed (.mxl).
    edits
        Made one after another; their notes as `musecritic.music.read.read` gave them, or as an
        earlier edit left them.
    out
        A name that ends in .xml or .musicxml, or in .mxl for a packed file. May be `source`; the
        file appears whole or not at all.
    limits
        How much the file may claim, as `read` takes them.

    Raises
    ------
    UnreadableFile, OverLimit
        The file cannot be read.
    CannotEdit
        A note is not in the file; or the edit cannot be written in it: a shift, a shift of an
        onset or an offset, a split, a join of notes that do not touch, a move of percussion, an
        edit at odds with one before it. Where nothing is repeated, the outcome is read again,
        and refused unless it is what `musecritic.repair.edit.edited` makes of the piece.
    BadFile
        `out` cannot be written, or its name is none of MusicXML.
    """
    source, out = Path(source), Path(out)
    if out.suffix.lower() not in XML:
        cause = "its name is none of a MusicXML file"
        raise BadFile(out, cause, f"Name one that ends in {' or '.join(XML)}.")
    manuscript = open_manuscript(source, limits or Limits())
    editing = _Editing(manuscript)
    for edit in edits:
        editing.make(edit)
    text = editing.text()
    if editing.is_plain:
        wanted = edited(manuscript.piece, edits).notes
        if not _same(wanted, manuscript.play(text).notes):
            raise CannotEdit(source, "edited so, its ties would lead to other notes", _LEAVE_OUT)
    with replacing(out) as temporary:
        temporary.write_bytes(manuscript.data(text, pack=out.suffix.lower() == ".mxl"))


class _Editing:
    """A document, its notes as they sound by now, and what was changed in it."""

    def __init__(self, manuscript: Manuscript) -> None:
        self._manuscript = manuscript
        self._notes = manuscript.by_note()
        self._pitch: dict[Element, int] = {}  # as each sounds
        for elements, note in zip(manuscript.written, manuscript.piece.notes, strict=True):
            self._pitch.update(dict.fromkeys(elements, int(note["pitch"])))
        self._measure: dict[Element, Element] = {}
        self._place: dict[Element, tuple[int, Element]] = {}  # a measure's number, and its part
        self._keys: dict[Element, Keys] = {}  # where each measure begins
        for part in manuscript.root.iterfind("part"):
            keys: Keys = {}
            for index, measure in enumerate(part.iterfind("measure")):
                self._measure.update(dict.fromkeys(measure.iterfind("note"), measure))
                self._place[measure], self._keys[measure] = (index, part), keys
                keys = keys_after(measure, keys)
        self._expected: dict[Element, dict[Element, Expected]] = {}  # of measures, before edits
        self._changed: set[Element] = set()
        self._moved: set[Element] = set()
        self._removed: set[Element] = set()
        self._silent: set[Element] = set()  # removed, or rests by now
        times = Counter(chain.from_iterable(manuscript.written))
        #: Does the outcome sound as the piece with the edits made, and no otherwise?
        self.is_plain = all(turns == 1 for turns in times.values())

    def make(self, edit: Edit) -> None:
        """Make one edit after those before it."""
        before: list[Note] = sorted(edit.before.tolist())
        after: list[Note] = edit.after.tolist()
        n_notes = {"delete": (1, 0), "move": (1, 1), "join": (2, 1)}.get(edit.action)
        if n_notes is None:
            self._refuse(edit, _OTHER_RHYTHM)
        if (len(before), len(after)) != n_notes:
            self._refuse(edit, f"it names {len(before)} notes before it and {len(after)} after it")
        written = [self._take(edit, note) for note in before]
        elements = list(chain.from_iterable(written))
        if edit.action == "delete":
            for element in elements:
                self._delete(edit, element)
            return
        if self._silent.intersection(elements):
            self._refuse(edit, "an edit before it deletes the note")
        now, (*_, last) = after[0], before
        same_place = (now[0], now[1], now[4]) == (before[0][0], last[1], last[4])
        if not same_place:
            self._refuse(edit, _OTHER_RHYTHM)
        if edit.action == "move":
            for element in elements:
                self._move(edit, element, before[0][2], now[2])
        else:
            self._join(edit, before, now, written)
        self._notes.setdefault(now, []).append(elements)

    def text(self) -> bytes:
        """Return the document with its edits."""
        for measure, was in self._expected.items():
            for note, reader in expected(measure, self._keys[measure]).items():
                written = spelling_of(note)
                assert written is not None
                misread = written.alter != reader.alter and not is_tied_over(note)
                if note in self._moved:
                    note_element.set_accidental(note, written.alter if misread else None)
                elif misread and was[note].alter == written.alter and not _shows(note):
                    note_element.set_accidental(note, written.alter)
                    self._changed.add(note)
        return self._manuscript.text(self._changed, self._removed)

    def _take(self, edit: Edit, note: Note) -> list[Element]:
        written = self._notes.get(note)
        if not written:
            onset, _, pitch, _, _ = note
            cause = f"it has no note of pitch {pitch} at {onset:.3f} s to {edit.action}"
            raise CannotEdit(self._manuscript.path, cause, "Take the notes from this very file.")
        return written.pop(0)

    def _delete(self, edit: Edit, note: Element) -> None:
        if note in self._silent:
            return
        measure = self._touched(note)
        chord = note_element.chord_of(note, measure)
        self._silent.add(note)
        if len(chord) == 1 and note.find("grace") is None:
            note_element.to_rest(note)
            self._changed.add(note)
            return
        if len(chord) > 1:
            first, heir = chord[0], chord[1] if note is chord[0] else chord[0]
            if note is first:
                if _duration(heir) != _duration(note):
                    self._refuse(edit, "the chord's other notes have another length")
                note_element.lead_chord(heir)
            note_element.hand_over(note, heir)
            self._changed.add(heir)
        else:
            _, part = self._place[measure]
            notes = list(part.iterfind("measure/note"))
            at = notes.index(note)
            self._changed |= note_element.let_go(note, notes[:at][::-1], notes[at + 1 :])
        if note.find("grace") is not None:
            self.is_plain = False  # others may be read nearer to the beat
        measure.remove(note)
        self._removed.add(note)

    def _move(self, edit: Edit, note: Element, before: int, after: int) -> None:
        if self._pitch[note] == after:  # by an edit of another of its turns
            return
        written = spelling_of(note)
        if written is None:
            self._refuse(edit, "it is percussion, which has no pitch to move")
        if self._pitch[note] != before:
            self._refuse(edit, "an edit before it moves the note elsewhere in a repeat")
        fifths = expected(self._touched(note), self._keys[self._measure[note]])[note].fifths
        now = spelled(written.pitch + after - before, fifths, upwards=after > before)
        if not 0 <= now.octave <= 9:
            self._refuse(edit, "the note would lie beyond what notation can write")
        note_element.respell(note, now)
        self._pitch[note] = after
        self._moved.add(note)
        self._changed.add(note)

    def _join(
        self, edit: Edit, before: Sequence[Note], now: Note, written: Sequence[Sequence[Element]]
    ) -> None:
        first, then = written[0][-1], written[1][0]
        same_key = before[0][4] == before[1][4] and before[0][2] == before[1][2] == now[2]
        if not same_key or self._pitch[first] != self._pitch[then]:
            self._refuse(edit, "the notes are of two pitches or parts")
        if abs(before[0][1] - before[1][0]) > _SAME:
            self._refuse(edit, "the first does not last until the second begins")
        if first.find("grace") is not None or then.find("grace") is not None:
            self._refuse(edit, "one of them is a grace note")
        if self._place[self._measure[first]][0] > self._place[self._measure[then]][0]:
            self._refuse(edit, "a repeat lies between them")
        note_element.tie(first, "start")
        note_element.tie(then, "stop")
        self._changed |= {first, then}

    def _touched(self, note: Element) -> Element:
        """Return a note's measure; before its first change note what a reader expects there."""
        measure = self._measure[note]
        if measure not in self._expected:
            self._expected[measure] = expected(measure, self._keys[measure])
        return measure

    def _refuse(self, edit: Edit, cause: str) -> NoReturn:
        told = f"the edit {edit.action!r} at {edit.onset:.3f} s cannot be written in it: {cause}"
        raise CannotEdit(self._manuscript.path, told, _LEAVE_OUT)


def _shows(note: Element) -> bool:
    return note.find("accidental") is not None


def _duration(note: Element) -> float | None:
    return number(note.findtext("duration"))


def _same(one: Notes, other: Notes) -> bool:
    """Tell whether notes sound the same, whatever their order and their roundings."""
    return len(one) == len(other) and np.allclose(_ordered(one), _ordered(other), atol=_SAME)


def _ordered(notes: Notes) -> NDArray[np.float64]:
    names = ("onset", "offset", "pitch", "part")
    table = np.stack([notes[name].astype(np.float64) for name in names], axis=1)  # (N, 4)
    return table[np.lexsort(table.round(4).T)]
