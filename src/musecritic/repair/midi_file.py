"""Write a MIDI file with a few notes edited, and everything else as it was.

Reading a file into notes and writing these loses controllers, texts, the layout of tracks. So the
edits are made in the file itself: see `musecritic.music.midi_events` for why not with mido.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from musecritic.errors import BadInput, CannotEdit
from musecritic.files import replacing
from musecritic.music.limits import Limits
from musecritic.music.midi_check import check_midi
from musecritic.music.midi_events import tracks_of, with_events
from musecritic.music.piece import Piece
from musecritic.music.read import read
from musecritic.music.tempo import from_quarters, to_quarters
from musecritic.repair.edit import Edit
from musecritic.repair.midi_keys import EditedTrack, KeyPress


def write_edited_midi(
    source: Path, edits: Sequence[Edit], out: Path, *, limits: Limits | None = None
) -> None:
    """Copy a MIDI file with some of its notes edited.

    Every other event keeps its bytes and its tick; tempi, tracks, the division and chunks of any
    kind stay as they are. A track ends later if a note now does. New times are rounded to ticks,
    and no note becomes shorter than one.

    Two things MIDI cannot tell. Of notes of one key that overlap the first begun is the first
    ended, so that where one comes to lie within another they are read with their ends exchanged.
    And a note that is shifted across a program change is played with the other program.

    In files that hold strokes without a release or releases without a stroke, which `read` leaves
    out, those are left out at an edited key where they would be taken for a part of the note.

    Parameters
    ----------
    source
        A MIDI file of format 0, 1 or 2.
    edits
        Made one after another: a note may be one that an earlier edit put there. Notes before an
        edit are as `read` gave them, with the pedal or without; with it, a release moves by as
        much as the offset does. Notes after it stay in their part.
    out
        Where to write, `source` itself included. The file appears whole or not at all.
    limits
        How much the file may claim, as `read` takes them.

    Raises
    ------
    UnreadableFile, OverLimit
        The file cannot be read.
    CannotEdit
        An edit names a note that is not there.
    BadInput
        An edit's notes are none that MIDI can hold.
    BadFile
        `out` cannot be written.
    """
    source, limits = Path(source), limits or Limits()
    piece = read(source, limits=limits, require_pitched=False)
    editing = _Editing(source, source.read_bytes(), piece)
    for edit in edits:
        _check(edit, limits)
        editing.make(edit)
    data = editing.data()
    with replacing(out) as temporary:
        temporary.write_bytes(data)


def _check(edit: Edit, limits: Limits) -> None:
    """Raise `BadInput` where an edit's notes cannot be written."""
    if not len(edit.before):
        raise BadInput(f"the edit {edit.action!r} names no note that it changes")
    parts = set(edit.before["part"].tolist())
    for note in edit.after:
        sound = (
            0 <= note["onset"] <= note["offset"] <= limits.max_seconds
            and note["pitch"] < 128
            and 1 <= note["velocity"] < 128
            and parts == {int(note["part"])}
        )
        if not sound:
            raise BadInput(
                f"the edit {edit.action!r} at {edit.onset:.3f} s makes a note that cannot be "
                f"written: {note}"
            )


@dataclass(frozen=True, eq=False)
class _Note:
    """A key press, its part, and its release in seconds, not yet rounded to ticks."""

    press: KeyPress
    track: EditedTrack
    part: int
    offset: float


