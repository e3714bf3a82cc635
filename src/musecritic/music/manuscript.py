"""A MusicXML file as it is written: its text, its elements, and which of them sound as which notes.

Who changes a few notes, or colours them, wants all else left as it is. So nothing is written anew
but the ``<note>`` elements that were changed: they are put into the text in the places where they
stood, and around them every byte stays, the document type and comments among them, which Python's
own library would drop, and quotes and empty lines, which lxml would alter too.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder, tostring
from xml.parsers import expat

from musecritic.errors import BadFile, UnreadableFile
from musecritic.music.limits import Limits
from musecritic.music.musicxml import play_musicxml
from musecritic.music.mxl import PACKED, packed, repacked, unpack
from musecritic.music.piece import Piece
from musecritic.music.read import XML, load

#: Onset, offset, pitch, velocity and part.
Note = tuple[float, float, int, int, int]


@dataclass(frozen=True, eq=False)
class Manuscript:
    """A MusicXML file, opened to be written anew.

    Attributes
    ----------
    path
        The file.
    piece
        As `musecritic.music.read.read` gives it.
    root
        The document. Change its ``<note>`` elements, and say to `text` or `data` which.
    written
        Of each of the piece's N notes the elements that write it: several where it is tied, in
        the order in which they sound. What a repeat plays twice is written once.
    """

    path: Path
    piece: Piece
    root: Element
    written: list[list[Element]]
    _packed: bytes | None
    _text: bytes
    _encoding: str
    _spans: dict[Element, tuple[int, int]]  # of every note, its first byte and the one after it
    _limits: Limits

    def by_note(self) -> dict[Note, list[list[Element]]]:
        """Return what writes each note; of a unison there are several.

        A note is the tuple that ``notes.tolist()`` gives.
        """
        found = defaultdict(list)
        for note, elements in zip(self.piece.notes.tolist(), self.written, strict=True):
            found[note].append(elements)
        return dict(found)

    def text(self, changed: Collection[Element], removed: Collection[Element] = ()) -> bytes:
        """Return the document with some notes as they are now, or without them.

        Parameters
        ----------
        changed, removed
            ``<note>`` elements of the document. No other is looked at.
        """
        made: list[bytes] = []
        kept_from = 0
        for element, (begin, end) in self._spans.items():
            if element in removed:
                made.append(self._text[kept_from : self._end_before(begin)])
            elif element in changed:
                made += [self._text[kept_from:begin], self._fragment(element, begin, end)]
            else:
                continue
            kept_from = end
        return b"".join([*made, self._text[kept_from:]])

    def data(self, text: bytes, *, pack: bool) -> bytes:
        """Return a file's bytes that hold a text, packed as the file was or wants to be."""
        if not pack:
            return text
        if self._packed is None:
            return packed(text)
        return repacked(self._packed, text, self.path, self._limits)

    def play(self, text: bytes) -> Piece:
        """Read another text, as the file was read."""
        return play_musicxml(text, self.path, limits=self._limits).piece

    def decoded(self, text: bytes) -> str:
        """Return a text of this document as a string."""
        return text.decode(self._encoding).removeprefix("\ufeff")

    def _fragment(self, element: Element, begin: int, end: int) -> bytes:
        """Write an element in the manner of the one that stands there."""
        was = self._text[begin:end].decode(self._encoding)
        alone = copy.copy(element)
        alone.tail = None
        now = tostring(alone, encoding="unicode")
        if " />" not in was:
            now = now.replace(" />", "/>")  # in texts and attributes ">" is written as "&gt;"
        if "\r\n" in was:
            now = now.replace("\n", "\r\n")  # parsers hand on "\n" alone
        return now.encode(self._encoding, "xmlcharrefreplace")

    def _end_before(self, begin: int) -> int:
        """Return where the text ends that is left when what begins here goes: before the blanks."""
        blanks = {character.encode(self._encoding) for character in " \t\r\n"}
        width = len("\n".encode(self._encoding))
        while self._text[begin - width : begin] in blanks:
            begin -= width
        return begin


def open_manuscript(path: Path, limits: Limits) -> Manuscript:
    """Open a MusicXML file, plain or packed, within the limits of `musecritic.music.read.read`.

    Raises
    ------
    UnreadableFile
        It is no MusicXML, damaged, declares entities or uses some that it does not declare.
    OverLimit
        It is larger, longer or fuller than the limits.
    """
    if path.suffix.lower() not in XML and path.is_file():
        raise BadFile(path, "it is not MusicXML", f"Name a score that ends in {' or '.join(XML)}.")
    data = load(path, limits)
    is_packed = data.startswith(PACKED)
    text = unpack(data, path, limits) if is_packed else data
    # Reads first, and so refuses what is made to harm before it stands in memory as a whole.
    played = play_musicxml(text, path, limits=limits)
    limits.check_piece(played.piece, path)
    document = _Elements(path, text)
    notes = {begin: element for element, (begin, _) in document.spans.items()}
    return Manuscript(
        path,
        replace(played.piece, source=path),
        document.root,
        [[notes[place] for place in places] for places in played.places],
        data if is_packed else None,
        text,
        document.encoding,
        document.spans,
        limits,
    )


class _Elements:
    """Parses a document into elements, comments among them, and notes where its notes stand."""

    def __init__(self, path: Path, text: bytes) -> None:
        self._path, self._text = path, text
        self._builder = TreeBuilder(insert_comments=True, insert_pis=True)
        self._begin = 0
        self.spans: dict[Element, tuple[int, int]] = {}
        self.encoding = _unmarked(text) or "utf-8"
        parser = self._parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.XmlDeclHandler = self._declared
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._builder.data
        parser.CommentHandler = self._builder.comment
        parser.ProcessingInstructionHandler = self._builder.pi
        parser.SkippedEntityHandler = self._refuse_entity
        try:
            parser.Parse(text, True)
        finally:
            del self._parser  # which holds this object in turn, by its handlers
        self.root: Element = self._builder.close()

    def _declared(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding and _unmarked(self._text) is None:
            self.encoding = encoding

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "note":
            self._begin = self._parser.CurrentByteIndex
        self._builder.start(tag, attributes)

    def _end(self, tag: str) -> None:
        element = self._builder.end(tag)
        if tag == "note":
            closing = ">".encode(self.encoding)
            end = self._text.index(closing, self._parser.CurrentByteIndex) + len(closing)
            self.spans[element] = self._begin, end

    def _refuse_entity(self, *_: object) -> None:
        raise UnreadableFile(
            self._path,
            "it uses XML entities that it does not declare",
            "Export it again as MusicXML.",
        )


def _unmarked(text: bytes) -> str | None:
    """Return the encoding of a document in 16 bits, without its byte order mark; else None."""
    for encoding, beginnings in {
        "utf-16-le": (b"\xff\xfe", b"<\0"),
        "utf-16-be": (b"\xfe\xff", b"\0<"),
    }.items():
        if text.startswith(beginnings):
            return encoding
    return None
