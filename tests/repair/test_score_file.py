"""Edits in MusicXML: what is read again is what was wanted, and the rest of the file is as it was."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musecritic.errors import BadFile, CannotEdit, MuseCriticError, OverLimit
from musecritic.music.limits import Limits
from musecritic.music.manuscript import open_manuscript
from musecritic.music.notes import Notes
from musecritic.music.read import read
from musecritic.repair.edit import Edit, edited
from musecritic.repair.score_file import write_edited_score
from musecritic.repair.spelling import in_signature, spelled

EXAMPLE = Path(__file__).parents[2] / "examples" / "petzold_minuet.musicxml"

HEAD = """<?xml version='1.0' encoding="UTF-8"?>
<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 3.1 Partwise//EN" "partwise.dtd">
<!-- kept -->
<score-partwise version='3.1'><part-list><score-part id="P1"><part-name>Öde</part-name></score-part>
<score-part id="P2"><part-name/></score-part></part-list>
<part id="P1">
"""
TAIL = "</part>\n</score-partwise>\n<!-- the end -->\n"


def attributes(fifths: int = 0, divisions: int = 2) -> str:
    return f"<attributes><divisions>{divisions}</divisions><key><fifths>{fifths}</fifths></key></attributes>\n"


def note(
    pitch: str, length: int = 2, *, first: str = "", inside: str = "", end: str = "", voice: int = 1
) -> str:
    alter = {"#": "<alter>1</alter>", "b": "<alter>-1</alter>"}.get(pitch[1], "")
    duration = "" if "grace" in first else f"<duration>{length}</duration>"
    return (
        f'      <note default-x="7"><!-- here -->{first}\n'
        f"        <pitch><step>{pitch[0]}</step>{alter}<octave>{pitch[-1]}</octave></pitch>\n"
        f"        {duration}<voice>{voice}</voice><type>quarter</type>{inside}{end}\n"
        "      </note>\n"
    )  # fmt: skip


def chord(*pitches: str, length: int = 2, end: str = "") -> str:
    return note(pitches[0], length, end=end) + "".join(
        note(pitch, length, first="<chord/>") for pitch in pitches[1:]
    )


def tied(pitch: str, *kinds: str, length: int = 2) -> str:
    ties = "".join(f'<tied type="{kind}"/>' for kind in kinds)
    text = note(pitch, length, end=f"<notations>{ties}</notations>")
    return text.replace("<voice>", "".join(f'<tie type="{kind}"/>' for kind in kinds) + "<voice>")


BACKUP = "<backup><duration>{}</duration></backup>\n"
SHARP, NATURAL = "<accidental>sharp</accidental>", "<accidental>natural</accidental>"
BEGIN, END = ('<beam number="1">begin</beam>', '<beam number="1">end</beam>')
SLUR, SLUR_END = (f'<notations><slur type="{kind}" number="1"/></notations>' for kind in ("start", "stop"))  # fmt: skip

#: Chords, ties over a bar line, two voices, accidentals, a grace note, a key of two sharps.
PIECE = (
    attributes(2) + chord("D4", "F#4", "A4") + note("C5", inside=NATURAL) + tied("B4", "start"),
    tied("B4", "stop", length=4) + note("E5") + BACKUP.format(6) + note("G3", 6, voice=2),
    note("E4", first="<grace/>") + note("F#4") + note("G4") + note("G4") + BACKUP.format(6)
    + chord("D3", "D3", length=6),
)  # fmt: skip


def text_of(*bars: str) -> str:
    measures = (f"<measure number='{n}'>\n{bar}</measure>\n" for n, bar in enumerate(bars, 1))
    return HEAD + "".join(measures) + TAIL


def written(folder: Path, *bars: str) -> Path:
    path = folder / "a.musicxml"
    path.write_text(text_of(*bars), "utf-8")
    return path


def at(notes: Notes, onset: float, pitch: int) -> Notes:
    found = notes[(np.abs(notes["onset"] - onset) < 1e-6) & (notes["pitch"] == pitch)]
    assert len(found)
    return found[:1]


def delete(before: Notes) -> Edit:
    return Edit("delete", before, before[:0])


def move(before: Notes, pitch: int) -> Edit:
    after = before.copy()
    after["pitch"] = pitch
    return Edit("move", before, after)


def join(first: Notes, then: Notes) -> Edit:
    after = first.copy()
    after["offset"] = then["offset"]
    return Edit("join", np.concatenate([first, then]), after)


def sounding(notes: Notes) -> list[tuple[float, ...]]:
    return sorted(
        (round(n["onset"].item(), 6), round(n["offset"].item(), 6), n["pitch"].item(), n["part"].item())
        for n in notes
    )  # fmt: skip


def applied(path: Path, *edits: Edit) -> tuple[str, Notes]:
    """Edit a file; return its text, and its notes, which are those that the edits ask for."""
    out = path.with_name("out.xml")
    write_edited_score(path, edits, out)
    notes = read(out).notes
    assert sounding(notes) == sounding(edited(read(path), edits).notes)
    return out.read_text("utf-8"), notes


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return the lines that are in one text alone, where what surrounds them is the same."""
    one, other = before.splitlines(), after.splitlines()
    while one and other and one[0] == other[0]:
        del one[0], other[0]
    while one and other and one[-1] == other[-1]:
        del one[-1], other[-1]
    return one, other


