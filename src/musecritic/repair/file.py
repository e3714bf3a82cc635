"""Write a file of music with its edits, whatever kind of file it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from musecritic.errors import BadFile
from musecritic.music.limits import Limits
from musecritic.repair.edit import Edit
from musecritic.repair.midi_file import write_edited_midi
from musecritic.repair.score_file import write_edited_score

MIDI = (".mid", ".midi", ".kar")
SCORES = (".xml", ".musicxml", ".mxl")


def write_edited(
    source: Path, edits: Sequence[Edit], out: Path, *, limits: Limits | None = None
) -> None:
    """Copy a MIDI file or a MusicXML score with some of its notes edited.

    Raises
    ------
    BadFile
        The file is of a kind that can only be read, or `out` is of another kind.
    """
    for suffixes, write in ((MIDI, write_edited_midi), (SCORES, write_edited_score)):
        if source.suffix.lower() in suffixes:
            if out.suffix.lower() not in suffixes:
                raise BadFile(
                    out,
                    f"{source.name} would have to be converted for it",
                    f"Name a file that ends in {' or '.join(suffixes)}.",
                )
            write(source, edits, out, limits=limits)
            return
    raise BadFile(
        source,
        "files of this kind can be read, not edited",
        "Only look at the proposals, with --dry-run.",
    )
