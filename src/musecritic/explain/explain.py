"""From a file to the page that explains what MusicBrain says of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from musecritic.brain.attribution import Attribution
from musecritic.brain.inference import MusicBrain
from musecritic.brain.rendition import Rendition
from musecritic.brain.window import SECONDS, stretch
from musecritic.errors import BadInput
from musecritic.explain.evidence import Evidence, evidence, targets_of
from musecritic.explain.page import page
from musecritic.measure.progress import HowFar
from musecritic.music.audio import AUDIO_SUFFIXES, SAMPLE_RATE, Recording, Samples
from musecritic.music.limits import Limits
from musecritic.music.piece import Piece
from musecritic.music.read import read

LONGEST_SECONDS = 300.0  # of a page; its picture and its sound grow with it


def explain(
    brain: MusicBrain,
    path: Path,
    *,
    start: float = 0.0,
    seconds: float = 60.0,
    limits: Limits | None = None,
    title: str | None = None,
    progress: HowFar | None = None,
) -> tuple[Attribution, Evidence, str]:
    """Judge a file, and show what speaks for it in a stretch.

    Parameters
    ----------
    path
        A recording or a file of notes; notes are rendered on their own instruments.
    start, seconds
        The stretch; whole windows of ten seconds around it are shown.
    title
        Of the page; by default the file's name.
    progress
        Told how many windows of the stretch are done, and of how many.

    Returns
    -------
    Attribution
        Of the whole piece.
    Evidence
        Of the stretch.
    str
        The page, HTML.

    Raises
    ------
    BadFile
        The file cannot be used.
    BadInput
        The stretch is too long, or begins after the piece ends.
    """
    if seconds > LONGEST_SECONDS:
        raise BadInput(
            f"{seconds:g} seconds are more than a page shows, {LONGEST_SECONDS:g}; name a shorter "
            "stretch, or several pages."
        )
    piece: Piece | None = None
    recording: Recording | None = None
    if path.suffix.lower() in AUDIO_SUFFIXES:
        recording = Recording.open(path, limits=limits)
        attribution = brain.of_recording(recording)
    else:
        piece = read(path, limits=limits)
        attribution = brain.of_piece(piece)
    if start >= attribution.duration:
        raise BadInput(f"the piece ends at {attribution.duration:.1f} s, before {start:g} s.")
    begin = start // SECONDS * SECONDS
    end = min(math.ceil((start + seconds) / SECONDS) * SECONDS, attribution.duration)
    if recording is not None:
        sound = _cut(recording.blocks(), begin, end - begin)
    else:
        assert piece is not None
        plain = Rendition()
        sound = stretch(plain.arrange(piece), plain, begin, end - begin)
    found = evidence(brain.listener, sound, targets_of(attribution), start=begin, progress=progress)
    return (
        attribution,
        found,
        page(attribution, found, sound, title=title or path.name, piece=piece),
    )


def _cut(blocks: Iterator[Samples], start: float, seconds: float) -> Samples:
    """Return a stretch of sound that comes in blocks."""
    first, last = round(start * SAMPLE_RATE), round((start + seconds) * SAMPLE_RATE)
    kept, at = [np.zeros(0, dtype=np.float32)], 0
    for block in blocks:
        kept.append(block[max(first - at, 0) : max(last - at, 0)])
        at += len(block)
        if at >= last:
            break
    return np.concatenate(kept)
