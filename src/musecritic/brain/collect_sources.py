"""Human works put into an index of sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from musecritic.brain.judged import hear, read_sheet, rendered
from musecritic.brain.labels import AI
from musecritic.brain.melody import runs
from musecritic.brain.network import Network
from musecritic.brain.one_form import seconds_in, sheet
from musecritic.brain.readers import AnyNetwork
from musecritic.brain.rendition import Rendition, beginning
from musecritic.brain.sources import Passages
from musecritic.corpora.collection import Collection
from musecritic.corpora.composers import one_name
from musecritic.corpora.corpus import Work
from musecritic.measure.progress import Progress, silent


def collect_sources(
    network: AnyNetwork,
    collection: Collection,
    indices: Sequence[int],
    *,
    progress: Progress = silent,
) -> Iterator[Passages]:
    """Yield people's works as an index takes them, summed up by a network.

    Parameters
    ----------
    network
        Reads them, or hears the first two minutes, rendered on their own instruments.
    indices
        Of the works; machines' and those without notes are passed over.
    """
    for done, index in enumerate(indices):
        work, piece = collection.works[index], collection.piece(index)
        notes = sheet(piece)
        progress("Collecting", done + 1, len(indices))
        if work.origin == AI or not len(notes):
            continue
        melody = None
        if not isinstance(network, Network):
            judged = read_sheet(network, notes)
            start = seconds_in(piece, judged.start)
            melody = runs(notes)
            melody = melody._replace(onset=seconds_in(piece, melody.onset))
        else:
            judged = hear(network, rendered(beginning(piece), Rendition()))
            start = judged.start
        yield Passages(
            work_name(work),
            collection.where[index][0],
            collection.group[index],
            start,
            judged.summary,
            melody,
        )


def work_name(work: Work) -> str:
    """Return what people call a work: its composer and title, or its file."""
    if not work.title:
        return work.path
    composer = one_name(work.composer.partition(" / ")[0]) if work.composer else ""
    return f"{composer}: {work.title}" if composer else work.title
