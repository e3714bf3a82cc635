"""One voice of an ABC tune: its symbols into bars of sounding notes."""

from __future__ import annotations

import re
from dataclasses import replace

from musecritic.music.abc_fields import ACCIDENTALS, Key
from musecritic.music.repeats import MOST_TIMES, Signs
from musecritic.music.score import GRACE, Bar, Written

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_NOTE = re.compile(r"(\^{1,2}|_{1,2}|=)?([A-Ga-g])([,']*)([0-9]*/*[0-9]*)(-?)")

# How many notes fill the time of how many, where `(3` says no more; None: by the meter.
_TUPLETS = {2: 3, 3: 2, 4: 3, 5: None, 6: 2, 7: None, 8: 3, 9: None}


class Voice:
    """Takes the symbols of one voice in turn and builds its bars.

    Attributes
    ----------
    bars
        The bars that are complete.
    unit, meter
        Quarters of a note without a length, and of a bar.
    key
        What the signature alters.
    transposition
        Semitones from the notation to the sound.
    name, program, is_drum
        Of its part.
    """

    def __init__(self, index: int, key: Key, unit: float, meter: float) -> None:
        self.key, self.unit, self.meter = key, unit, meter
        self.transposition = 0
        self.name, self.program, self.is_drum = "", 0, False
        self.bars: list[Bar] = []
        self._index = index
        self._bar, self._now = Bar(), 0.0
        self._endings: frozenset[int] = frozenset()
        self._altered: dict[tuple[str, int], int] = {}  # by signs in this bar
        self._held: dict[tuple[str, int], int] = {}  # by signs before a tie
        self._sounding: dict[tuple[str, int], int] = {}  # in the last chord
        self._tuplet, self._in_tuplet = 1.0, 0
        self._graces: list[list[Written]] = []
        self._last: tuple[float, float, int] | None = None  # start, length, first note
        self._broken = 1.0

    def note(self, text: str) -> None:
        """Take a note, its length and a tie included."""
        self.chord(text, "")

    def chord(self, inside: str, length: str) -> None:
        """Take the notes inside brackets and the length behind them."""
        self._sound_graces()
        notes, first = _NOTE.findall(inside), len(self._bar.notes)
        scale = self._scale() * _length(length)
        held, self._held, self._sounding = self._held, {}, {}
        for sign, letter, octaves, own, tie in notes:
            where = _place(letter, octaves)
            alter = self._sounding[where] = self._alter(sign, where, held)
            if tie:
                self._held[where] = alter
            written = Written(
                self._now, _length(own) * scale, self._pitch(where, alter), self._index, bool(tie)
            )
            self._bar.notes.append(written)
        self._advance(_length(notes[0][3]) * scale, first)

    def rest(self, length: str) -> None:
        """Take a rest."""
        self._held = {}
        self._advance(_length(length) * self._scale(), len(self._bar.notes))

    def bars_of_rest(self, count: int) -> None:
        """Take a rest of whole bars."""
        for i in range(count):
            self._advance(self.meter, len(self._bar.notes))
            if i < count - 1:
                self.bar_line("|", "")

    def tie(self) -> None:
        """Tie the last note or chord to what follows."""
        if self._last is None:
            return
        notes = self._bar.notes
        for i in range(self._last[2], len(notes)):
            notes[i] = replace(notes[i], tied=True)
        self._held = dict(self._sounding)

    def break_rhythm(self, signs: str) -> None:
        """Lengthen the last note and shorten the next (``>``), or the other way round (``<``)."""
        if self._last is None:
            return
        short = 0.5 ** min(len(signs), 4)
        ours, self._broken = (2 - short, short) if signs[0] == ">" else (short, 2 - short)
        start, length, first = self._last
        notes = self._bar.notes
        for i in range(first, len(notes)):
            notes[i] = replace(notes[i], length=notes[i].length * ours)
        self._now = start
        self._advance(length * ours, first)

    def tuplet(self, p: str, q: str, r: str) -> None:
        """Begin a tuplet: p notes in the time of q, for the next r notes."""
        n = int(p)
        time = int(q) if q else _TUPLETS.get(n)
        if time is None:
            time = 3 if (self.meter * 2) % 3 == 0 and self.meter != 3 else 2
        if n and time:
            self._tuplet, self._in_tuplet = time / n, int(r) if r else n

    def graces(self, inside: str) -> None:
        """Take the grace notes inside braces."""
        for chord in re.findall(r"\[[^\]]*\]|[^\[\]]+", inside):
            notes = []
            for sign, letter, octaves, _, _ in _NOTE.findall(chord):
                where = _place(letter, octaves)
                pitch = self._pitch(where, self._alter(sign, where, {}))
                notes.append(Written(0.0, GRACE, pitch, self._index))
            self._graces += [notes] if chord.startswith("[") else [[note] for note in notes]

    def overlay(self) -> None:
        """Go back to the start of the bar for a second voice in it."""
        self._sound_graces()
        self._now, self._altered, self._last = 0.0, {}, None

    def tempo(self, qpm: float) -> None:
        """Set the tempo from here on."""
        self._bar.tempi.append((self._now, qpm))

    def bar_line(self, sign: str, ending: str) -> None:
        """Take a bar line with its repeat signs, and the numbers of the ending it begins."""
        self._sound_graces()
        before = len(sign) - len(sign.lstrip(":"))
        after = len(sign) - len(sign.rstrip(":"))
        if sign.strip(":") == "":  # "::" is ":||:"
            before = after = len(sign) - len(sign) // 2
        if self._bar.length or self._bar.notes:
            self._close()
        if before and self.bars:
            times = min(before + 1, MOST_TIMES)
            self.bars[-1].signs |= Signs(times=times)
        if before or after or "||" in sign or "]" in sign:
            self._endings = frozenset()
        if ending:
            self.ending(ending)
        self._bar.signs |= Signs(begins=bool(after), endings=self._endings)
        self._altered, self._last = {}, None

    def ending(self, numbers: str) -> None:
        """Begin an ending for some passes: ``1``, ``1,3`` or ``1-3``."""
        passes: set[int] = set()
        for low, high in re.findall(r"([0-9]{1,2})(?:-([0-9]{1,2}))?", numbers):
            passes.update(range(int(low), min(int(high or low), MOST_TIMES) + 1))
        self._endings = frozenset(passes)
        self._bar.signs |= Signs(endings=self._endings)

    def finish(self) -> list[Bar]:
        """Close the last bar and return all."""
        self._sound_graces()
        if self._bar.length or self._bar.notes:
            self._close()
        return self.bars

    def _close(self) -> None:
        self.bars.append(self._bar)
        self._bar, self._now = Bar(), 0.0

    def _scale(self) -> float:
        """Return what multiplies the next note's own length."""
        scale, self._broken = self.unit * self._broken, 1.0
        if self._in_tuplet:
            self._in_tuplet -= 1
            scale *= self._tuplet
        return scale

    def _advance(self, length: float, first: int) -> None:
        """Move on by the length of a note whose sounds begin at index `first` of the bar."""
        self._last = self._now, length, first
        self._now += length
        self._bar.length = max(self._bar.length, self._now)

    def _sound_graces(self) -> None:
        """Set the grace notes that wait just ahead of the present place."""
        for ahead, chord in enumerate(reversed(self._graces), start=1):
            onset = self._now - ahead * GRACE
            self._bar.notes += [replace(note, onset=onset) for note in chord]
        self._graces = []

    def _alter(self, sign: str, where: tuple[str, int], held: dict[tuple[str, int], int]) -> int:
        """Return the semitones that a note is off its letter.

        A sign holds for its letter and octave to the end of the bar, and over a tie.
        """
        if sign:
            self._altered[where] = ACCIDENTALS[sign]
        return self._altered.get(where, held.get(where, self.key.get(where[0], 0)))

    def _pitch(self, where: tuple[str, int], alter: int) -> int:
        letter, octave = where
        pitch = 60 + _LETTERS[letter] + 12 * octave + alter + self.transposition
        if not 0 <= pitch <= 127:
            raise ValueError("a note lies beyond the range of MIDI")
        return pitch


def _place(letter: str, octaves: str) -> tuple[str, int]:
    """Return the capital letter and the octave, 0 from middle C up."""
    octave = octaves.count("'") - octaves.count(",") + letter.islower()
    return letter.upper(), octave


def _length(text: str) -> float:
    """Return what a length multiplies the unit by: ``""`` is 1, ``3`` 3, ``/`` 1/2, ``3/4`` 3/4.

    Raises
    ------
    ValueError
        It is not a length.
    """
    top, slashes, bottom = text.partition("/")
    halved = slashes + bottom[: len(bottom) - len(bottom.lstrip("/"))]
    below = bottom.lstrip("/")
    if len(top) > 4 or len(below) > 4 or len(halved) > 8 or below.strip("0") == "" != below:
        raise ValueError(f"the length {text[:20]!r} cannot be read")
    divisor = int(below) * 2.0 ** max(len(halved) - 1, 0) if below else 2.0 ** len(halved)
    return int(top or 1) / divisor