def nth(text: str, index: int) -> Element:
    return list(ET.fromstring(text.encode()).iter("note"))[index]


def tags(element: Element) -> list[str]:
    return [child.tag for child in element]


def test_without_edits_every_byte_stays(tmp_path: Path) -> None:
    path = written(tmp_path, *PIECE)
    text, _ = applied(path)
    assert text == path.read_text("utf-8")
    write_edited_score(EXAMPLE, [], tmp_path / "b.xml")
    assert (tmp_path / "b.xml").read_bytes() == EXAMPLE.read_bytes()


def test_a_deleted_note_becomes_a_rest_that_keeps_what_stands_there(tmp_path: Path) -> None:
    notations = SLUR.replace(
        "</notations>", "<articulations><staccato/></articulations></notations>"
    )
    lyric = "<lyric><text>é</text></lyric>"
    stem = "<accidental>natural</accidental><stem>up</stem>"
    path = written(tmp_path, note("C4", inside=stem + BEGIN, end=notations + lyric) + note("D4"))
    text, _ = applied(path, delete(read(path).notes[:1]))
    rest = nth(text, 0)
    assert tags(rest) == ["rest", "duration", "voice", "type", "beam", "notations", "lyric"]
    assert tags(rest.find("notations")) == ["slur"]
    before, after = changed_lines(path.read_text("utf-8"), text)
    assert (len(before), len(after)) == (2, 2)
    assert "<!-- here -->" in text.splitlines()[text.splitlines().index(after[0]) - 1]
    assert "default-x=" in text


@pytest.mark.parametrize("member", [60, 64, 67])
def test_a_member_of_a_chord_is_removed(tmp_path: Path, member: int) -> None:
    fingered = SLUR.replace("</not", "<technical><fingering>1</fingering></technical></not")
    path = written(tmp_path, chord("C4", "E4", "G4", end=BEGIN + fingered) + note("A4", inside=END))
    text, _ = applied(path, delete(at(read(path).notes, 0, member)))
    first, second, last = (nth(text, index) for index in range(3))
    assert first.find("chord") is None
    assert second.find("chord") is not None
    # The beam and the slur are the chord's, whoever is the first of it.
    assert [first.findtext("beam"), last.findtext("beam")] == ["begin", "end"]
    assert first.find("notations/slur") is not None
    assert (first.find("notations/technical") is None) == (member == 60)  # the finger is the note's
    assert second.find("notations") is None
    assert not any(line.isspace() for line in text.splitlines())


def test_a_whole_chord_is_deleted(tmp_path: Path) -> None:
    path = written(tmp_path, chord("C4", "E4", "G4") + note("A4"))
    notes = read(path).notes
    text, _ = applied(path, *(delete(notes[index : index + 1]) for index in range(3)))
    assert nth(text, 0).find("rest") is not None
    assert text.count("<note ") == 2


def test_a_first_of_a_chord_that_is_longer_than_the_rest_stays(tmp_path: Path) -> None:
    path = written(tmp_path, note("C4", 4) + note("E4", 2, first="<chord/>") + note("A4"))
    notes = read(path).notes
    with pytest.raises(CannotEdit, match=r"'delete' at 0\.000 s .* another length"):
        write_edited_score(path, [delete(notes[:1])], tmp_path / "out.xml")
    assert not (tmp_path / "out.xml").exists()
    applied(path, delete(notes[1:2]))


