from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musecritic.errors import BadFile, UnreadableFile
from musecritic.music.abc_notation import parse_abc
from musecritic.music.limits import Limits
from musecritic.music.piece import Part, Piece


def parse(music: str, head: str = "K:C") -> Piece:
    text = f"X:1\nL:1/4\n{head}\n{music}\n"
    return parse_abc(text.encode(), Path("a.abc"), limits=Limits())


def spans(piece: Piece) -> list[tuple[float, float, int]]:
    """Onset and offset in quarters at the default tempo, and pitch."""
    return [
        (round(float(n["onset"]) * 2, 4), round(float(n["offset"]) * 2, 4), int(n["pitch"]))
        for n in piece.notes
    ]


def pitches(piece: Piece) -> list[int]:
    return piece.notes["pitch"].tolist()


def lengths(music: str) -> list[float]:
    return [round(end - start, 4) for start, end, _ in spans(parse(music))]


def test_octaves() -> None:
    assert pitches(parse("C,, C, C c c' c''")) == [36, 48, 60, 72, 84, 96]


def test_lengths() -> None:
    assert lengths("C C2 C/ C/2 C// C3/4 C/4") == [1, 2, 0.5, 0.5, 0.25, 0.75, 0.25]


def test_unit_length_follows_the_meter() -> None:
    for meter, quarters in (("2/4", 0.25), ("3/4", 0.5), ("C|", 0.5), ("none", 0.5)):
        text = f"X:1\nM:{meter}\nK:C\nC\n"
        piece = parse_abc(text.encode(), Path("a.abc"), limits=Limits())
        assert piece.duration * 2 == quarters


@pytest.mark.parametrize(
    ("key", "sounds"),
    [
        ("C", [60, 62, 64, 65, 67, 69, 71]),
        ("D", [61, 62, 64, 66, 67, 69, 71]),
        ("Bb", [60, 62, 63, 65, 67, 69, 70]),
        ("F#m", [61, 62, 64, 66, 68, 69, 71]),
        ("Edor", [61, 62, 64, 66, 67, 69, 71]),
        ("G Mixolydian", [60, 62, 64, 65, 67, 69, 71]),
        ("Cb", [59, 61, 63, 64, 66, 68, 70]),
        ("D exp _b ^f", [60, 62, 64, 66, 67, 69, 70]),
        ("none", [60, 62, 64, 65, 67, 69, 71]),
        ("C clef=bass", [60, 62, 64, 65, 67, 69, 71]),
    ],
)
def test_keys(key: str, sounds: list[int]) -> None:
    assert pitches(parse("CDEFGAB", f"K:{key}")) == sounds


def test_signs_hold_for_their_octave_to_the_end_of_the_bar() -> None:
    assert pitches(parse("^F F f =F | F _B __B")) == [66, 66, 77, 65, 65, 70, 69]


def test_a_sign_holds_over_a_tie() -> None:
    assert spans(parse("^F-|F F")) == [(0, 2, 66), (2, 3, 65)]


def test_chords_and_ties() -> None:
    assert spans(parse("[CE]2 [CE-]-[CE]")) == [(0, 2, 60), (0, 2, 64), (2, 4, 60), (2, 4, 64)]
    assert lengths("[C2E2]/ C") == [1, 1, 1]


def test_broken_rhythm() -> None:
    assert lengths("C>D E<F G>>A") == [1.5, 0.5, 0.5, 1.5, 1.75, 0.25]


def test_tuplets() -> None:
    assert lengths("(3CDE (3:2:2C2D E") == pytest.approx([2 / 3] * 3 + [4 / 3, 2 / 3, 1], abs=1e-3)
    assert lengths("(6:4:6C/D/E/F/G/A/") == pytest.approx([1 / 3] * 6, abs=1e-3)


def test_rests_and_rests_of_bars() -> None:
    assert spans(parse("z C x2 D|Z2|E", "M:3/4\nK:C")) == [(1, 2, 60), (4, 5, 62), (11, 12, 64)]


def test_voices_inline_and_by_line() -> None:
    inline = parse("[V:1] c d|[V:2] E2|\n[V:1] e f|[V:2] G2|", 'V:1 name="Up"\nV:2 bass\nK:C')
    by_line = parse("V:1\nc d|e f|\nV:2\nE2|G2|")
    assert spans(inline) == spans(by_line)
    assert spans(inline) == [
        (0, 1, 72), (0, 2, 64), (1, 2, 74), (2, 3, 76), (2, 4, 67), (3, 4, 77),
    ] or spans(inline) == [
        (0, 2, 64), (0, 1, 72), (1, 2, 74), (2, 4, 67), (2, 3, 76), (3, 4, 77),
    ]  # fmt: skip
    assert [part.name for part in inline.parts] == ["Up", ""]


