"""ABC notation into pieces.

Read here and not by a library: abc2midi, which symusic brings, puts the voices of a line such as
``[V:1]c2:|[V:2]e2:|`` out of step at every repeat, and partitura reads no ABC.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

from musecritic.errors import UnreadableFile
from musecritic.music.abc_fields import (
    default_unit,
    parse_key,
    parse_meter,
    parse_properties,
    parse_tempo,
    parse_unit,
    transposition,
)
from musecritic.music.abc_voice import Voice
from musecritic.music.limits import MOST_BARS, MOST_PARTS, Limits, refuse_more
from musecritic.music.piece import Part, Piece
from musecritic.music.score import perform

_REMEDY = "Correct the tune, or export it again as ABC, MusicXML or MIDI."

# Twenty times an orchestral movement; a symbol takes some microseconds.
_MOST_CHARACTERS = 1_000_000

_FIELD = re.compile(r"([A-Za-z+]):(?![|:])\s*(.*)")  # "C:|" is a note before a repeat
_PROGRAM = re.compile(r"(?:%%|I:)\s*MIDI\s+program\s+(?:[0-9]+\s+)?([0-9]{1,3})\b")
_LENGTH = r"[0-9]*/*[0-9]*"
_ONE_NOTE = rf"(?:\^{{1,2}}|_{{1,2}}|=)?[A-Ga-g][,']*{_LENGTH}-?"
_SYMBOLS = re.compile(
    rf"""
      (?P<note>{_ONE_NOTE})
    | [zx](?P<rest>{_LENGTH})
    | [ZX](?P<bars>[0-9]{{0,3}})
    | \[(?P<field>[A-Za-z]):(?P<value>[^\]]*)\]
    | (?P<bar>\.?:*\[?\|[|\]]*:*|::+)\s*(?:\[?(?P<first>[0-9][0-9,\-]*))?
    | \[(?P<ending>[0-9][0-9,\-]*)
    | \[(?P<chord>(?:{_ONE_NOTE}|![^!\n]*!|"[^"]*"|[.~HJLMOPRSTuv()\s])+)\](?P<length>{_LENGTH})
    | (?P<tie>\.?-)
    | (?P<broken>>+|<+)
    | \((?P<p>[2-9])(?::(?P<q>[0-9]?))?(?::(?P<r>[0-9]{{0,2}}))?
    | \{{/?(?P<graces>[^}}]*)\}}
    | (?P<overlay>&)
    # Ornaments, chord names, slurs, spacing and line ends are not played.
    | ![^!\n]*! | \+[A-Za-z0-9.]+\+ | "[^"]*" | [.~H-WYh-wy()\s`\\$*!;&]
    """,
    re.VERBOSE,
)
_MARKS = re.compile(r'![^!\n]*!|"[^"]*"')


def parse_abc(data: bytes, path: Path, *, limits: Limits) -> Piece:
    """Parse the first tune of an ABC file.

    One `Part` a voice. Notes sound at the marked tempo (120 quarters a minute without one), with
    ties, tuplets, broken rhythms, repeats and endings; grace notes sound just ahead of the beat.
    A sign holds for its octave to the end of the bar. Bars of one number sound together. Chord
    names, ornaments, dynamics and the order of parts (``P:``) are not followed.

    Raises
    ------
    UnreadableFile
        It is no ABC, or has a symbol that cannot be read; the message says in which line.
    OverLimit
        It has more notes than the limit.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return _Tune(path).read(text, limits)


class _Tune:
    """Reads one tune line by line and hands its symbols to its voices."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._title: str | None = None
        self._composer: str | None = None
        self._key: dict[str, int] | None = None  # set by the K: field that ends the header
        self._meter, self._unit = 4.0, 0.0
        self._tempo: str | None = None
        self._transposition = 0
        self._voices: dict[str, Voice] = {}
        self._voice: Voice | None = None
        self._announced: list[str] = []  # V: fields of the header
        self._program = 0
        self._n_bars = 0

    def read(self, text: str, limits: Limits) -> Piece:
        begun, n_characters = False, 0
        for number, line in enumerate(io.StringIO(text), start=1):
            if begun and (not line.strip() or line.startswith("X:")) and self._key is not None:
                break
            n_characters += len(line)
            refuse_more(n_characters, _MOST_CHARACTERS, "characters in a tune", self._path)
            try:
                begun = self._read_line(line) or begun
            except ValueError as error:
                raise UnreadableFile(self._path, f"line {number}: {error}", _REMEDY) from error
        if self._key is None:
            raise UnreadableFile(self._path, "it has no K: field, as every ABC tune does", _REMEDY)
        voices = list(self._voices.values())
        parts = [Part(voice.name, voice.program, voice.is_drum) for voice in voices]
        try:
            bars = [voice.finish() for voice in voices]
        except ValueError as error:
            raise UnreadableFile(self._path, str(error), _REMEDY) from error
        return perform(
            bars, parts, self._path, limits, title=self._title, composer=self._composer
        ).piece

    def _read_line(self, line: str) -> bool:
        """Read one line; return whether it is a part of a tune."""
        if program := _PROGRAM.match(line):
            self._set_program(min(int(program.group(1)), 127))
            return False
        line = re.sub(r"(?<!\\)%.*", "", line).rstrip()
        if field := _FIELD.match(line):
            self._read_field(*field.groups())
            return True
        if self._key is None:
            return False  # what stands before the header is free text
        self._read_music(line)
        return True

    def _read_field(self, name: str, value: str) -> None:
        value, in_header = value.strip(), self._key is None
        if name == "T":
            self._title = self._title or value or None
        elif name == "C":
            self._composer = self._composer or value or None
        elif name == "M":
            self._set_meter(parse_meter(value))
        elif name == "L":
            self._set_unit(parse_unit(value))
        elif name == "Q":
            self._set_tempo(value)
        elif name == "K":
            self._set_key(value)
        elif name == "V" and in_header:
            self._announced.append(value)
        elif name == "V":
            self._open_voice(value)

    def _set_program(self, program: int) -> None:
        if self._voice is None:
            self._program = program
        else:
            self._voice.program = program

    def _set_meter(self, meter: float) -> None:
        if self._key is None:
            self._meter = meter
        else:
            self._current().meter = meter

    def _set_unit(self, unit: float) -> None:
        if self._key is None:
            self._unit = unit
        else:
            self._current().unit = unit

    def _set_tempo(self, value: str) -> None:
        if self._key is None:
            self._tempo = value
            return
        qpm = parse_tempo(value, self._current().unit)
        if qpm is not None:
            self._current().tempo(qpm)

    def _set_key(self, value: str) -> None:
        key, properties = parse_key(value), parse_properties(value)
        if self._key is not None:
            voice = self._current()
            if key is not None:
                voice.key = key
            if properties:
                voice.transposition = transposition(properties)
            return
        self._key = key or {}
        self._unit = self._unit or default_unit(self._meter)
        self._transposition = transposition(properties)
        for announced in self._announced:
            self._open_voice(announced)
        self._voice = next(iter(self._voices.values()), None)
        if self._tempo is not None:
            self._set_tempo(self._tempo)

    def _open_voice(self, value: str) -> None:
        """Turn to a voice, new or known, and take the properties that stand with its name."""
        name, _, rest = value.partition(" ")
        if name not in self._voices:
            voice = Voice(len(self._voices), self._key or {}, self._unit, self._meter)
            voice.transposition, voice.program = self._transposition, self._program
            self._voices[name] = voice
            refuse_more(len(self._voices), MOST_PARTS, "voices", self._path)
        self._voice = voice = self._voices[name]
        properties = parse_properties(rest)
        voice.name = properties.get("name", properties.get("nm", voice.name))
        voice.is_drum = voice.is_drum or properties.get("clef", "").startswith("perc")
        if {"clef", "transpose", "octave"} & set(properties):
            voice.transposition = transposition(properties)

    def _current(self) -> Voice:
        """Return the voice that is being written, the only one if none is named."""
        if self._voice is None:
            self._open_voice("1")
        assert self._voice is not None
        return self._voice

    def _read_music(self, line: str) -> None:
        position = 0
        while position < len(line):
            symbol = _SYMBOLS.match(line, position)
            if symbol is None:
                raise ValueError(f"{line[position : position + 20]!r} cannot be read")
            self._play(symbol)
            position = symbol.end()

    def _play(self, symbol: re.Match[str]) -> None:
        """Hand one symbol to its voice."""
        found = {name: text for name, text in symbol.groupdict().items() if text is not None}
        if "field" in found:
            self._read_field(found["field"], found["value"])
            return
        if "bar" in found or "bars" in found:
            self._n_bars += int(found.get("bars") or 1)
            refuse_more(self._n_bars, MOST_BARS, "bars", self._path)
        voice = self._current()
        if "note" in found:
            voice.note(found["note"])
        elif "chord" in found:
            voice.chord(_MARKS.sub("", found["chord"]), found["length"])
        elif "rest" in found:
            voice.rest(found["rest"])
        elif "bars" in found:
            voice.bars_of_rest(int(found["bars"] or 1))
        elif "bar" in found:
            voice.bar_line(found["bar"], found.get("first", ""))
        elif "ending" in found:
            voice.ending(found["ending"])
        elif "tie" in found:
            voice.tie()
        elif "broken" in found:
            voice.break_rhythm(found["broken"])
        elif "p" in found:
            voice.tuplet(found["p"], found.get("q", ""), found.get("r", ""))
        elif "graces" in found:
            voice.graces(_MARKS.sub("", found["graces"]))
        elif "overlay" in found:
            voice.overlay()