def test_a_grace_note_goes_with_its_slur_and_beam(tmp_path: Path) -> None:
    graces = [note(p, first="<grace/>", inside=b) for p, b in (("D4", BEGIN), ("E4", END))]
    graces[0] = graces[0].replace(BEGIN, BEGIN + SLUR)
    path = written(tmp_path, attributes() + note("C4") + "".join(graces) + note("F4", end=SLUR_END))
    text, _ = applied(path, delete(at(read(path).notes, 0.375, 62)))
    assert text.count("<note ") == 3
    assert "slur" not in text
    assert "beam" not in text


def test_a_note_that_is_tied_is_deleted_and_moved_as_a_whole(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        attributes() + tied("C4", "start"),
        tied("C4", "stop", "start"),
        tied("C4", "stop"),
    )
    notes = read(path).notes
    assert len(notes) == 1
    moved, _ = applied(path, move(notes, 61))
    assert moved.count("<alter>1</alter>") == 3
    # Only the first is to be read; those that go on need no accidental.
    assert [nth(moved, i).findtext("accidental") for i in range(3)] == ["sharp", None, None]
    path.write_text(
        text_of(attributes() + note("E4") + tied("C4", "start"), tied("C4", "stop")), "utf-8"
    )
    gone, _ = applied(path, delete(at(read(path).notes, 0.5, 60)))
    assert "<tie" not in gone
    assert gone.count("<rest/>") == 2


@pytest.mark.parametrize(
    ("fifths", "was", "to", "name", "accidental"),
    [
        (0, "C4", 61, "C#4", "sharp"),
        (0, "D4", 61, "Db4", "flat"),
        (2, "D4", 61, "C#4", None),  # the key has it
        (-5, "C4", 61, "Db4", None),
        (-6, "C4", 71, "Cb5", None),  # an octave further by its name
        (2, "D4", 65, "F4", "natural"),
        (7, "D#4", 60, "B#3", None),
        (0, "C4", 64, "E4", None),
    ],
)  # fmt: skip
def test_a_moved_note_is_spelled_by_key_and_direction(
    tmp_path: Path, fifths: int, was: str, to: int, name: str, accidental: str | None
) -> None:
    path = written(
        tmp_path, attributes(fifths) + note(was, inside="<accidental>natural</accidental>")
    )
    text, _ = applied(path, move(read(path).notes, to))
    found = nth(text, 0)
    alter = {"1": "#", "-1": "b"}.get(found.findtext("pitch/alter", "0"), "")
    assert found.findtext("pitch/step") + alter + found.findtext("pitch/octave") == name
    assert found.findtext("accidental") == accidental


@given(st.integers(12, 115), st.integers(-7, 7), st.booleans())
def test_a_spelling_is_the_pitch_it_spells(pitch: int, fifths: int, upwards: bool) -> None:
    found = spelled(pitch, fifths, upwards=upwards)
    assert found.pitch == pitch
    steps = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
    diatonic = {(steps[step] + in_signature(step, fifths)) % 12 for step in steps}
    assert (found.alter == in_signature(found.step, fifths)) == (pitch % 12 in diatonic)


def test_a_transposing_instrument_is_moved_as_it_is_written(tmp_path: Path) -> None:
    transpose = "<transpose><chromatic>-2</chromatic></transpose></attributes>"
    path = written(tmp_path, attributes(2).replace("</attributes>", transpose) + note("D4"))
    text, _ = applied(path, move(read(path).notes, 59))
    assert (nth(text, 0).findtext("pitch/step"), nth(text, 0).findtext("pitch/alter")) == ("C", "1")


def test_notes_that_relied_on_an_accidental_get_their_own(tmp_path: Path) -> None:
    bar = attributes() + note("F#4", inside=SHARP) + note("G4") + note("F#4") + note("F#4")
    path = written(tmp_path, bar, note("F4"))
    notes = read(path).notes
    for edit in (delete(notes[:1]), move(notes[:1], 64)):
        text, _ = applied(path, edit)
        assert [nth(text, i).findtext("accidental") for i in range(5)] == [
            None,
            None,
            "sharp",
            None,
            None,
        ]
    # And one that would now be read with the accidental of the note that came.
    path = written(tmp_path, attributes() + note("E4") + note("F4"))
    text, _ = applied(path, move(read(path).notes[:1], 66))
    assert [nth(text, i).findtext("accidental") for i in range(2)] == ["sharp", "natural"]