def test_voices_stay_together_through_repeats() -> None:
    """What abc2midi gets wrong."""
    piece = parse("[V:1]c|[V:2]C|\n[V:1]d:|[V:2]D:|\n[V:1]e|[V:2]E|")
    ups = [(on, p - 12) for on, _, p in spans(piece) if p > 71]
    assert ups == [(on, p) for on, _, p in spans(piece) if p < 71]
    assert [p for _, p in ups] == [60, 62, 60, 62, 64]


def test_repeats_and_endings() -> None:
    assert pitches(parse("|:C|1 D:|2 E||F|]")) == [60, 62, 60, 64, 65]
    assert pitches(parse("C|[1 D:|[2 E|]")) == [60, 62, 60, 64]
    assert pitches(parse("|:C::D:|")) == [60, 60, 62, 62]
    assert pitches(parse("C:||:D:|E")) == [60, 60, 62, 62, 64]
    assert pitches(parse("|:C::|")) == [60, 60, 60]


def test_overlay_goes_back_to_the_start_of_the_bar() -> None:
    assert spans(parse("c d & C2|E")) == [(0, 2, 60), (0, 1, 72), (1, 2, 74), (2, 3, 64)]


def test_tempi() -> None:
    assert parse("C", "Q:1/4=60\nK:C").duration == 1.0
    assert parse("C", 'Q:"Largo" 1/2=60\nK:C').duration == 0.5
    assert parse("C", 'Q:"Largo"\nK:C').duration == 0.5
    assert parse("C [Q:1/4=30] C").notes["offset"].tolist() == [0.5, 2.5]


def test_grace_notes_ahead_of_the_beat() -> None:
    assert spans(parse("C {/!stemless!d} D")) == [(0, 1, 60), (0.875, 1, 74), (1, 2, 62)]


def test_transposition() -> None:
    assert pitches(parse("C", "K:C transpose=-2")) == [58]
    assert pitches(parse("V:T\nC", "V:T clef=treble-8\nK:C")) == [48]
    assert pitches(parse("C", "K:C octave=1")) == [72]


def test_what_is_not_played_is_passed_over() -> None:
    music = '"Am"!mf!.C ~D (EF) vG uA $ `B y |\\\nw: la la\n% nothing\n[r: remark] c % end'
    assert pitches(parse(music)) == [60, 62, 64, 65, 67, 69, 71, 72]


def test_programs_and_percussion() -> None:
    piece = parse("V:1\n%%MIDI program 40\nC|\nV:2 clef=perc\nD|")
    assert piece.parts == (Part("", 40), Part("", 0, is_drum=True))


def test_title_composer_and_the_first_tune_alone() -> None:
    text = "Some words.\n\nX:1\nT:Air\nT:second\nC:Anon\nK:C\nC\n\nX:2\nK:C\nD\n"
    piece = parse_abc(text.encode("utf-8-sig"), Path("a.abc"), limits=Limits())
    assert (piece.title, piece.composer, piece.kind, pitches(piece)) == (
        "Air",
        "Anon",
        "score",
        [60],
    )


def test_other_encodings() -> None:
    piece = parse_abc("X:1\nT:Für\nK:C\nC\n".encode("latin-1"), Path("a.abc"), limits=Limits())
    assert piece.title == "Für"


@pytest.mark.parametrize(
    ("music", "head", "cause"),
    [
        ("C D 2 E", "K:C", "line 4: '2 E' cannot be read"),
        ("[CE", "K:C", "cannot be read"),
        ("C/0", "K:C", "length '/0'"),
        ("C99999", "K:C", "length"),
        ("c'''''''", "K:C", "range of MIDI"),
        ("C", "K:Hb", "line 3: the key 'Hb'"),
        ("C", "L:x\nK:C", "unit length"),
        ("C", "M:C", "no K: field"),
    ],
)
def test_damage_is_reported_with_its_line(music: str, head: str, cause: str) -> None:
    with pytest.raises(UnreadableFile, match=cause):
        parse(music, head)


SCRAPS = ["C", "^d'", "[CE]", "z2", "|", ":|", "|:", "|1", "[2", "(3", ">", "-", "{c}", "&", "[V:2]",
          "[K:G]", "Z2", "::", "[M:3/4]", "/", "]", "\n", "!p!", "(5:4:5", "<<", "[L:1/8]", "[Q:90]"]  # fmt: skip


@given(st.lists(st.sampled_from(SCRAPS), max_size=40))
def test_any_order_of_symbols_is_played_or_refused(scraps: list[str]) -> None:
    try:
        notes = parse(" ".join(scraps)).notes
    except BadFile:
        return
    assert (notes["offset"] >= notes["onset"]).all()
    assert (notes["onset"] >= 0).all()
