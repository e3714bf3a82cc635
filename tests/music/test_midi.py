from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from midi_bytes import chunk, midi, name, number, off, on, pedal, tempo, track

from musecritic.errors import BadFile, OverLimit, UnreadableFile
from musecritic.music import midi_check
from musecritic.music.limits import Limits
from musecritic.music.midi import parse_midi
from musecritic.music.piece import Part, Piece

PATH = Path("a.mid")


def parse(data: bytes, **options: bool) -> Piece:
    return parse_midi(data, PATH, **{"pedal": False, "limits": Limits(), **options})


def spans(piece: Piece) -> list[tuple[float, float, int]]:
    return [
        (round(float(n["onset"]), 6), round(float(n["offset"]), 6), int(n["pitch"]))
        for n in piece.notes
    ]


def test_seconds_follow_tempo_changes_of_another_track() -> None:
    conductor = track((0, tempo(120)), (480, tempo(60)))
    piece = parse(
        midi(conductor, track((0, on(60)), (960, off(60)), (480, on(62)), (240, off(62))))
    )
    assert spans(piece) == [(0.0, 1.5, 60), (2.5, 3.0, 62)]


def test_default_tempo_is_120() -> None:
    assert spans(parse(midi(track((480, on(60)), (480, off(60)))))) == [(0.5, 1.0, 60)]


@pytest.mark.parametrize("form", [0, 1, 2])
def test_formats(form: int) -> None:
    one = track((0, on(60)), (480, off(60)))
    two = track((0, on(64)), (480, off(64)))
    tracks = (one,) if form == 0 else (one, two)
    assert len(parse(midi(*tracks, form=form)).notes) == len(tracks)


def test_running_status_goes_on_after_a_meta_event() -> None:
    body = (
        b"\x00\x90\x3c\x40" + b"\x60\xff\x01\x01x" + b"\x00\x3c\x00" + b"\x00\x3e\x40\x60\x3e\x00"
    )
    piece = parse(midi(chunk(body + b"\x00\xff\x2f\x00")))
    assert [pitch for _, _, pitch in spans(piece)] == [60, 62]


def test_running_status_over_more_events_than_one_match_takes() -> None:
    body = b"\x00\x90\x3c\x40" + b"\x01\x3c\x00\x01\x3c\x40" * 3000 + b"\x01\x3c\x00"
    assert len(parse(midi(chunk(body))).notes) == 3001


def test_tracks_programs_names_and_drums() -> None:
    piece = parse(
        midi(
            track((0, name("Quartet"))),
            track((0, name("Violin")), (0, b"\xc0\x28"), (0, on(70)), (480, off(70))),
            track((0, name("Kit")), (0, on(38, channel=9)), (480, off(38, channel=9))),
        )
    )
    assert piece.title == "Quartet"
    assert piece.parts == (Part("Violin", 40), Part("Kit", 0, is_drum=True))
    assert piece.pitched()["pitch"].tolist() == [70]


def test_a_program_change_makes_a_part() -> None:
    events = [
        (0, b"\xc0\x05"),
        (0, on(60)),
        (10, off(60)),
        (0, b"\xc0\x06"),
        (0, on(60)),
        (9, off(60)),
    ]
    assert [part.program for part in parse(midi(track(*events))).parts] == [5, 6]


def test_notes_of_no_length_and_overlapping_notes_are_kept() -> None:
    piece = parse(
        midi(
            track(
                (0, on(60)),
                (0, off(60)),
                (0, on(61)),
                (480, on(61)),
                (480, off(61)),
                (480, off(61)),
            )
        )
    )
    assert spans(piece) == [(0.0, 0.0, 60), (0.0, 1.0, 61), (0.5, 1.5, 61)]


def test_frames_of_film() -> None:
    data = midi(track((0, tempo(10)), (1000, on(60)), (500, off(60))), division=0xE728)  # 25 x 40
    assert spans(parse(data)) == [(1.0, 1.5, 60)]


def test_a_wrapped_file_and_alien_chunks() -> None:
    data = midi(track((0, on(60)), (480, off(60))))
    riff = b"RIFF" + bytes(4) + b"RMIDdata" + len(data).to_bytes(4, "little") + data
    assert len(parse(riff).notes) == 1
    alien = data[:14] + b"XFIH" + (3).to_bytes(4, "big") + b"abc" + data[14:] + b"left behind"
    assert len(parse(alien).notes) == 1


def test_a_missing_end_of_track_is_no_harm() -> None:
    assert len(parse(midi(chunk(b"\x00\x90\x3c\x40\x60\x80\x3c\x00"))).notes) == 1


def test_pedal_holds_notes_to_its_release_or_the_next_stroke() -> None:
    data = midi(
        track(
            (0, pedal(127)), (0, on(60)), (0, on(62)), (480, off(60)), (0, off(62)),
            (480, on(60)), (240, off(60)), (240, pedal(0)), (480, on(64)), (480, off(64)),
        )
    )  # fmt: skip
    assert spans(parse(data)) == [(0, 0.5, 60), (0, 0.5, 62), (1, 1.25, 60), (2, 2.5, 64)]
    held = parse(data, pedal=True)
    assert spans(held) == [(0, 1, 60), (0, 1.5, 62), (1, 1.5, 60), (2, 2.5, 64)]