def test_accidentals_of_two_voices_hold_as_time_goes(tmp_path: Path) -> None:
    voices = note("G4") + note("F#4") + BACKUP.format(4) + note("F#4", inside=SHARP, voice=2)
    path = written(tmp_path, attributes() + voices)
    text, _ = applied(path, delete(at(read(path).notes, 0, 66)))
    assert [nth(text, i).findtext("accidental") for i in range(3)] == [None, "sharp", None]


def test_an_alteration_tied_over_a_bar_line_holds_for_its_note_alone(tmp_path: Path) -> None:
    begin = tied("F#4", "start").replace("<notations>", SHARP + "<notations>")
    path = written(tmp_path, attributes() + begin, tied("F#4", "stop") + note("E4"))
    text, _ = applied(path, move(at(read(path).notes, 1, 64), 65))
    assert [nth(text, i).findtext("accidental") for i in range(3)] == ["sharp", None, None]


def test_joined_notes_are_tied(tmp_path: Path) -> None:
    path = written(
        tmp_path, note("C4"), note("C4", end=SLUR), tied("C4", "start"), tied("C4", "stop")
    )
    notes = read(path).notes
    text, joined = applied(
        path, join(notes[:1], notes[1:2]), join(join(notes[:1], notes[1:2]).after, notes[2:])
    )
    assert len(joined) == 1
    kinds = [[tie.get("type") for tie in nth(text, i).iterfind("tie")] for i in range(4)]
    assert kinds == [["start"], ["stop", "start"], ["stop", "start"], ["stop"]]
    assert [
        [t.get("type") for t in nth(text, i).iterfind("notations/tied")] for i in range(4)
    ] == kinds
    assert tags(nth(text, 0)) == ["pitch", "duration", "tie", "voice", "type", "notations"]
    assert nth(text, 1).find("notations/slur") is not None


@pytest.mark.parametrize("index", [0, 1])
def test_an_edit_of_any_turn_of_a_repeat_edits_all(tmp_path: Path, index: int) -> None:
    repeat = '<barline location="right"><repeat direction="backward"/></barline>\n'
    path, out = (
        written(tmp_path, attributes() + note("C4") + note("E4") + repeat, note("G4")),
        tmp_path / "out.xml",
    )
    notes = read(path).notes
    turns = notes[notes["pitch"] == 60]
    edit = move(turns[index : index + 1], 62)
    write_edited_score(path, [edit], out)
    assert read(out).notes["pitch"].tolist() == [62, 64, 62, 64, 67]
    both = [move(turns[:1], 62), move(turns[1:], 62)]
    write_edited_score(path, both, tmp_path / "both.xml")
    assert (tmp_path / "both.xml").read_bytes() == out.read_bytes()
    for odd in ([edit, move(turns[1 - index :][:1], 65)], [delete(turns[:1]), move(turns[1:], 65)]):
        with pytest.raises(CannotEdit, match="an edit before it"):
            write_edited_score(path, odd, tmp_path / "odd.xml")


