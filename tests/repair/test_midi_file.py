from __future__ import annotations

import io
import itertools
import pickle
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import mido
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musecritic.errors import BadFile, BadInput, CannotEdit, OverLimit, UnreadableFile
from musecritic.music.limits import Limits
from musecritic.music.notes import Notes, in_order
from musecritic.music.piece import Piece
from musecritic.music.read import read
from musecritic.music.tempo import from_quarters, to_quarters
from musecritic.repair.edit import Edit, edited
from musecritic.repair.midi_file import write_edited_midi

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.mid"))
ACTIONS = ("delete", "move", "shift", "shift onset", "shift offset", "join", "split")
FILMIC = 0xE728 - 0x10000  # 25 frames of 40 ticks, as mido takes it: with a sign


# Files made with mido, notes at most one at a time on a key, and what shall not change around them.

NOTES = st.lists(
    st.tuples(
        st.integers(0, 1500),
        st.integers(1, 300),
        st.integers(58, 63),
        st.integers(1, 127),
        st.sampled_from([0, 0, 1, 9]),
        st.booleans(),
    ),
    min_size=1,
    max_size=14,
    unique_by=lambda note: (note[0], note[2], note[4]),
)
DATA = st.integers(0, 127)
CHANNEL = st.sampled_from([0, 1, 9])
OTHERS = st.one_of(
    st.builds(mido.Message, st.just("control_change"), control=DATA, value=DATA, channel=CHANNEL),
    st.builds(mido.Message, st.just("polytouch"), note=DATA, value=DATA, channel=CHANNEL),
    st.builds(mido.Message, st.just("pitchwheel"), pitch=st.integers(-8192, 8191)),
    st.builds(mido.Message, st.just("sysex"), data=st.lists(DATA, max_size=4)),
    st.builds(mido.MetaMessage, st.just("text"), text=st.sampled_from(["", "Fuß", "\x80\xff"])),
    st.builds(mido.MetaMessage, st.just("set_tempo"), tempo=st.integers(200_000, 2_000_000)),
    st.builds(
        mido.MetaMessage, st.just("sequencer_specific"), data=st.lists(DATA, max_size=3).map(tuple)
    ),
)
TRACKS = st.tuples(NOTES, st.lists(st.tuples(st.integers(0, 2000), OTHERS), max_size=8))


def built(tracks: list[Any], division: int) -> bytes:
    file = mido.MidiFile(type=int(len(tracks) > 1), ticks_per_beat=division)
    for notes, others in tracks:
        timed: list[tuple[int, int, Any]] = [(tick, 1, message) for tick, message in others]
        timed += [
            (0, -1, mido.Message("program_change", channel=channel, program=7))
            for channel in (0, 1, 9)
        ]
        for begin, end, pitch, velocity, channel, by_velocity in one_at_a_time(notes):
            kind = "note_on" if by_velocity else "note_off"
            stroke = mido.Message("note_on", note=pitch, velocity=velocity, channel=channel)
            release = mido.Message(kind, note=pitch, velocity=0, channel=channel)
            timed += [(begin, 2, stroke), (end, 0, release)]
        timed.sort(key=lambda event: event[:2])
        track, now = mido.MidiTrack(), 0
        for tick, _, message in timed:
            track.append(message.copy(time=tick - now))
            now = tick
        file.tracks.append(track)
    kept = io.BytesIO()
    file.save(file=kept)
    return kept.getvalue()


def one_at_a_time(notes: list[Any]) -> list[Any]:
    ended = []
    for _, same in itertools.groupby(
        sorted(notes, key=lambda n: (n[4], n[2], n[0])), lambda n: (n[4], n[2])
    ):
        of_key = list(same)
        for note, following in itertools.zip_longest(of_key, of_key[1:]):
            begin, length, *rest = note
            end = min(begin + length, following[0]) if following else begin + length
            ended.append((begin, end, *rest))
    return ended


def ticks_of(piece: Piece, per_quarter: int, seconds: Any) -> Any:
    return np.rint(to_quarters(seconds, piece.tempi) * per_quarter).astype(int)


