"""Changes to a ``<note>`` of MusicXML and to those that it hangs together with.

They keep the order of elements that the format asks for, and the file's way to indent them.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element

from musecritic.repair.spelling import ACCIDENTALS, Spelling

_ORDER = (
    *("grace", "cue", "chord", "pitch", "unpitched", "rest", "duration", "tie", "instrument"),
    *("footnote", "level", "voice", "type", "dot", "accidental", "time-modification", "stem"),
    *("notehead", "notehead-text", "staff", "beam", "notations", "lyric", "play", "listen"),
)
# What is a note's own, and goes with it. All else is the place's: a beam or a slur goes on over a
# rest, a syllable waits for another note, and a tuplet needs all its members.
_OWN = ("tie", "accidental", "stem", "notehead", "notehead-text")
_OWN_NOTATIONS = (
    *("tied", "articulations", "ornaments", "technical", "arpeggiate", "non-arpeggiate"),
    "accidental-mark",
)
# In a chord these belong to all of its notes, and are written at one.
_NOTATIONS_OF_ONE = ("tied", "technical", "accidental-mark", "glissando", "slide")


def respell(note: Element, to: Spelling) -> None:
    """Give a pitched note another pitch."""
    pitch = note.find("pitch")
    assert pitch is not None
    for name, value in (("step", to.step), ("octave", str(to.octave))):
        child = pitch.find(name)
        assert child is not None
        child.text = value
    alter = pitch.find("alter")
    if alter is not None:
        alter.text = str(to.alter)
    elif to.alter:
        _insert(pitch, _new("alter", str(to.alter)), at=1)


def set_accidental(note: Element, alter: int | None) -> None:
    """Write the accidental of an alteration, or none."""
    old = note.find("accidental")
    if old is not None:
        _remove(note, old)
    if alter in ACCIDENTALS:
        _add(note, _new("accidental", ACCIDENTALS[alter]))


def tie(note: Element, kind: str) -> None:
    """Begin ("start") or end ("stop") a tie at a note, where none does yet."""
    # What stops here stands before what starts here.
    ties = note.findall("tie")
    if all(old.get("type") != kind for old in ties):
        if ties and kind == "stop":
            _insert(note, _new("tie", type=kind), at=list(note).index(ties[0]))
        else:
            _add(note, _new("tie", type=kind))
    notations = note.find("notations")
    if notations is None:
        notations = _new("notations")
        _add(note, notations)
    if all(old.get("type") != kind for old in note.iterfind("notations/tied")):
        _insert(notations, _new("tied", type=kind), at=0 if kind == "stop" else len(notations))


def to_rest(note: Element) -> None:
    """Let a rest of the same length stand in a note's place."""
    for child in list(note):
        if child.tag in ("pitch", "unpitched"):
            rest = _new("rest")
            rest.tail = child.tail
            note[list(note).index(child)] = rest
        elif child.tag in _OWN:
            _remove(note, child)
        elif child.tag == "notations":
            for notation in list(child):
                if notation.tag in _OWN_NOTATIONS:
                    _remove(child, notation)
            if not len(child):
                _remove(note, child)


def chord_of(note: Element, measure: Element) -> list[Element]:
    """Return the notes that are written as one chord with a note, itself among them."""
    chord: list[Element] = []
    for element in measure.iterfind("note"):
        if element.find("chord") is None:
            if note in chord:
                break
            chord = []
        chord.append(element)
    return chord


def lead_chord(note: Element) -> None:
    """Let a note be the first of its chord."""
    chord = note.find("chord")
    if chord is not None:
        _remove(note, chord)


def hand_over(note: Element, heir: Element) -> None:
    """Write at another note of a chord what stands at this one for all of it."""
    if heir.find("beam") is None:
        for beam in note.findall("beam"):
            _add(heir, beam)
    if heir.find("lyric") is None:
        for lyric in note.findall("lyric"):
            _add(heir, lyric)
    there = {_kind(notation) for notation in heir.iterfind("notations/*")}
    for notation in note.findall("notations/*"):
        if notation.tag not in _NOTATIONS_OF_ONE and _kind(notation) not in there:
            notations = heir.find("notations")
            if notations is None:
                notations = _new("notations")
                _add(heir, notations)
            _insert(notations, notation, at=len(notations))


def let_go(note: Element, before: Iterable[Element], after: Iterable[Element]) -> set[Element]:
    """Mend the slurs and beams that a note leaves open when it goes and nothing takes its place.

    Parameters
    ----------
    note
        A grace note.
    before, after
        The other notes of its part, the nearest first.

    Returns
    -------
    set of Element
        The notes that were changed.
    """
    changed = set()
    for slur in note.iterfind("notations/slur"):
        starts, number = slur.get("type") == "start", slur.get("number", "1")
        other = "stop" if starts else "start"
        for near in after if starts else before:
            notations = near.find("notations")
            ends = [
                end
                for end in (notations.findall("slur") if notations is not None else ())
                if (end.get("type"), end.get("number", "1")) == (other, number)
            ]
            if notations is not None and ends:
                _remove(notations, ends[0])
                if not len(notations):
                    _remove(near, notations)
                changed.add(near)
                break
    for beam in note.iterfind("beam"):
        begins = beam.text == "begin"
        if not begins and beam.text != "end":
            continue
        for near in after if begins else before:
            theirs = [b for b in near.iterfind("beam") if b.get("number") == beam.get("number")]
            if theirs:
                if theirs[0].text == "continue":
                    theirs[0].text = beam.text
                else:  # it was left alone
                    _remove(near, theirs[0])
                changed.add(near)
                break
    return changed


def _kind(notation: Element) -> tuple[str, str | None, str | None]:
    return notation.tag, notation.get("type"), notation.get("number")


def _new(tag: str, text: str | None = None, **attributes: str) -> Element:
    element = Element(tag, attributes)
    element.text = text
    return element


def _add(note: Element, child: Element) -> None:
    """Put a child into a note, after all that the format wants before it."""
    rank = _ORDER.index(child.tag)
    ahead = [i for i, old in enumerate(note) if old.tag in _ORDER[: rank + 1]]
    _insert(note, child, at=ahead[-1] + 1 if ahead else 0)


def _insert(parent: Element, child: Element, *, at: int) -> None:
    """Insert a child, indented as its neighbours are."""
    if at and at == len(parent):
        child.tail, parent[-1].tail = parent[-1].tail, parent.text
    else:
        child.tail = parent[at - 1].tail if at else parent.text
    parent.insert(at, child)


def _remove(parent: Element, child: Element) -> None:
    """Remove a child with the indentation before it."""
    index = list(parent).index(child)
    if index == len(parent) - 1:  # the parent's end keeps its own indentation
        if index:
            parent[index - 1].tail = child.tail
        else:
            parent.text = None
    parent.remove(child)