class _Editing:
    """A file's notes, found by part, tick and pitch, and its tracks as edited so far."""

    def __init__(self, source: Path, data: bytes, piece: Piece) -> None:
        self._source, self._data, self._tempi = source, data, piece.tempi
        # The header made anew has the division by which `read` counts, frames of film included.
        self._per_quarter = int.from_bytes(check_midi(data, source).data[12:14], "big")
        self._tracks = [EditedTrack(track) for track in tracks_of(data)]
        self._notes: defaultdict[tuple[int, int, int], list[_Note]] = defaultdict(list)
        for note in self._all(piece):
            self._add(note)

    def make(self, edit: Edit) -> None:
        """Make an edit, after those made before."""
        taken: list[_Note] = []
        for asked in edit.before:
            taken.append(self._find(asked))
            self._notes[_place(taken[-1])].remove(taken[-1])
        for note in taken:
            note.track.take(note.press)
        first = min(taken, key=lambda note: note.press.stroke.tick)
        last = max(range(len(taken)), key=lambda which: taken[which].press.release.tick)
        # What follows the pedal's release moves the key's by as much.
        moved = edit.after["offset"] - edit.before["offset"][last]
        for row, wanted in enumerate(edit.after):
            ends = row == len(edit.after) - 1
            release_s = taken[last].offset + moved[row] if ends else wanted["offset"]
            self._put(wanted, release_s, first, taken[last], begins=not row, ends=ends)

    def data(self) -> bytes:
        """Return the file's bytes with the edits made so far."""
        changed = [track for track in self._tracks if track.changed]
        return with_events(self._data, [(track.track, track.events()) for track in changed])

    def _put(
        self,
        wanted: np.void,
        release_s: float,
        first: _Note,
        last: _Note,
        *,
        begins: bool,
        ends: bool,
    ) -> None:
        """Put in a note; what begins or ends it may still stand at its place in the file."""
        begin, end, sounding = self._ticks([wanted["onset"], release_s, wanted["offset"]])
        if end < begin:  # cut in two where the pedal alone held it
            end, release_s = sounding, wanted["offset"]
        stroke, release = first.press.stroke, last.press.release
        has_length = stroke.tick < release.tick
        end = max(end, begin + has_length)

        channel, pitch = stroke.message[0] & 0x0F, int(wanted["pitch"])
        kind, speed = release.message[0] & 0xF0, release.message[2]
        press = KeyPress(
            replace(
                stroke, tick=begin, message=bytes([0x90 | channel, pitch, int(wanted["velocity"])])
            ),
            replace(release, tick=end, message=bytes([kind | channel, pitch, speed])),
            first.press.program,
            first.press.stroke_at if begins and begin == stroke.tick else None,
            last.press.release_at if ends and end == release.tick else None,
        )
        first.track.put(press)
        self._add(_Note(press, first.track, first.part, float(release_s)))

    def _find(self, asked: np.void) -> _Note:
        (tick,) = self._ticks([asked["onset"]])
        there = self._notes.get((int(asked["part"]), tick, int(asked["pitch"])), [])
        if not there:
            raise CannotEdit(
                self._source,
                f"an edit names a note of pitch {asked['pitch']} at {asked['onset']:.3f} s in part "
                f"{asked['part']}, which is not there",
                "Make the edits for this very file, in the order in which they were proposed.",
            )
        return min(
            there,
            key=lambda note: (
                abs(note.offset - asked["offset"]),
                note.press.stroke.message[2] != asked["velocity"],
            ),
        )

    def _add(self, note: _Note) -> None:
        self._notes[_place(note)].append(note)

    def _ticks(self, seconds: Sequence[float]) -> list[int]:
        """Return the nearest ticks."""
        quarters = to_quarters(seconds, self._tempi)
        return [int(tick) for tick in np.rint(quarters * self._per_quarter)]

    def _all(self, piece: Piece) -> list[_Note]:
        """Return the file's notes with the parts that `read` gave them.

        It makes one part of every program and channel of a track, in this order, and some more
        that have no notes.
        """
        groups: defaultdict[tuple[int, int, int], list[KeyPress]] = defaultdict(list)
        for index, track in enumerate(self._tracks):
            for press in track.presses:
                groups[index, press.key[0], press.program].append(press)
        ends = [press.release.tick for track in self._tracks for press in track.presses]
        heard = np.unique(piece.notes["part"]).tolist()
        seconds = dict(
            zip(
                ends,
                from_quarters(np.array(ends) / self._per_quarter, self._tempi).tolist(),
                strict=True,
            )
        )
        return [
            _Note(press, self._tracks[key[0]], part, seconds[press.release.tick])
            for part, key in zip(heard, sorted(groups), strict=True)
            for press in groups[key]
        ]


def _place(note: _Note) -> tuple[int, int, int]:
    return note.part, note.press.stroke.tick, note.press.stroke.message[1]
