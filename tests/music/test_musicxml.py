from __future__ import annotations

from pathlib import Path

import pytest

from musecritic.errors import UnreadableFile
from musecritic.music.limits import Limits
from musecritic.music.musicxml import parse_musicxml
from musecritic.music.piece import Part, Piece

HEAD = """<?xml version="1.0"?>
<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 3.1 Partwise//EN" "partwise.dtd">
<score-partwise><movement-title>Air</movement-title>
<identification><creator type="composer">Anon</creator></identification><part-list>
<score-part id="P1"><part-name>Flute</part-name>
<midi-instrument id="I1"><midi-channel>1</midi-channel><midi-program>74</midi-program>
</midi-instrument></score-part>
<score-part id="P2"><part-name>Kit</part-name>
<midi-instrument id="I2"><midi-channel>10</midi-channel><midi-unpitched>39</midi-unpitched>
</midi-instrument></score-part></part-list>"""


def note(pitch: str = "C4", duration: int = 1, inside: str = "", before: str = "") -> str:
    step, alter, octave = pitch[0], pitch[1:-1], pitch[-1]
    return (
        f"<note>{before}<pitch><step>{step}</step><alter>{alter or 0}</alter>"
        f"<octave>{octave}</octave></pitch><duration>{duration}</duration>{inside}</note>"
    )


def grace(pitch: str) -> str:
    return note(pitch, before="<grace/>").replace("<duration>1</duration>", "")


REST = "<note><rest/><duration>1</duration></note>"
FORWARD = '<barline location="left"><repeat direction="forward"/></barline>'
BACKWARD = '<barline location="right"><repeat direction="backward"/></barline>'


def ending(number: str, kind: str, repeat: str = "") -> str:
    return f'<barline><ending number="{number}" type="{kind}"/>{repeat}</barline>'


def parse(*measures: str, more: str = "") -> Piece:
    bars = "".join(f"<measure>{measure}</measure>" for measure in measures)
    text = f'{HEAD}<part id="P1">{bars}</part>{more}</score-partwise>'
    return parse_musicxml(text.encode(), Path("a.xml"), limits=Limits())


def spans(piece: Piece) -> list[tuple[float, float, int]]:
    """Onset and offset in quarters at the default tempo, and pitch."""
    return [
        (round(float(n["onset"]) * 2, 4), round(float(n["offset"]) * 2, 4), int(n["pitch"]))
        for n in piece.notes
    ]


def test_what_the_score_says_of_itself() -> None:
    piece = parse(note())
    assert (piece.title, piece.composer, piece.kind) == ("Air", "Anon", "score")
    assert piece.parts == (Part("Flute", 73),)
    assert piece.notes["velocity"].tolist() == [64]


def test_chords_backups_and_divisions() -> None:
    bar = (
        "<attributes><divisions>2</divisions></attributes>"
        + note("C5", 2) + note("E5", 2, before="<chord/>") + note("G5", 2)
        + "<backup><duration>4</duration></backup><forward><duration>2</duration></forward>"
        + note("C3", 2)
    )  # fmt: skip
    assert spans(parse(bar)) == [(0, 1, 72), (0, 1, 76), (1, 2, 48), (1, 2, 79)]


def test_bars_of_all_parts_begin_together() -> None:
    more = f'<part id="P2"><measure>{REST}{REST}</measure><measure>{note("D4")}</measure></part>'
    assert spans(parse(note("C4"), note("E4"), more=more)) == [(0, 1, 60), (2, 3, 62), (2, 3, 64)]


def test_ties_are_joined_over_bar_lines_and_voices() -> None:
    tied = note("A3", inside='<tie type="start"/>')
    ends = note("A3", inside='<tie type="stop"/>')
    assert spans(parse(tied, ends + note("A3"))) == [(0, 2, 57), (2, 3, 57)]
    through = note("A3", inside='<tie type="stop"/><tie type="start"/>')
    assert spans(parse(tied, through, ends)) == [(0, 3, 57)]