@settings(max_examples=40)
@given(data=st.data())
def test_any_edits_give_what_they_ask_for(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("edits")
    path = written(folder, *PIECE)
    notes = read(path).notes
    grace = at(notes, 2.9375, 64)
    edits: list[Edit] = []
    for index in data.draw(st.permutations(range(len(notes))))[:5]:
        chosen = notes[index : index + 1]
        if chosen == grace or data.draw(st.booleans()):
            by = data.draw(st.integers(1, 11)) * data.draw(st.sampled_from([-1, 1]))
            # Not onto another note that ties could then lead to.
            edits.append(move(chosen, int(chosen["pitch"][0]) + by))
        else:
            edits.append(delete(chosen))
    if data.draw(st.booleans()):
        pair = [at(notes, onset, 67) for onset in (3.5, 4.0)]
        if all(note not in edit.before for edit in edits for note in np.concatenate(pair)):
            edits.append(join(*pair))
    try:
        text, _ = applied(path, *edits)
    except CannotEdit as error:
        assert "ties would lead" in str(error)  # noqa: PT017
        return
    # Around the notes nothing changes, and no other note but for its accidental.
    assert skeleton(text) == skeleton(path.read_text("utf-8"))
    touched = {tuple(note) for edit in edits for note in edit.before.tolist()}
    manuscript = open_manuscript(path, Limits())
    kept = [
        without_accidental(element)
        for note, elements in zip(notes.tolist(), manuscript.written, strict=True)
        for element in elements
        if note not in touched
    ]
    left = [without_accidental(element) for element in ET.fromstring(text.encode()).iter("note")]
    assert all(each in left for each in kept)


def skeleton(text: str) -> list[tuple[str, str | None, tuple[tuple[str, str], ...]]]:
    root = ET.fromstring(text.encode())
    for measure in root.iter("measure"):
        for element in measure.findall("note"):
            measure.remove(element)
    return [(e.tag, (e.text or "").strip(), tuple(e.items())) for e in root.iter()]


def without_accidental(note: Element) -> list[tuple[str, str, tuple[tuple[str, str], ...]]]:
    leave = ("accidental", "chord", "beam")  # what a neighbour's going may change
    return [
        (str(e.tag), (e.text or "").strip(), tuple(e.items()))
        for e in note.iter()
        if isinstance(e.tag, str) and e.tag not in leave
    ]


def test_edits_may_follow_on_edits(tmp_path: Path) -> None:
    path = written(tmp_path, *PIECE)
    notes = read(path).notes
    once = move(at(notes, 0, 62), 64)
    text, _ = applied(path, once, move(once.after, 65), delete(move(once.after, 65).after))
    assert nth(text, 0).findtext("pitch/step") == "F"  # the chord's next


def test_percussion_is_deleted_but_not_moved(tmp_path: Path) -> None:
    hit = (
        "<note><unpitched><display-step>C</display-step><display-octave>4</display-octave></unpitched>"
        '<duration>2</duration><instrument id="I2"/></note>\n'
    )
    drums = (
        '<part-name/><midi-instrument id="I2"><midi-channel>10</midi-channel>'
        "<midi-unpitched>39</midi-unpitched></midi-instrument></score-part>\n</part-list>"
    )
    path = written(tmp_path, note("C4"))
    text = path.read_text("utf-8").replace("<part-name/></score-part></part-list>", drums)
    more = f"</part><part id='P2'><measure number='1'>{hit}</measure></part>\n</score-partwise>"
    path.write_text(text.replace("</part>\n</score-partwise>", more), "utf-8")
    snare = at(read(path).notes, 0, 38)
    assert applied(path, delete(snare))[0].count("<rest/>") == 1
    with pytest.raises(CannotEdit, match="percussion"):
        write_edited_score(path, [move(snare, 40)], tmp_path / "o.xml")


@pytest.mark.parametrize("action", ["shift", "shift onset", "shift offset", "split"])
def test_what_notation_cannot_tell_is_refused(tmp_path: Path, action: str) -> None:
    path = written(tmp_path, *PIECE)
    before = read(path).notes[:1]
    after = before.copy()
    after["offset"] += 0.1
    with pytest.raises(CannotEdit, match=f"a.musicxml: the edit '{action}' at .* rhythm.* Leave"):
        write_edited_score(path, [Edit(action, before, after)], tmp_path / "out.xml")


def test_edits_at_odds_with_the_file_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, note("C4") + note("D4") + note("C4") + note("C4"))
    notes, out = read(path).notes, tmp_path / "out.xml"
    late, first = move(notes[:1], 62), notes[:1]
    late.after["onset"] += 0.1
    strange = notes[:1].copy()
    strange["onset"] += 0.1
    for edit, cause in (
        (late, "rhythm"),
        (delete(strange), "no note of pitch 60 at 0.100 s to delete"),
        (join(first, notes[2:3]), "does not last"),
        (join(first, notes[1:2]), "two pitches"),
        (Edit("delete", first, first), "1 notes before it and 1 after"),
        (move(first, 0), "beyond"),
    ):
        with pytest.raises(CannotEdit, match=cause):
            write_edited_score(path, [edit], out)
    with pytest.raises(CannotEdit, match="no note of pitch"):
        write_edited_score(path, [delete(first), delete(first)], out)
    assert not out.exists()