def an_edit(
    piece: Piece, per_quarter: int, action: str, which: int, steps: tuple[int, int]
) -> Edit | None:
    """An edit of one of a piece's notes to ticks nearby, or None where it cannot be made."""
    index = which % len(piece.notes)
    before = piece.notes[index : index + 1]
    begin, end = (
        int(ticks_of(piece, per_quarter, before[name])[0]) for name in ("onset", "offset")
    )
    pitches, spans = [int(before["pitch"][0])], [(begin, end)]
    if action == "delete":
        spans = []
    elif action == "move":
        pitches = [pitches[0] + steps[0] % 7 - 3]
    elif action == "shift":
        spans = [(begin + max(steps[0], -begin), end + max(steps[0], -begin))]
    elif action == "shift onset":
        spans = [(min(max(begin + steps[0], 0), end - 1), end)]
    elif action == "shift offset":
        spans = [(begin, max(end + steps[0], begin + 1))]
    elif action == "join":
        same = (piece.notes["pitch"] == before["pitch"]) & (piece.notes["part"] == before["part"])
        later = np.flatnonzero(same & (piece.notes["onset"] > before["onset"]))
        if not len(later):
            return None
        before = piece.notes[[index, later[0]]]
        spans = [(begin, int(ticks_of(piece, per_quarter, before["offset"].max())))]
    else:
        cut = begin + 1 + abs(steps[0]) % max(end - begin - 1, 1)
        resumed = min(cut + abs(steps[1]) % 3, end - 1)
        if not begin < cut <= resumed < end:
            return None
        spans = [(begin, cut), (resumed, end)]
    if any(stop < start + (action == "join") for start, stop in spans):
        return None  # of notes of no length
    after = np.repeat(before[:1], len(spans))
    for note, span in zip(after, spans, strict=True):
        note["pitch"] = pitches[0]
        seconds = from_quarters(np.array(span) / per_quarter, piece.tempi)
        note["onset"], note["offset"] = seconds
        for name, tick, was in zip(("onset", "offset"), span, (begin, end), strict=True):
            if tick == was:  # to the last digit
                note[name] = before[name][0]
    return Edit(action, before, after)


def first_begun_first_ended(notes: Notes) -> Notes:
    """Notes as MIDI can tell them apart."""
    notes = in_order(notes)
    for part, pitch in {(int(n["part"]), int(n["pitch"])) for n in notes}:
        same = np.flatnonzero((notes["part"] == part) & (notes["pitch"] == pitch))
        notes["offset"][same] = np.sort(notes["offset"][same])
    return notes


def table(piece: Piece, per_quarter: int) -> Counter[tuple[int, ...]]:
    """Notes in ticks. The parts are counted anew: one that has lost its notes is none."""
    notes = first_begun_first_ended(piece.notes)
    ticks = [ticks_of(piece, per_quarter, notes[name]) for name in ("onset", "offset")]
    parts = np.unique(notes["part"], return_inverse=True)[1]
    columns = (*ticks, notes["pitch"], notes["velocity"], parts)
    return Counter(zip(*(column.tolist() for column in columns), strict=True))


def without_velocity_of_doubles(notes: Counter[tuple[int, ...]]) -> Counter[tuple[int, ...]]:
    """Notes of one key begun together have no order that MIDI can tell."""
    starts = Counter((n[0], n[2], n[4]) for n in notes.elements())
    return Counter(
        n if starts[n[0], n[2], n[4]] == 1 else (n[0], n[1], n[2], 0, n[4])
        for n in notes.elements()
    )


def others(data: bytes, keys: set[int]) -> list[list[tuple[int, tuple[int, ...]]]]:
    """The events of each track with their ticks, the keys of some pitches left out."""
    found = []
    for track in mido.MidiFile(file=io.BytesIO(data)).tracks:
        ticks = itertools.accumulate(message.time for message in track)
        found.append(
            [
                (tick, tuple(message.bytes()))
                for tick, message in zip(ticks, track, strict=True)
                if message.type != "end_of_track"
                and not (message.type in {"note_on", "note_off"} and message.note in keys)
            ]
        )
    return found


def every_key_goes_down_and_up(data: bytes) -> bool:
    for track in mido.MidiFile(file=io.BytesIO(data)).tracks:
        down = set()
        for message in track:
            if message.type not in {"note_on", "note_off"}:
                continue
            key = message.channel, message.note
            strikes = message.type == "note_on" and message.velocity > 0
            if strikes == (key in down):
                return False
            down ^= {key}
        if down:
            return False
    return True


def overlap(notes: Notes) -> bool:
    ends: dict[tuple[int, int], float] = defaultdict(float)
    for note in in_order(notes):
        key = int(note["part"]), int(note["pitch"])
        if note["onset"] < ends[key] - 1e-9:
            return True
        ends[key] = max(ends[key], note["offset"])
    return False


