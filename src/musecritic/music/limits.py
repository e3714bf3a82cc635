"""Limits: how large a file may be before reading it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from musecritic.errors import OverLimit
from musecritic.music.piece import Piece

# The largest performance of MAESTRO takes 0.4 MB, a string quartet in MusicXML 1.5 MB, and an
# orchestral score about 15 MB. Above that the parsing of a file made to be slow nears ten seconds.
MAX_BYTES = 20_000_000
# The fullest performance of MAESTRO has 25,000 notes, the fullest string quartet at hand 35,000
# with its repeats; a symphony stays under 100,000.
MAX_NOTES = 250_000
# Longer than any work that is played in one go, four hours of opera included.
MAX_SECONDS = 4 * 3600.0

# What no music comes near, so that nobody needs to raise it: a symphony's score has 40 parts and
# 80,000 bars over all of them, and a MIDI file of MAESTRO three meta events.
MOST_PARTS = 1_000
MOST_BARS = 200_000
MOST_META_EVENTS = 500_000


@dataclass(frozen=True)
class Limits:
    """What a file may claim of the machine that reads it.

    Attributes
    ----------
    max_bytes
        Size of the file, and of what a compressed one unpacks to.
    max_notes
        Notes in all parts, repeats played out.
    max_seconds
        Time from the start to the last offset.
    """

    max_bytes: int = MAX_BYTES
    max_notes: int = MAX_NOTES
    max_seconds: float = MAX_SECONDS

    def check_bytes(self, n_bytes: int, path: Path, what: str = "it has") -> None:
        """Raise `OverLimit` where a file, or what is packed in it, is too large."""
        if n_bytes > self.max_bytes:
            raise OverLimit(
                path,
                f"{what} more than {self.max_bytes:,} bytes",
                "If it is music all the same, raise the limit with --max-bytes.",
            )

    def check_notes(self, n_notes: int, path: Path) -> None:
        """Raise `OverLimit` where there are too many notes."""
        if n_notes > self.max_notes:
            raise OverLimit(
                path,
                f"it has {n_notes:,} notes, more than {self.max_notes:,}",
                "If it is music all the same, raise the limit with --max-notes.",
            )

    def check_piece(self, piece: Piece, path: Path) -> None:
        """Raise `OverLimit` where a piece is too full or too long."""
        self.check_notes(len(piece.notes), path)
        if piece.duration > self.max_seconds:
            raise OverLimit(
                path,
                f"it lasts {piece.duration:,.0f} seconds, more than {self.max_seconds:,.0f}",
                "If it is music all the same, raise the limit with --max-seconds.",
            )


def refuse_more(n: int, most: int, what: str, path: Path) -> None:
    """Raise `OverLimit` where a file has more of something than any music needs."""
    if n > most:
        raise OverLimit(
            path, f"it has more than {most:,} {what}", "Split it, if it is music all the same."
        )