def test_triplets_that_are_tied() -> None:
    divisions = "<attributes><divisions>3</divisions></attributes>"
    bar = note("C4") * 2 + note("C4", inside='<tie type="start"/>')
    assert len(parse(divisions + bar, bar, note("C4")).notes) == 5


def test_repeats_and_endings() -> None:
    piece = parse(
        FORWARD + note("C4"),
        ending("1", "start") + note("D4") + ending("1", "stop", '<repeat direction="backward"/>'),
        ending("2", "start") + note("E4") + ending("2", "stop"),
        note("F4") + BACKWARD,
    )
    assert [pitch for _, _, pitch in spans(piece)] == [60, 62, 60, 64, 65, 65]


def test_tempi_from_sound_and_from_metronome_marks() -> None:
    mark = (
        "<direction><direction-type><metronome><beat-unit>quarter</beat-unit><beat-unit-dot/>"
        "<per-minute>c. 40</per-minute></metronome></direction-type></direction>"
    )
    sound = '<direction><sound tempo="30"/></direction>'
    piece = parse(note(), mark + note(), sound + note(), note())
    assert piece.notes["onset"].tolist() == [0, 0.5, 1.5, 3.5]


def test_a_repeat_goes_back_to_the_tempo_of_its_start() -> None:
    piece = parse(note(), '<sound tempo="60"/>' + note() + BACKWARD)
    assert piece.notes["onset"].tolist() == [0, 0.5, 1.5, 2.0]


def test_transposing_instruments_sound_as_they_sound() -> None:
    clarinet = "<attributes><transpose><chromatic>-2</chromatic></transpose></attributes>"
    piccolo = (
        "<attributes><transpose><chromatic>0</chromatic><octave-change>1</octave-change>"
        "</transpose></attributes>"
    )
    assert [p for _, _, p in spans(parse(clarinet + note("D5"), piccolo + note("F15")))] == [72, 90]


def test_grace_notes_sound_ahead_of_the_beat_and_cue_notes_not_at_all() -> None:
    piece = parse(note("C4") + grace("D4") + grace("E4") + note("F4") + note("G4", before="<cue/>"))
    assert spans(piece) == [(0, 1, 60), (0.75, 0.875, 62), (0.875, 1, 64), (1, 2, 65)]


def test_percussion_is_marked() -> None:
    hit = (
        "<note><unpitched><display-step>C</display-step><display-octave>4</display-octave>"
        '</unpitched><duration>1</duration><instrument id="I2"/></note>'
    )
    piece = parse(note(), more=f'<part id="P2"><measure>{hit}</measure></part>')
    assert piece.parts[1].is_drum
    assert piece.notes["pitch"].tolist() == [38, 60]
    assert piece.pitched()["pitch"].tolist() == [60]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("<score-partwise>", "not sound XML"),
        ("<score-timewise/>", "by time"),
        ("<html/>", "not MusicXML"),
        ("<score-partwise/>", "without a part"),
        (HEAD + '<part id="P1"><measure><note><rest/></note></measure></part></score-partwise>', "length"),
        (HEAD + f'<part id="P1"><measure>{note("C4", -1)}</measure></part></score-partwise>', "length"),
        (HEAD + f'<part id="P1"><measure>{note("H4")}</measure></part></score-partwise>', "pitch"),
        (HEAD + f'<part id="P1"><measure>{note("C40000")}</measure></part></score-partwise>', "MIDI"),
        (HEAD + '<part id="P1"><measure><attributes><divisions>0</divisions></attributes></measure></part></score-partwise>', "divides"),
    ],
)  # fmt: skip
def test_damage_is_reported(text: str, cause: str) -> None:
    with pytest.raises(UnreadableFile, match=cause):
        parse_musicxml(text.encode(), Path("a.xml"), limits=Limits())


def test_numbers_that_take_for_ever_to_compute_do_not() -> None:
    assert len(parse('<sound tempo="1e999999999"/>' + note("C4", 1)).notes) == 1