def write(data: bytes, edits: list[Edit], folder: Path) -> tuple[Piece, Piece, bytes]:
    """The piece, the piece read from the edited file, and that file."""
    source, out = folder / "source.mid", folder / "out.mid"
    source.write_bytes(data)
    write_edited_midi(source, edits, out)
    return read(source, require_pitched=False), read(out, require_pitched=False), out.read_bytes()


WISHES = st.lists(
    st.tuples(
        st.sampled_from(ACTIONS),
        st.integers(0, 99),
        st.tuples(st.integers(-200, 200), st.integers(0, 9)),
    ),
    min_size=1,
    max_size=5,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("midi")


@settings(max_examples=50)
@given(st.lists(TRACKS, min_size=1, max_size=3), st.sampled_from([96, 480, FILMIC]), WISHES)
def test_the_file_has_the_edited_piece_and_all_else_as_it_was(
    folder: Path, tracks: list[Any], division: int, wishes: list[Any]
) -> None:
    data = built(tracks, division)
    per_quarter = 480 if division < 0 else division
    (folder / "source.mid").write_bytes(data)
    piece = read(folder / "source.mid", require_pitched=False)
    wanted, edits, apart = piece, [], True
    for action, which, steps in wishes:  # each may be of what the one before it left
        edit = an_edit(wanted, per_quarter, action, which, steps) if len(wanted.notes) else None
        if edit:
            edits.append(edit)
            wanted = edited(wanted, [edit])
            apart = apart and not overlap(wanted.notes)
    _, again, written = write(data, edits, folder)

    expected, found = table(wanted, per_quarter), table(again, per_quarter)
    assert without_velocity_of_doubles(found) == without_velocity_of_doubles(expected)
    assert again.tempi == piece.tempi
    assert again.title == piece.title
    pitches = {int(p) for edit in edits for p in (*edit.before["pitch"], *edit.after["pitch"])}
    assert others(written, pitches) == others(data, pitches)
    assert written[8:14] == data[8:14]
    if apart:
        assert found == expected
        assert every_key_goes_down_and_up(written)


@settings(max_examples=20)
@given(st.lists(TRACKS, min_size=1, max_size=3), st.sampled_from([96, FILMIC]))
def test_without_edits_every_byte_is_copied(folder: Path, tracks: list[Any], division: int) -> None:
    data = built(tracks, division)
    assert write(data, [], folder)[2] == data


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    assert write(data, [], tmp_path)[2] == data
    piece = read(path)
    per_quarter = mido.MidiFile(path).ticks_per_beat
    wanted, edits = piece, []
    for number in range(60):
        action = ACTIONS[number % len(ACTIONS)]
        edit = an_edit(wanted, per_quarter, action, 37 * number, (number % 40 - 20, number))
        if edit:
            edits.append(edit)
            wanted = edited(wanted, [edit])
    assert {edit.action for edit in edits} == set(ACTIONS)
    _, again, written = write(data, edits, tmp_path)
    assert without_velocity_of_doubles(table(again, per_quarter)) == without_velocity_of_doubles(
        table(wanted, per_quarter)
    )
    pitches = {int(p) for edit in edits for p in (*edit.before["pitch"], *edit.after["pitch"])}
    assert others(written, pitches) == others(data, pitches)


# Files by hand, byte by byte: what mido cannot keep, and what is damaged.


def on(pitch: int, velocity: int = 64) -> bytes:
    return bytes([0x90, pitch, velocity])


def off(pitch: int, speed: int = 0) -> bytes:
    return bytes([0x80, pitch, speed])


def chunk(*events: tuple[int, bytes], end: bytes = b"\x00\xff\x2f\x00") -> bytes:
    """Events with the ticks since the one before, below 16,384."""
    body = b""
    for delta, message in events:
        digits = [delta] if delta < 0x80 else [0x80 | delta >> 7, delta & 0x7F]
        body += bytes(digits) + message
    return b"MTrk" + (len(body) + len(end)).to_bytes(4, "big") + body + end


def midi(*chunks: bytes, division: int = 480) -> bytes:
    sizes = 1, sum(piece[:4] == b"MTrk" for piece in chunks), division
    head = b"".join(value.to_bytes(2, "big") for value in sizes)
    return b"MThd" + (6).to_bytes(4, "big") + head + b"".join(chunks)


def the(piece: Piece, pitch: int, nth: int = 0) -> Notes:
    return piece.notes[piece.notes["pitch"] == pitch][nth : nth + 1]


def changed(before: Notes, **columns: float) -> Edit:
    after = before.copy()
    for name, value in columns.items():
        after[name] = value
    return Edit("change", before, after)


def spans(piece: Piece) -> list[tuple[float, float, int]]:
    return [
        (round(float(n["onset"]), 6), round(float(n["offset"]), 6), int(n["pitch"]))
        for n in piece.notes
    ]


def piece_of(data: bytes, folder: Path, *, pedal: bool = False) -> Piece:
    (folder / "source.mid").write_bytes(data)
    return read(folder / "source.mid", pedal=pedal)


STRANGE = [
    (0, b"\xf0\x03\x01\x02\x03"),  # a system message in packets
    (5, b"\xf7\x02\x04\xf7"),
    (0, b"\xf7\x02\xf3\x01"),  # an escaped one
    (0, b"\xff\x59\x02\x09\x00"),  # a key of nine sharps
    (0, b"\xff\x00\x00"),
    (3, b"\xff\x60\x01a"),  # an event of no known kind
    (0, b"\xff\x7f\x03\x00\x00\x41"),
]


def test_what_other_libraries_lose_is_copied(tmp_path: Path) -> None:
    first = chunk(*STRANGE, (9, b"\xff\x03\x01x"))
    alien = b"XFIH" + (3).to_bytes(4, "big") + b"abc"
    # Running status, release speeds, long delta times, and events behind the end of track.
    body = [(0, on(60)), (480, b"\x3c\x00"), (0, b"\x3e\x40"), (480, off(62, 33)), *STRANGE]
    behind = b"\x05\xff\x2f\x00\x00\x90\x40\x40"
    data = midi(first, alien, chunk(*body, end=behind)) + b"left behind"
    piece = piece_of(data, tmp_path)
    assert write(data, [], tmp_path)[2] == data
    edits = [changed(the(piece, 60), pitch=64), changed(the(piece, 62), pitch=65)]
    body[:4] = [(0, on(64)), (480, b"\x40\x00"), (0, b"\x41\x40"), (480, off(65, 33))]
    written = write(data, edits, tmp_path)[2]
    expected = midi(first, alien, chunk(*body, end=behind)) + b"left behind"
    assert written == expected
    assert spans(piece_of(written, tmp_path)) == [(0, 0.5, 64), (0.5, 1, 65)]


def test_a_track_without_end_stays_without(tmp_path: Path) -> None:
    data = midi(chunk((0, on(60)), (480, off(60)), end=b""))
    edit = changed(the(piece_of(data, tmp_path), 60), pitch=61)
    assert write(data, [edit], tmp_path)[2].endswith(off(61))


@pytest.mark.parametrize("text", [b"\xff\x01\x00", b"\xff\x01\x01x"], ids=["odd", "even"])
def test_a_wrapped_file_stays_wrapped(tmp_path: Path, text: bytes) -> None:
    inner = midi(chunk((0, text), (0, on(60)), (480, off(60)), (0, on(61)), (9, off(61))))
    rest = b"LIST" + (2).to_bytes(4, "little") + b"ab"
    content = b"RMIDdata" + len(inner).to_bytes(4, "little") + inner + bytes(len(inner) % 2) + rest
    data = b"RIFF" + len(content).to_bytes(4, "little") + content
    gone = the(piece_of(data, tmp_path), 61)
    _, again, written = write(data, [Edit("delete", gone, gone[:0])], tmp_path)
    assert spans(again) == [(0, 0.5, 60)]
    size = int.from_bytes(written[16:20], "little")
    assert written[20 + size + size % 2 :] == rest
    assert int.from_bytes(written[4:8], "little") == len(written) - 8
    assert written[20:24] == b"MThd"


def test_a_status_that_ran_on_from_a_deleted_event_is_written_out(tmp_path: Path) -> None:
    data = midi(
        chunk(
            (0, b"\xb0\x07\x64"),
            (0, on(60)),
            (10, b"\x3e\x40"),
            (10, b"\x3c\x00"),
            (10, b"\x3e\x00"),
        )
    )
    piece = piece_of(data, tmp_path)
    gone = the(piece, 60)
    _, again, written = write(data, [Edit("delete", gone, gone[:0])], tmp_path)
    assert spans(again) == spans(edited(piece, [Edit("delete", gone, gone[:0])]))
    assert others(written, {60}) == others(data, {60})


def test_the_end_of_track_follows_a_note_that_ends_later(tmp_path: Path) -> None:
    data = midi(chunk((0, on(60)), (480, off(60))))
    piece = piece_of(data, tmp_path)
    _, again, written = write(data, [changed(piece.notes, offset=2.0)], tmp_path)
    assert spans(again) == [(0, 2, 60)]
    assert sum(m.time for m in mido.MidiFile(file=io.BytesIO(written)).tracks[0]) == 1920


def test_a_release_comes_before_the_next_stroke_of_its_key(tmp_path: Path) -> None:
    data = midi(
        chunk((0, on(60)), (480, on(62)), (0, off(60)), (480, off(62)), (0, on(60)), (480, off(60)))
    )
    piece = piece_of(data, tmp_path)
    # On the key of 62, whose stroke stands before the release; then back, before and after others.
    first = changed(the(piece, 60), pitch=62)
    second = changed(the(piece, 60, 1), pitch=62)
    written = write(data, [first, second], tmp_path)[2]
    keys = [m for m in mido.MidiFile(file=io.BytesIO(written)).tracks[0] if not m.is_meta]
    assert [(m.type, m.time) for m in keys] == [
        ("note_on", 0), ("note_off", 480), ("note_on", 0),
        ("note_off", 480), ("note_on", 0), ("note_off", 480),
    ]  # fmt: skip


def test_a_pitch_edit_leaves_the_order_at_a_tick(tmp_path: Path) -> None:
    """A release behind a program change stays there, a stroke before a controller too."""
    body = [
        (0, on(60)),
        (0, b"\xb0\x07\x64"),
        (480, b"\xc0\x05"),
        (0, off(60)),
        (0, on(62)),
        (0, b"\xb0\x07\x10"),
        (480, off(62)),
    ]
    data = midi(chunk(*body))
    piece = piece_of(data, tmp_path)
    assert piece.notes["part"].tolist() == [0, 1]
    edits = [changed(the(piece, 60), pitch=65), changed(the(piece, 62), pitch=66)]
    _, again, written = write(data, edits, tmp_path)
    moved = bytes.maketrans(b"\x3c\x3e", b"\x41\x42")
    assert written[22:] == data[22:].translate(moved)
    assert again.notes["part"].tolist() == [0, 1]


def test_overlapping_notes_of_a_key_are_told_apart(tmp_path: Path) -> None:
    data = midi(chunk((0, on(60, 10)), (240, on(60, 20)), (240, off(60)), (480, off(60))))
    piece = piece_of(data, tmp_path)
    for nth, left in ((0, (0.25, 1.0, 60)), (1, (0.0, 0.5, 60))):
        gone = the(piece, 60, nth)
        assert spans(write(data, [Edit("delete", gone, gone[:0])], tmp_path)[1]) == [left]


@pytest.mark.parametrize("nth", [0, 1, 2])
def test_doubled_strokes_are_told_apart_by_offset_then_velocity(tmp_path: Path, nth: int) -> None:
    data = midi(
        chunk(
            (0, on(60, 10)),
            (0, on(60, 20)),
            (0, on(60, 30)),
            (480, off(60)),
            (0, off(60)),
            (480, off(60)),
        )
    )
    piece = piece_of(data, tmp_path)
    edit = changed(the(piece, 60, nth), pitch=64)
    found = write(data, [edit], tmp_path)[1]
    assert found.notes.tolist() == edited(piece, [edit]).notes.tolist()


def test_with_the_pedal_the_key_goes_up_where_it_did(tmp_path: Path) -> None:
    data = midi(
        chunk(
            (0, b"\xb0\x40\x7f"),
            (0, on(60)),
            (480, off(60)),
            (480, b"\xb0\x40\x00"),
            (0, on(72)),
            (480, off(72)),
        )
    )
    held = the(piece_of(data, tmp_path, pedal=True), 60)
    assert held["offset"] == 1.0

    def keys(edit: Edit) -> list[tuple[float, float, int]]:
        return spans(write(data, [edit], tmp_path)[1])[:-1]

    assert keys(changed(held, pitch=61)) == [(0, 0.5, 61)]
    assert keys(changed(held, onset=0.25, offset=1.25)) == [(0.25, 0.75, 60)]
    assert keys(changed(held, onset=0.25)) == [(0.25, 0.5, 60)]
    two = np.repeat(held, 2)
    two["offset"][0] = two["onset"][1] = 0.25
    assert keys(Edit("split", held, two)) == [(0, 0.25, 60), (0.25, 0.5, 60)]
    two["offset"][0] = two["onset"][1] = 0.75  # where only the pedal holds it
    assert keys(Edit("split", held, two)) == [(0, 0.75, 60), (0.75, 1.0, 60)]


def test_no_note_is_rounded_away(tmp_path: Path) -> None:
    data = midi(chunk((0, on(60)), (48, off(60)), (0, on(62)), (0, off(62))), division=48)
    piece = piece_of(data, tmp_path)
    short = changed(the(piece, 60), offset=1e-4)
    silent = changed(the(piece, 62), pitch=63)  # one that had no length keeps none
    assert spans(write(data, [short, silent], tmp_path)[1]) == [(0, 0.010417, 60), (0.5, 0.5, 63)]


STRAYS = {
    "a release of nothing that would end the note too soon": (
        [(0, on(60)), (480, off(60)), (240, off(60)), (720, b"\xff\x01\x00")],
        {"offset": 1.5},
        [(0, 1.5, 60)],
    ),
    "a stroke never released that would take the note's release": (
        [(0, on(62)), (480, on(60)), (480, off(60))],
        {"pitch": 62},
        [(0.5, 1.0, 62)],
    ),
    "a stroke that only the note's release silenced": (
        [(0, on(60)), (240, on(60)), (240, off(60))],
        {"pitch": 62},
        [(0, 0.5, 62)],
    ),
}


@pytest.mark.parametrize(("events", "columns", "expected"), STRAYS.values(), ids=STRAYS)
def test_what_is_no_note_does_not_become_part_of_one(
    tmp_path: Path, events: Any, columns: Any, expected: Any
) -> None:
    data = midi(chunk(*events))
    _, again, written = write(
        data, [changed(the(piece_of(data, tmp_path), 60), **columns)], tmp_path
    )
    assert spans(again) == expected
    assert every_key_goes_down_and_up(written)


SIMPLE = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 3, 50]),
        st.one_of(
            st.builds(on, st.integers(60, 62), st.integers(0, 9)),
            st.builds(off, st.integers(60, 62)),
            st.just(b"\xb0\x07\x05"),
        ),
    ),
    min_size=4,
    max_size=24,
)


