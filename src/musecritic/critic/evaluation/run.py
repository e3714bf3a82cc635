"""One protocol, one network, one report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from musecritic.corpora.corpus import Corpus
from musecritic.corpora.draw import Manifest, draw
from musecritic.critic.blame import blame_of_clips
from musecritic.critic.evaluation.calibration import Calibration
from musecritic.critic.evaluation.full_protocol import Further, full_protocol
from musecritic.critic.evaluation.late_composers import LateWorks
from musecritic.critic.evaluation.order import Source
from musecritic.critic.evaluation.report import header, write_report
from musecritic.critic.evaluation.seed_protocol import seed_protocol
from musecritic.critic.inference import Critic
from musecritic.critic.note_reader import NoteReader
from musecritic.errors import UnknownName
from musecritic.measure.progress import Progress, silent
from musecritic.music.notes import Notes

PROTOCOLS = ("seed", "full")


def evaluate(
    critic: Critic,
    corpus: Corpus,
    *,
    protocol: str,
    out: Path,
    seed: int = 0,
    progress: Progress = silent,
    limit: int | None = None,
    manifest: Manifest | None = None,
    others: Mapping[str, Mapping[str, Notes]] | None = None,
    sources: Sequence[Source] = (),
    late: Sequence[LateWorks] = (),
    further: Further | None = None,
    command: str = "",
) -> dict[str, Any]:
    """Measure a network, write ``PROTOCOL.json``, ``PROTOCOL.md`` and pictures; return the record.

    Parameters
    ----------
    critic
        The network. The seed's protocol fits temperature and threshold on validation clips, the
        full one takes those of its card.
    corpus
        MAESTRO, whole.
    protocol
        "seed" or "full", see the guide.
    out
        Folder of the report.
    seed
        Of the draw, the negatives and the bootstrap.
    progress
        Told of every stage: its name, how many are done, how many there are.
    limit
        For a quick look: performances of each part (seed), or clips (full). It stands in the
        record.
    manifest
        The draw of the seed's protocol; drawn by `seed` where it is not given.
    others
        For the full protocol: works the network was not trained on, by the name of their corpus
        and their own.
    sources, late
        For the full protocol: what is to be ranked, and works of late composers; see
        `musecritic.critic.evaluation.order_sources` and `late_composers`.
    further
        For the full protocol: makes figures that lie above this layer.
    command
        What to run to get the report again; it stands in the record.

    Raises
    ------
    UnknownName
        There is no such protocol.
    BadInput
        The corpus is too small for the draw.
    """
    if protocol not in PROTOCOLS:
        raise UnknownName("protocol", protocol, list(PROTOCOLS))
    if protocol == "seed":
        outcome = seed_protocol(
            critic.read, corpus, manifest or draw(corpus, seed), progress=progress, limit=limit
        )
    else:
        calibration = Calibration(critic.card.temperature, critic.card.threshold)
        outcome = full_protocol(
            critic.read,
            corpus,
            calibration,
            read_clips=critic.read_clips if isinstance(critic.reader, NoteReader) else None,
            blame_clips=partial(blame_of_clips, critic),
            far=critic.card.far,
            further=further,
            others=others,
            sources=sources,
            late=late,
            seed=seed,
            progress=progress,
            limit=limit,
        )
    record = {**header(protocol, critic, corpus, seed, command), **outcome.record()}
    write_report(record, outcome.blind_tests, out)
    return record
