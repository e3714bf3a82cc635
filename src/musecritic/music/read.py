"""Read a file of music, whatever its format."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from musecritic.errors import NoNotes, UnreadableFile
from musecritic.music.abc_notation import parse_abc
from musecritic.music.in_memory import from_pretty_midi, from_symusic
from musecritic.music.limits import Limits
from musecritic.music.midi import parse_midi
from musecritic.music.musicxml import parse_musicxml
from musecritic.music.mxl import PACKED, unpack
from musecritic.music.notes import on_keyboard
from musecritic.music.piece import Piece

__all__ = ["SUFFIXES", "XML", "Limits", "from_pretty_midi", "from_symusic", "load", "read"]

_MIDI = (".mid", ".midi")
#: MusicXML, plain and packed.
XML = (".xml", ".musicxml", ".mxl")
_ABC = (".abc",)

#: What `read` reads, by the end of the file's name, in lower case.
SUFFIXES = (*_MIDI, *XML, *_ABC)


def read(
    path: str | os.PathLike[str],
    *,
    pedal: bool = False,
    limits: Limits | None = None,
    require_pitched: bool = True,
) -> Piece:
    """Read a MIDI file, a MusicXML score or an ABC tune.

    Parameters
    ----------
    path
        Its suffix, in capitals or not, tells the format: one of `SUFFIXES`.
    pedal
        Let the notes of a MIDI file ring while the sustain pedal is down: an offset then is where
        the sound ends, not where the key goes up. Off, because the critic is trained on keys.
    limits
        How much the file may claim; by default `Limits()`.
    require_pitched
        Raise `NoNotes` where no note is on the piano's keyboard (only drums, say), which leaves
        nothing to judge. False returns such a piece.

    Returns
    -------
    Piece
        Onsets and offsets in seconds by the file's tempi; of kind "midi", or "score" for a score
        played as written (see `parse_musicxml` and `parse_abc` for what is followed).

    Raises
    ------
    UnreadableFile
        The file is missing, may not be opened, is damaged or is not what its name says.
    OverLimit
        It is larger, longer or fuller than the limits.
    NoNotes
        It is sound, but has no note on the keyboard (see `require_pitched`).
    """
    path, limits = Path(path), limits or Limits()
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES and path.is_file():
        raise UnreadableFile(
            path,
            f"its suffix {path.suffix!r} is none that is read",
            f"Name a file of notes, one of these: {' '.join(SUFFIXES)}; identify and "
            "explain take recordings too (.wav .flac .ogg .mp3).",
        )
    data = load(path, limits)
    if suffix in _MIDI:
        piece = parse_midi(data, path, pedal=pedal, limits=limits)
    elif suffix in XML:
        if data.startswith(PACKED):  # whichever suffix it has
            data = unpack(data, path, limits)
        elif suffix == ".mxl" and not data.lstrip().startswith((b"<", b"\xef\xbb\xbf<")):
            raise UnreadableFile(path, "it is not an .mxl archive", "Export it again as MusicXML.")
        piece = parse_musicxml(data, path, limits=limits)
    else:
        piece = parse_abc(data, path, limits=limits)
    limits.check_piece(piece, path)
    if require_pitched and not len(on_keyboard(piece.pitched())):
        only_drums = len(piece.notes) and not len(piece.pitched())
        cause = "it holds nothing but drums" if only_drums else "it has no note on the keyboard"
        raise NoNotes(path, cause, "Give a file with pitched notes from A0 to C8.")
    return replace(piece, source=path)


def load(path: Path, limits: Limits) -> bytes:
    """Return a file's bytes, its size checked first.

    Raises
    ------
    UnreadableFile
        It is missing, empty, no file, or may not be opened.
    OverLimit
        It is larger than the limit.
    """
    try:
        if path.is_dir():
            raise UnreadableFile(path, "it is a folder", "Name the files in it.")
        if not path.exists():
            raise UnreadableFile(path, "there is no such file", "Check the path.")
        if not path.is_file():
            raise UnreadableFile(path, "it is not a regular file", "Copy it to a file first.")
        limits.check_bytes(path.stat().st_size, path)
        data = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a path with a null byte
        cause = getattr(error, "strerror", None) or str(error)
        raise UnreadableFile(
            path, f"it cannot be opened ({cause})", "Check that you may read it."
        ) from error
    if not data.strip():
        raise UnreadableFile(path, "it is empty", "Export or download it again.")
    return data