@settings(max_examples=60)
@given(st.lists(SIMPLE, min_size=1, max_size=2), WISHES)
def test_files_with_strokes_and_releases_of_all_kinds(
    folder: Path, tracks: list[Any], wishes: list[Any]
) -> None:
    data = midi(*(chunk(*events) for events in tracks))
    (folder / "source.mid").write_bytes(data)
    piece = wanted = read(folder / "source.mid", require_pitched=False)
    edits = []
    for action, which, steps in wishes:
        edit = an_edit(wanted, 480, action, which, steps) if len(wanted.notes) else None
        if edit:
            edits.append(edit)
            wanted = edited(wanted, [edit])
    _, again, written = write(data, edits, folder)
    assert without_velocity_of_doubles(table(again, 480)) == without_velocity_of_doubles(
        table(wanted, 480)
    )
    pitches = {int(p) for edit in edits for p in (*edit.before["pitch"], *edit.after["pitch"])}
    assert others(written, pitches) == others(data, pitches)
    assert piece.tempi == again.tempi


def test_what_is_no_note_stays_where_it_harms_nobody(tmp_path: Path) -> None:
    events = [(0, off(60)), (0, on(60)), (480, off(60)), (240, off(60)), (480, on(60))]
    data = midi(chunk(*events))
    written = write(data, [changed(the(piece_of(data, tmp_path), 60), offset=0.25)], tmp_path)[2]
    found = [m.type for m in mido.MidiFile(file=io.BytesIO(written)).tracks[0] if not m.is_meta]
    assert found == ["note_off", "note_on", "note_off", "note_off", "note_on"]