def test_pedal_at_half_way_is_down_and_one_never_released_holds_to_the_end() -> None:
    data = midi(track((0, pedal(64)), (0, on(60)), (480, off(60)), (0, on(62)), (960, off(62))))
    assert spans(parse(data, pedal=True)) == [(0, 1.5, 60), (0.5, 1.5, 62)]


DAMAGED = {
    "a header that claims 65,535 tracks": midi(track((0, on(60)), (9, off(60))), claimed=65_535),
    "cut off": midi(track((0, on(60)), (480, off(60))))[:-7],
    "no division": midi(track((0, on(60)), (9, off(60))), division=0),
    "an unknown format": midi(track((0, on(60)), (9, off(60))), form=7),
    "a pitch above 127": midi(track((0, b"\x90\xff\x40"), (9, off(60)))),
    "a velocity above 127": midi(track((0, b"\x90\x40\xff"), (9, off(60)))),
    "data without a status": midi(track((0, b"\x40\x40"))),
    "running status after a system message": midi(track((0, on(60)), (0, b"\xf0\x01\xf7"), (0, b"\x3c\x00"))),
    "a delta of five bytes": midi(chunk(b"\x81\x81\x81\x81\x00\x90\x40\x40")),
    "a text longer than its track": midi(track((0, b"\xff\x01\x7fabc"))),
    "a tempo of two bytes": midi(track((0, b"\xff\x51\x02\x07\xa1"), (0, on(60)), (9, off(60)))),
    "a tempo at which no time passes": midi(track((0, b"\xff\x51\x03\0\0\0"), (0, on(60)), (9, off(60)))),
    "a status that no file has": midi(track((0, b"\xf8"), (0, on(60)))),
    "a status at the very end": midi(chunk(b"\x00\x90\x40\x40\x00\xff")),
}  # fmt: skip


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_damage_is_reported(data: bytes) -> None:
    with pytest.raises(UnreadableFile, match=r"^a\.mid: .+\. .+\.$"):
        parse(data)


def test_more_ticks_than_can_be_counted() -> None:
    wait = [(0x0FFFFFFF, b"\xff\x01\x00")]
    with pytest.raises(OverLimit):
        parse(midi(track(*wait * 16, (0, on(60)), (9, off(60)))))
    sound = parse(midi(track(*wait * 3, (0, on(60)), (9, off(60)))))
    assert sound.notes["onset"][0] == pytest.approx(3 * 0x0FFFFFFF / 960)


def test_more_tracks_than_any_music_has() -> None:
    with pytest.raises(OverLimit, match="tracks"):
        parse(midi(*[track((0, on(60)), (9, off(60)))] * 2000))


def test_mutated_files_never_end_the_process() -> None:
    """Whatever a file holds, it is read or refused; symusic alone dies of some of these."""
    rng = random.Random(0)
    body = [(0, b"\xc0\x07"), (0, tempo(90)), (3, b"\xff\x58\x04\x04\x02\x18\x08"), (5, pedal(99))]
    body += [(rng.randrange(300), f(rng.randrange(128))) for _ in range(30) for f in (on, off)]
    sound = midi(track(*body), track(*body[:9]))
    refused = 0
    for _ in range(600):
        data = bytearray(sound)
        for _ in range(rng.choice([1, 1, 2, 5])):
            where = rng.randrange(len(data))
            match rng.randrange(4):
                case 0:
                    del data[where : where + 3]
                case 1:
                    data[where:where] = rng.randbytes(2)
                case _:
                    data[where] = rng.randrange(256)
        try:
            notes = parse(bytes(data)).notes
        except BadFile:
            refused += 1
        else:
            assert (notes["offset"] >= notes["onset"]).all()
            assert (notes["onset"] >= 0).all()
    assert 100 < refused < 600


EVENTS = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 300), st.integers(0, 0x0FFFFFFF)),
        st.one_of(
            st.builds(on, st.integers(0, 127), st.integers(0, 127), st.integers(0, 15)),
            st.builds(
                lambda kind, value: bytes([kind, value]),
                st.integers(0xC0, 0xDF),
                st.integers(0, 127),
            ),
            st.builds(lambda text: b"\xff\x01" + number(len(text)) + text, st.binary(max_size=200)),
        ),
    ),
    max_size=40,
)


@given(EVENTS, st.booleans())
def test_sound_tracks_pass_and_the_bound_on_ticks_holds(
    events: list[tuple[int, bytes]], runs: bool
) -> None:
    if runs:  # leave out a status that repeats
        messages = [message for _, message in events]
        shortened = [
            message[1:] if i and message[0] == messages[i - 1][0] < 0xF0 else message
            for i, message in enumerate(messages)
        ]
        events = [(delta, message) for (delta, _), message in zip(events, shortened, strict=True)]
    data = midi(track(*events))
    ticks = sum(delta for delta, _ in events)
    assert midi_check._ticks_at_most(data[22:]) >= ticks
    if ticks < 2**31:
        assert midi_check.check_midi(data, PATH).data[:18] == data[:18]
    else:
        with pytest.raises(OverLimit, match=f"{ticks:,}"):
            midi_check.check_midi(data, PATH)


def test_tempo_is_applied_in_double_precision() -> None:
    events = [(479, on(60)), (1, off(60))] * 20_000
    piece = parse(midi(track((0, tempo(133)), *events)))
    mspq = round(60e6 / 133)
    assert np.allclose(piece.notes["offset"], np.arange(1, 20_001) * mspq / 1e6, atol=1e-7)
