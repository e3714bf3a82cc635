"""How pitches are spelled, and where a page needs an accidental."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element

from musecritic.music.musicxml_part import STEPS, number, whole

#: Of each alteration, in semitones.
ACCIDENTALS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}

_SHARPS = "FCGDAEB"  # in the order in which key signatures gain them; flats in the other

#: The key signature of each staff, in fifths; under None that of the staves without their own.
Keys = dict[str | None, int]


class Spelling(NamedTuple):
    """A pitch as it is written: step C..B, alteration in semitones, octave (C4 is MIDI 60)."""

    step: str
    alter: int
    octave: int

    @property
    def pitch(self) -> int:
        """MIDI pitch."""
        return 12 * (self.octave + 1) + STEPS[self.step] + self.alter


def spelled(pitch: int, fifths: int, *, upwards: bool) -> Spelling:
    """Spell a MIDI pitch as the key has it; else without an accidental; else by the direction.

    Parameters
    ----------
    pitch
        As written; of a transposing instrument not as it sounds.
    fifths
        Key signature, sharps above 0, flats below.
    upwards
        A pitch that neither the key nor the white keys have is written as a sharp, else as a flat.
    """
    choices = [
        Spelling(step, alter, (pitch - alter) // 12 - 1)
        for step in STEPS
        for alter in (-1, 0, 1)
        if (pitch - alter) % 12 == STEPS[step]
    ]

    def strangeness(choice: Spelling) -> tuple[bool, bool, bool]:
        in_key = choice.alter == in_signature(choice.step, fifths)
        return not in_key, choice.alter != 0, choice.alter < 0 if upwards else choice.alter > 0

    return min(choices, key=strangeness)


def in_signature(step: str, fifths: int) -> int:
    """Return by how many semitones a key signature alters a step."""
    place = _SHARPS.index(step)
    # Seven more fifths go round once more; no signature in use needs it, but files may hold one.
    return (fifths - place + 6) // 7


def spelling_of(note: Element) -> Spelling | None:
    """Return the pitch that a ``<note>`` writes, quarter tones rounded; None where it has none."""
    pitch = note.find("pitch")
    if pitch is None:
        return None
    step, octave = (pitch.findtext("step") or "").strip(), whole(pitch.findtext("octave"))
    alter = round(number(pitch.findtext("alter")) or 0)
    return Spelling(step, alter, octave or 0)


def keys_after(measure: Element, keys: Keys) -> Keys:
    """Return the key signatures that hold when a measure is over, of those that held before it."""
    for attributes in measure.iterfind("attributes"):
        keys = _with(attributes, keys)
    return keys


def fifths_of(note: Element, keys: Keys) -> int:
    """Return the key signature of a note's staff."""
    return keys.get(note.findtext("staff"), keys.get(None, 0))


class Expected(NamedTuple):
    """What a reader expects of a note that has no accidental.

    Attributes
    ----------
    alter
        The alteration that he takes it to have, in semitones.
    fifths
        The key signature.
    """

    alter: int
    fifths: int


def expected(measure: Element, keys: Keys) -> dict[Element, Expected]:
    """Return what is expected of each pitched note of a measure, in order of time.

    That of the note before it on its line, or else of the key signature. A note that is tied over
    from another measure brings an alteration that holds for itself alone.

    Parameters
    ----------
    measure
        A ``<measure>``.
    keys
        The key signatures that hold when it begins.
    """
    found: dict[Element, Expected] = {}
    held: dict[tuple[str | None, str, int], int] = {}
    for element in _in_time(measure):
        if element.tag == "attributes":
            keys = _with(element, keys)
            continue
        written = spelling_of(element)
        if written is None:
            continue
        line = element.findtext("staff"), written.step, written.octave
        fifths = fifths_of(element, keys)
        alter = held.get(line, in_signature(written.step, fifths))
        found[element] = Expected(alter, fifths)
        if element.find("accidental") is not None or not is_tied_over(element):
            held[line] = written.alter
    return found


def is_tied_over(note: Element) -> bool:
    """Tell whether a note goes on with the one before it."""
    ties = [*note.iterfind("tie"), *note.iterfind("notations/tied")]
    return any(tie.get("type") == "stop" for tie in ties)


def _in_time(measure: Element) -> Iterator[Element]:
    """Yield a measure's notes and attributes as time goes, those of one moment as they stand."""
    now = last = 0.0
    found: list[tuple[float, Element]] = []
    for element in measure:
        length = number(element.findtext("duration")) or 0.0
        if element.tag == "backup":
            now -= length
        elif element.tag == "forward":
            now += length
        elif element.tag == "attributes":
            found.append((now, element))
        elif element.tag == "note" and element.find("chord") is not None:
            found.append((last, element))
        elif element.tag == "note":
            found.append((now, element))
            last, now = now, now + length
    yield from (element for _, element in sorted(found, key=lambda each: each[0]))


def _with(attributes: Element, keys: Keys) -> Keys:
    for key in attributes.iterfind("key"):
        staff = key.get("number")
        own = {} if staff is None else keys  # one without a number is for all staves
        keys = {**own, staff: whole(key.findtext("fifths")) or 0}
    return keys