def test_times_beyond_what_a_delta_holds(tmp_path: Path) -> None:
    wait = b"\xff\xff\xff\x7f"
    body = wait + on(60) + wait + off(60) + wait + b"\xff\x01\x00\x00\xff\x2f\x00"
    tempo = b"\x00\xff\x51\x03\x00\x00\x01"
    data = midi(b"MTrk" + (len(body) + len(tempo)).to_bytes(4, "big") + tempo + body)
    gone = piece_of(data, tmp_path).notes
    (tmp_path / "out.mid").unlink(missing_ok=True)
    write_edited_midi(
        tmp_path / "source.mid", [Edit("delete", gone, gone[:0])], tmp_path / "out.mid"
    )
    assert not len(read(tmp_path / "out.mid", require_pitched=False).notes)
    track = mido.MidiFile(tmp_path / "out.mid").tracks[0]
    assert sum(message.time for message in track) == 3 * (2**28 - 1)


def test_later_edits_find_what_earlier_ones_left(tmp_path: Path) -> None:
    data = midi(chunk((0, on(60)), (480, off(60))), division=7)
    piece = piece_of(data, tmp_path)
    moved = changed(piece.notes, pitch=61)
    shifted = changed(moved.after, onset=0.123456, offset=1.23456)  # between ticks
    back = changed(shifted.after, onset=piece.notes["onset"], offset=piece.notes["offset"])
    whole = changed(back.after, pitch=60)
    assert write(data, [moved, shifted, back, whole], tmp_path)[2] == data


