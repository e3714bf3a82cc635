"""Works of a collection judged whole, as the protocol has it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from musecritic.brain.judged import Judged, hear, read_sheet, rendered
from musecritic.brain.network import Network
from musecritic.brain.one_form import Sheet, excerpt, played, quarters_of, sheet
from musecritic.brain.readers import AnyNetwork, Reader
from musecritic.brain.rendition import HEARD_SECONDS, Rendition, beginning
from musecritic.corpora.collection import Collection
from musecritic.measure.progress import Progress, silent
from musecritic.music.instruments import sounding
from musecritic.music.piece import Piece

_PLAIN = Rendition()


def judge_in_form(
    network: AnyNetwork,
    collection: Collection,
    indices: Sequence[int],
    *,
    rendition: Rendition | None = _PLAIN,
    seed: int = 0,
    progress: Progress = silent,
) -> dict[int, Judged]:
    """Judge works with their giveaways removed.

    Parameters
    ----------
    network
        Reads the notes, or hears them rendered.
    indices
        Of the works.
    rendition
        How they are rendered; on a piano if not given. None draws one for each work, as training
        does.
    seed
        Of the lots that choose a piece's beginning or its end.

    Returns
    -------
    dict
        By index; works that are shorter than their genre's excerpt are left out.
    """
    found = {}
    for done, index in enumerate(indices):
        part = drawn_excerpt(collection, index, seed)
        if part is not None:
            if not isinstance(network, Network):
                found[index] = read_sheet(network, part)
            else:
                way = rendition or drawn_rendition(index, seed)
                found[index] = hear(network, rendered(played(part), way))
        progress("Judging", done + 1, len(indices))
    return found


def judge_whole(
    network: Reader,
    collection: Collection,
    indices: Sequence[int],
    *,
    progress: Progress = silent,
) -> dict[int, Judged]:
    """Judge all the notes of works, as a score is judged; those without notes are left out."""
    found = {}
    for done, index in enumerate(indices):
        notes = sheet(collection.piece(index))
        if len(notes):
            found[index] = read_sheet(network, notes)
        progress("Judging", done + 1, len(indices))
    return found


def judge_as_published(
    network: Network,
    collection: Collection,
    indices: Sequence[int],
    *,
    seconds: float = HEARD_SECONDS,
    progress: Progress = silent,
) -> dict[int, Judged]:
    """Judge renderings of works as their files have them, each on its own instruments.

    Parameters
    ----------
    seconds
        Of each work's beginning that are heard.
    """
    found = {}
    for done, index in enumerate(indices):
        piece = beginning(collection.piece(index), seconds)
        found[index] = hear(network, rendered(piece, _PLAIN))
        progress("Judging", done + 1, len(indices))
    return found


def drawn_rendition(index: int, seed: int) -> Rendition:
    """Return how a work is played by lot, as in training."""
    return Rendition.draw(np.random.default_rng([seed, 1, index]))


def drawn_players(collection: Collection, index: int, seed: int) -> tuple[str, ...]:
    """Return the instruments that play a work's excerpt by lot."""
    part = drawn_excerpt(collection, index, seed)
    return () if part is None else players(drawn_rendition(index, seed).arrange(played(part)))


def players(piece: Piece) -> tuple[str, ...]:
    """Return the instruments of the parts that have notes."""
    return sounding(piece.parts, set(np.unique(piece.notes["part"]).tolist()))


def drawn_excerpt(collection: Collection, index: int, seed: int) -> Sheet | None:
    """Return a work's beginning or end in one form, by lot; None where it is too short."""
    at_end = bool(np.random.default_rng([seed, index]).integers(2))
    quarters = quarters_of(collection.works[index].genre)
    return excerpt(sheet(collection.piece(index)), quarters, at_end=at_end)
