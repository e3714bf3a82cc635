"""MusicXML, plain (.xml, .musicxml) and packed (.mxl), into pieces.

Read here and not by a library: partitura takes over two seconds to import and one more a
megabyte, and runs out of stack where it is to play out the repeats of a long score.
"""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from musecritic.errors import UnreadableFile
from musecritic.music.limits import MOST_BARS, MOST_PARTS, Limits, refuse_more
from musecritic.music.musicxml_part import DRUM_CHANNEL, PartReader, whole
from musecritic.music.piece import Part, Piece
from musecritic.music.score import Bar, Played, perform

_REMEDY = "Export it again as partwise MusicXML."
# At some 25 bytes an element, more than a file within the limit of bytes has.
_MOST_ELEMENTS = 1_000_000


def parse_musicxml(data: bytes, path: Path, *, limits: Limits) -> Piece:
    """Parse the bytes of a partwise MusicXML document.

    One `Part` a part. Notes sound at the marked tempi, as transposing instruments sound, with
    repeats and endings played out; grace notes just ahead of the beat, cue notes not at all.
    Da capo, dal segno, ornaments and dynamics are not followed.

    Raises
    ------
    UnreadableFile
        It is no sound XML or no partwise MusicXML, or it declares entities.
    OverLimit
        It has more notes than the limit.
    """
    return play_musicxml(data, path, limits=limits).piece


def play_musicxml(data: bytes, path: Path, *, limits: Limits) -> Played:
    """Parse as `parse_musicxml` does, and tell which notes of the document sound as which.

    A note's place is the index in `data` of the first byte of its ``<note>``.
    """
    return _Document(path).read(data, limits)


class _Document:
    """Parses a document bar by bar, so that it never stands in memory as a whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._builder = TreeBuilder()
        self._root: str | None = None
        self._n_elements = self._n_bars = 0
        self._parts: dict[str, Part] = {}
        self._drums: dict[str, int] = {}  # instrument's id to its pitch as a drum
        self._bars: dict[str, list[Bar]] = {}
        self._part: PartReader | None = None
        self._note_at = 0
        self._places: dict[Element, int] = {}  # of the bar that is being read
        self._title: str | None = None
        self._composer: str | None = None

    def read(self, data: bytes, limits: Limits) -> Played:
        parser = self._parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._builder.data
        parser.EntityDeclHandler = self._refuse_entity
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            self._fail(f"it is not sound XML ({error})")
        finally:
            del self._parser  # which holds this object in turn, by its handlers
        if not self._bars:
            self._fail("it is MusicXML without a part")
        parts = [self._parts[name] for name in self._bars]
        voices = list(self._bars.values())
        return perform(
            voices, parts, self._path, limits, title=self._title, composer=self._composer
        )

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._root is None:
            self._root = tag
            if tag == "score-timewise":
                self._fail("it is MusicXML ordered by time, not by part")
            if tag != "score-partwise":
                self._fail(f"it is XML, but not MusicXML: it holds <{tag[:40]}>")
        self._n_elements += 1
        refuse_more(self._n_elements, _MOST_ELEMENTS, "elements", self._path)
        if tag == "part":
            name = attributes.get("id", "")
            self._parts.setdefault(name, Part())
            bars = self._bars.setdefault(name, [])
            refuse_more(len(self._bars), MOST_PARTS, "parts", self._path)
            index = list(self._bars).index(name)
            self._part = PartReader(index, self._parts[name], self._drums, bars, self._fail)
        elif tag == "note":
            self._note_at = self._parser.CurrentByteIndex
        self._builder.start(tag, attributes)

    def _end(self, tag: str) -> None:
        element = self._builder.end(tag)
        if tag == "note":
            self._places[element] = self._note_at
        elif tag == "measure" and self._part is not None:
            self._n_bars += 1
            refuse_more(self._n_bars, MOST_BARS, "bars", self._path)
            self._part.read_bar(element, self._places)
            element.clear()
            self._places.clear()
        elif tag == "score-part":
            self._read_score_part(element)
        elif tag in ("work-title", "movement-title"):
            self._title = self._title or (element.text or "").strip() or None
        elif tag == "creator" and element.get("type") == "composer":
            self._composer = self._composer or (element.text or "").strip() or None

    def _read_score_part(self, element: Element) -> None:
        program = whole(element.findtext("midi-instrument/midi-program")) or 1
        channel = whole(element.findtext("midi-instrument/midi-channel"))
        for instrument in element.iterfind("midi-instrument"):
            drum = whole(instrument.findtext("midi-unpitched"))
            if drum is not None:
                self._drums[instrument.get("id", "")] = min(max(drum - 1, 0), 127)
                channel = DRUM_CHANNEL
        self._parts[element.get("id", "")] = Part(
            (element.findtext("part-name") or "").strip(),
            min(max(program - 1, 0), 127),
            channel == DRUM_CHANNEL,
        )

    def _refuse_entity(self, *_: object) -> None:
        self._fail("it declares XML entities, which no score needs and a trap does")

    def _fail(self, cause: str) -> NoReturn:
        raise UnreadableFile(self._path, cause, _REMEDY)
