"""One part of a MusicXML document: its measures into bars of sounding notes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NoReturn
from xml.etree.ElementTree import Element

from musecritic.music.piece import Part
from musecritic.music.repeats import MOST_TIMES, Signs
from musecritic.music.score import GRACE, Bar, Written

DRUM_CHANNEL = 10  # counted from one, as MusicXML does

#: Semitones above C of each step without an accidental.
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_QUARTERS = {
    "breve": 8.0,
    "whole": 4.0,
    "half": 2.0,
    "quarter": 1.0,
    "eighth": 1 / 2,
    "16th": 1 / 4,
    "32nd": 1 / 8,
}
# Numbers as scores have them; "1e999999999" is one too, but is none of theirs.
_NUMBER = re.compile(r"[-+]?[0-9]{1,9}(\.[0-9]{1,9})?")
_SNARE = 38  # for percussion that does not say what it is
_SLOWEST, _FASTEST = 1.0, 2000.0  # quarters a minute; marks beyond are slips of the pen


class PartReader:
    """Reads the measures of one part in turn.

    Parameters
    ----------
    index, part
        The part, and its place among the parts.
    drums
        The pitch, on the drum channel, of each instrument's id.
    bars
        Takes the bars that are read.
    fail
        Raises the error for a cause.
    """

    def __init__(
        self,
        index: int,
        part: Part,
        drums: dict[str, int],
        bars: list[Bar],
        fail: Callable[[str], NoReturn],
    ) -> None:
        self._index, self._part, self._drums = index, part, drums
        self._bars, self._fail = bars, fail
        self._divisions = 1.0
        self._transposition = 0
        self._endings: frozenset[int] = frozenset()
        self._bar = Bar()
        self._now = self._last = 0.0
        self._graces: list[list[tuple[int, int]]] = []  # chords of pitches and places
        self._places: Mapping[Element, int] = {}

    def read_bar(self, measure: Element, places: Mapping[Element, int]) -> None:
        """Read one ``<measure>``, whose notes stand in these places, and add its bar."""
        self._bar, self._now, self._last = Bar(), 0.0, 0.0
        self._places = places
        handlers = {
            "note": self._read_note,
            "backup": self._read_backup,
            "forward": self._read_forward,
            "attributes": self._read_attributes,
            "direction": self._read_direction,
            "sound": self._read_sound,
            "barline": self._read_barline,
        }
        endings = self._endings
        for element in measure:
            if element.tag in handlers:
                handlers[element.tag](element)
            endings |= self._endings
        self._place_graces()
        self._bar.signs |= Signs(endings=endings)
        self._bars.append(self._bar)

    def _read_note(self, note: Element) -> None:
        pitch = self._pitch(note)
        in_chord = note.find("chord") is not None
        if note.find("grace") is not None:
            if pitch is not None and in_chord and self._graces:
                self._graces[-1].append((pitch, self._places[note]))
            elif pitch is not None:
                self._graces.append([(pitch, self._places[note])])
            return
        length = self._duration(note)
        if in_chord:
            onset = self._last
        else:
            self._place_graces()
            onset = self._last = self._now
            self._move(length)
        if pitch is not None and note.find("cue") is None:
            ties = [*note.iterfind("tie"), *note.iterfind("notations/tied")]
            tied = any(tie.get("type") == "start" for tie in ties)
            place = self._places[note]
            self._bar.notes.append(Written(onset, length, pitch, self._index, tied, place))

    def _place_graces(self) -> None:
        """Set the grace notes that wait just ahead of the present place."""
        for ahead, chord in enumerate(reversed(self._graces), start=1):
            onset = self._now - ahead * GRACE
            for pitch, place in chord:
                self._bar.notes.append(Written(onset, GRACE, pitch, self._index, place=place))
        self._graces = []

    def _pitch(self, note: Element) -> int | None:
        """Return the sounding pitch; None for rests, and percussion in a pitched part."""
        if note.find("unpitched") is not None and self._part.is_drum:
            instrument = note.find("instrument")
            name = instrument.get("id", "") if instrument is not None else ""
            return self._drums.get(name, _SNARE)
        written = note.find("pitch")
        if written is None:
            return None
        step, octave = (written.findtext("step") or "").strip(), whole(written.findtext("octave"))
        if step not in STEPS or octave is None:
            self._fail(f"a note of measure {len(self._bars) + 1} has no pitch that can be read")
        # Quarter tones go to the nearest key.
        alter = round(number(written.findtext("alter")) or 0)
        pitch = 12 * (octave + 1) + STEPS[step] + alter + self._transposition
        if not 0 <= pitch <= 127:
            self._fail(f"a note of measure {len(self._bars) + 1} lies beyond the range of MIDI")
        return pitch

    def _duration(self, element: Element) -> float:
        """Return an element's duration in quarters."""
        length = number(element.findtext("duration"))
        if length is None or length < 0:
            self._fail(f"measure {len(self._bars) + 1} has a note or a rest without a length")
        return length / self._divisions

    def _move(self, length: float) -> None:
        self._now = max(self._now + length, 0.0)
        self._bar.length = max(self._bar.length, self._now)

    def _read_backup(self, element: Element) -> None:
        self._place_graces()
        self._move(-self._duration(element))

    def _read_forward(self, element: Element) -> None:
        self._move(self._duration(element))

    def _read_attributes(self, element: Element) -> None:
        divisions = number(element.findtext("divisions"))
        if divisions is not None:
            if divisions <= 0:
                self._fail("it divides a quarter into nothing")
            self._divisions = divisions
        transpose = element.find("transpose")
        if transpose is not None:
            octaves = whole(transpose.findtext("octave-change")) or 0
            self._transposition = (whole(transpose.findtext("chromatic")) or 0) + 12 * octaves

    def _read_direction(self, element: Element) -> None:
        sound = element.find("sound")
        if sound is not None and sound.get("tempo"):
            self._read_sound(sound)
            return
        mark = element.find("direction-type/metronome")
        if mark is not None and mark.find("beat-unit") is not None:
            unit = _QUARTERS.get((mark.findtext("beat-unit") or "").strip())
            beats = number(mark.findtext("per-minute"))
            if unit is not None and beats is not None:
                dots = len(mark.findall("beat-unit-dot"))
                self._set_tempo(beats * unit * (2 - 0.5**dots))

    def _read_sound(self, element: Element) -> None:
        tempo = number(element.get("tempo"))
        if tempo is not None:
            self._set_tempo(tempo)

    def _set_tempo(self, qpm: float) -> None:
        if _SLOWEST <= qpm <= _FASTEST:
            self._bar.tempi.append((self._now, qpm))

    def _read_barline(self, element: Element) -> None:
        repeat, ending = element.find("repeat"), element.find("ending")
        if repeat is not None and repeat.get("direction") == "forward":
            self._bar.signs |= Signs(begins=True)
        elif repeat is not None:
            times = whole(repeat.get("times")) or 2
            self._bar.signs |= Signs(times=min(max(times, 2), MOST_TIMES))
        if ending is not None and ending.get("type") == "start":
            numbers = re.findall(r"[0-9]{1,2}", ending.get("number", ""))
            self._endings = frozenset(int(turn) for turn in numbers[:MOST_TIMES])
            self._bar.signs |= Signs(endings=self._endings)
        elif ending is not None:
            self._endings = frozenset()


def number(text: str | None) -> float | None:
    """Return the first plain decimal number in a text, None without one."""
    found = _NUMBER.search(text) if text else None
    return float(found.group()) if found else None


def whole(text: str | None) -> int | None:
    """Return the first number in a text rounded to a whole one, None without one."""
    value = number(text)
    return None if value is None else round(value)