def test_a_file_may_be_edited_in_place(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(midi(chunk((0, on(60)), (480, off(60)))))
    write_edited_midi(path, [changed(read(path).notes, pitch=61)], path)
    assert read(path).notes["pitch"].tolist() == [61]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "columns", [{"onset": 0.1}, {"pitch": 61}, {"part": 1}], ids=["onset", "pitch", "part"]
)
def test_a_note_that_is_not_there(tmp_path: Path, columns: dict[str, float]) -> None:
    data = midi(chunk((0, on(60)), (480, off(60)), (0, on(62)), (480, off(62))))
    piece = piece_of(data, tmp_path)
    absent = changed(the(piece, 60), **columns).after
    edits = [changed(the(piece, 62), pitch=63), Edit("delete", absent, absent[:0])]
    out = tmp_path / "out.mid"
    out.write_bytes(b"old")
    with pytest.raises(CannotEdit, match=r"source\.mid: .+ which is not there\. .+\.$") as caught:
        write_edited_midi(tmp_path / "source.mid", edits, out)
    assert isinstance(caught.value, BadFile)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    assert out.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_note_can_be_deleted_once(tmp_path: Path) -> None:
    piece = piece_of(midi(chunk((0, on(60)), (480, off(60)))), tmp_path)
    gone = Edit("delete", piece.notes, piece.notes[:0])
    with pytest.raises(CannotEdit):
        write_edited_midi(tmp_path / "source.mid", [gone, gone], tmp_path / "out.mid")
    assert not (tmp_path / "out.mid").exists()