def test_a_move_onto_the_key_of_a_tie_is_refused(tmp_path: Path) -> None:
    voices = (
        note("G3") + note("E4", 1) + BACKUP.format(3) + tied("C4", "start") + tied("C4", "stop")
    )
    path = written(tmp_path, attributes() + voices)
    with pytest.raises(CannotEdit, match="ties would lead"):
        write_edited_score(path, [move(at(read(path).notes, 0.5, 64), 60)], tmp_path / "o.xml")


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_and_line_ends_stay(tmp_path: Path, encoding: str, end: str) -> None:
    lyric = "<lyric><text>&#8364; ö</text></lyric>"
    text = text_of(attributes() + note("C4", end=lyric) + note("D4"))
    text = text.replace("UTF-8", encoding.removesuffix("-sig")).replace("\n", end)
    path, out = tmp_path / "a.xml", tmp_path / "out.xml"
    path.write_bytes(text.encode(encoding))
    write_edited_score(path, [move(read(path).notes[:1], 64)], out)
    wanted = text.replace("<step>C</step>", "<step>E</step>")
    # Of a sign that the encoding has not only a reference can be written.
    got = out.read_bytes().decode(encoding)
    assert got.replace("€", "&#8364;") == wanted


def pack(text: str, **more: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        rootfile = '<container><rootfiles><rootfile full-path="in/it.xml"/></rootfiles></container>'
        archive.writestr("META-INF/container.xml", rootfile)
        archive.writestr("in/it.xml", text)
        for name, content in more.items():
            archive.writestr(name, content)
    return file.getvalue()


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_packed_files_stay_packed(tmp_path: Path) -> None:
    path, out, plain = (tmp_path / name for name in ("a.mxl", "b.mxl", "b.xml"))
    path.write_bytes(pack(text_of(*PIECE), picture="not music"))
    edits = [move(at(read(path).notes, 0, 62), 64)]
    write_edited_score(path, edits, out)
    write_edited_score(path, edits, plain)
    before, after = contents(path), contents(out)
    assert list(before) == list(after)
    assert after.pop("in/it.xml") == plain.read_bytes() != before.pop("in/it.xml")
    assert before == after
    write_edited_score(plain, [], tmp_path / "c.mxl")
    for made in (out, plain, tmp_path / "c.mxl"):
        assert sounding(read(made).notes) == sounding(edited(read(path), edits).notes)
    write_edited_score(path, edits, path)  # in its own place
    assert contents(path) == contents(out)


def test_what_is_made_to_harm_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "out.mxl"
    laughs = tmp_path / "laughs.xml"
    laughs.write_text(text_of(*PIECE).replace('"partwise.dtd">', '"a.dtd" [<!ENTITY a "ha">]>'))
    undeclared = tmp_path / "undeclared.xml"
    undeclared.write_text(text_of(*PIECE).replace("Öde", "&ouml;de"))
    bomb = tmp_path / "bomb.mxl"
    bomb.write_bytes(pack(text_of(*PIECE), bomb="0" * 30_000_000))
    for path, cause in (
        (laughs, "declares XML entities"),
        (undeclared, "does not declare"),
        (bomb, "more than"),
    ):
        with pytest.raises(BadFile, match=cause):
            write_edited_score(path, [], out)
    with pytest.raises(OverLimit, match="notes"):
        write_edited_score(written(tmp_path, *PIECE), [], out, limits=Limits(max_notes=3))
    assert not out.exists()


def test_other_kinds_of_files_are_refused(tmp_path: Path) -> None:
    for source, out in (
        (EXAMPLE, "a.mid"),
        (EXAMPLE.with_name("beethoven_fur_elise.abc"), "a.xml"),
    ):
        with pytest.raises(BadFile, match="MusicXML"):
            write_edited_score(source, [], tmp_path / out)
    with pytest.raises(MuseCriticError, match="no such file"):
        write_edited_score(tmp_path / "none.xml", [], tmp_path / "a.xml")


def test_a_manuscript_tells_which_elements_sound_as_which_notes() -> None:
    manuscript = open_manuscript(EXAMPLE, Limits())
    assert np.array_equal(manuscript.piece.notes, read(EXAMPLE).notes)
    steps: Sequence[str] = [
        "".join(each.findtext(f"pitch/{name}", "") for name in ("step", "alter", "octave"))
        for each, *_ in manuscript.written
    ]
    pitches = {"D5": 74, "G3": 55, "B3": 59, "F15": 78}
    assert all(
        int(note["pitch"]) == pitches.get(step, int(note["pitch"]))
        for step, note in zip(steps, manuscript.piece.notes, strict=True)
    )
    assert set(pitches) <= set(steps)
