"""The keys of a MIDI track: which stroke goes with which release, and putting others in."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass

from musecritic.music.midi_events import Event, Track

_Key = tuple[int, int]  # channel and pitch


@dataclass(frozen=True, eq=False)
class KeyPress:
    """A stroke and its release.

    Attributes
    ----------
    stroke, release
        A note-on; a note-off, or a note-on of velocity 0.
    program
        What the channel plays with at the stroke.
    stroke_at, release_at
        Where they stand among the track's events; None where they did not stand so in the file.
    """

    stroke: Event
    release: Event
    program: int
    stroke_at: int | None = None
    release_at: int | None = None

    @property
    def key(self) -> _Key:
        """Channel and pitch."""
        return self.stroke.message[0] & 0x0F, self.stroke.message[1]


class EditedTrack:
    """A track from which key presses are taken and into which others are put.

    Strokes and releases are paired as `read` pairs them: of several strokes of a key the first is
    the first released, and the program is that of the stroke. What is left alone, a stroke never
    released or a release of nothing, is no note.

    Attributes
    ----------
    track
        As it stands in the file.
    presses
        The key presses of the file, in order of release.
    changed
        Whether anything was taken out or put in.
    """

    def __init__(self, track: Track) -> None:
        self.track = track
        self.presses: list[KeyPress] = []
        self._events: list[Event | None] = list(track.events)
        self._made: list[KeyPress] = []
        self._touched: set[_Key] = set()
        self._alone: set[int] = set()  # strokes and releases that are no notes
        self._silenced: set[int] = set()  # strokes among them behind which the key goes up
        self._pair()

    @property
    def changed(self) -> bool:
        return bool(self._touched)

    def take(self, press: KeyPress) -> None:
        """Take a key press out."""
        self._touched.add(press.key)
        if press in self._made:
            self._made.remove(press)
            return
        assert press.stroke_at is not None
        assert press.release_at is not None
        self._events[press.stroke_at] = self._events[press.release_at] = None

    def put(self, press: KeyPress) -> None:
        """Put a key press in."""
        self._touched.add(press.key)
        self._made.append(press)

    def events(self) -> list[Event]:
        """Return the events as they are now, in order.

        Put in, a release comes before and a stroke after all else at its tick; only where tick
        and position are the file's, and no other event of the key is at that tick, do they stay
        in place. So a key goes up before it is struck again.
        """
        ordered = [
            ((event.tick, 0, 0, index), event)
            for index, event in enumerate(self._events)
            if event is not None
        ]
        made = [event for press in self._made for event in (press.stroke, press.release)]
        present = Counter(
            (event.tick, _key(event)) for event in [*(event for _, event in ordered), *made]
        )
        for press in self._made:
            begin, end = press.stroke.tick, press.release.tick
            for event, at, rank in (
                (press.stroke, press.stroke_at, (1, end)),
                # A note of no length is struck before it is released.
                (press.release, press.release_at, (-1 if end > begin else 2, 0)),
            ):
                stays = at is not None and present[event.tick, _key(event)] == 1
                place = (0, 0, at) if stays and at is not None else (*rank, len(ordered))
                ordered.append(((event.tick, *place), event))
        ordered.sort(key=lambda pair: pair[0])
        return self._without_false_partners([event for _, event in ordered])

    def _pair(self) -> None:
        programs = [0] * 16
        down: defaultdict[_Key, deque[tuple[int, int]]] = defaultdict(deque)
        ends: dict[_Key, int] = {}
        for index, event in enumerate(self.track.events):
            channel, key = event.message[0] & 0x0F, _key(event)
            if event.message[0] & 0xF0 == 0xC0:
                programs[channel] = event.message[1]
            elif key is None:
                continue
            elif _is_stroke(event):
                down[key].append((index, programs[channel]))
            else:
                ends[key] = index
                if not down[key]:
                    self._alone.add(index)
                    continue
                at, program = down[key].popleft()
                self.presses.append(KeyPress(self.track.events[at], event, program, at, index))
        for key, strokes in down.items():
            self._alone.update(at for at, _ in strokes)
            self._silenced.update(at for at, _ in strokes if at < ends.get(key, -1))

    def _without_false_partners(self, events: list[Event]) -> list[Event]:
        """Leave out what is no note where, at an edited key, it would become part of one.

        That is a stroke that would be taken for the edited note's, a release that would end it
        too soon, and a stroke that would sound for ever now that the release behind it is gone.
        """
        alone = {id(self.track.events[index]): index for index in self._alone}
        dropped: set[int] = set()
        down: defaultdict[_Key, deque[int]] = defaultdict(deque)
        for position, event, key in self._at_edited_keys(events):
            if _is_stroke(event):
                down[key].append(position)
                continue
            strokes = [at for at in down[key] if id(events[at]) not in alone]
            if id(event) in alone:
                if strokes:
                    dropped.add(position)
                continue
            while id(events[down[key][0]]) in alone:
                dropped.add(down[key].popleft())
            down[key].popleft()
        ends = {
            key: position
            for position, event, key in self._at_edited_keys(events)
            if not _is_stroke(event) and position not in dropped
        }
        for key, strokes_left in down.items():
            dropped.update(
                at
                for at in strokes_left
                if alone.get(id(events[at])) in self._silenced and at > ends.get(key, -1)
            )
        return [event for position, event in enumerate(events) if position not in dropped]

    def _at_edited_keys(self, events: list[Event]) -> Iterator[tuple[int, Event, _Key]]:
        for position, event in enumerate(events):
            key = _key(event)
            if key is not None and key in self._touched:
                yield position, event, key


def _key(event: Event) -> _Key | None:
    """Return channel and pitch of a stroke or a release, None of any other event."""
    status = event.message[0]
    return (status & 0x0F, event.message[1]) if 0x80 <= status < 0xA0 else None


def _is_stroke(event: Event) -> bool:
    return 0x90 <= event.message[0] < 0xA0 and event.message[2] > 0