@pytest.mark.parametrize(
    "columns",
    [
        {"pitch": 128},
        {"velocity": 0},
        {"velocity": 128},
        {"onset": -0.1},
        {"onset": float("nan")},
        {"offset": float("inf")},
        {"onset": 0.6},
        {"part": 1},
    ],
    ids=str,
)
def test_notes_that_midi_cannot_hold(tmp_path: Path, columns: dict[str, float]) -> None:
    piece = piece_of(midi(chunk((0, on(60)), (480, off(60)))), tmp_path)
    with pytest.raises(BadInput, match="cannot be written"):
        write_edited_midi(
            tmp_path / "source.mid", [changed(piece.notes, **columns)], tmp_path / "out.mid"
        )
    with pytest.raises(BadInput, match="names no note"):
        write_edited_midi(
            tmp_path / "source.mid",
            [Edit("add", piece.notes[:0], piece.notes)],
            tmp_path / "out.mid",
        )


def test_files_that_are_not_midi_or_too_large(tmp_path: Path) -> None:
    score = EXAMPLES[0].parent / "petzold_minuet.musicxml"
    with pytest.raises(UnreadableFile):
        write_edited_midi(score, [], tmp_path / "out.mid")
    with pytest.raises(OverLimit):
        write_edited_midi(EXAMPLES[0], [], tmp_path / "out.mid", limits=Limits(max_notes=3))
    with pytest.raises(BadFile, match="cannot be written"):
        write_edited_midi(EXAMPLES[0], [], EXAMPLES[0] / "out.mid")
    assert not list(tmp_path.iterdir())
