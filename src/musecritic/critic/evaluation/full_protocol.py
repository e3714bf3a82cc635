"""The full protocol: every clip of MAESTRO's test songs, damage done to notes in milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musecritic.corpora.corpus import Corpus
from musecritic.corpora.draw import indices_by_part
from musecritic.corrupt import CORRUPTIONS, KINDS
from musecritic.critic.evaluation.attention_mass import attention_mass
from musecritic.critic.evaluation.blame_figures import BlameClips, blame_figures
from musecritic.critic.evaluation.calibration import Calibration
from musecritic.critic.evaluation.composers import by_composer
from musecritic.critic.evaluation.false_alarms import false_alarms
from musecritic.critic.evaluation.far_figures import far_figures
from musecritic.critic.evaluation.late_composers import LateWorks, by_style
from musecritic.critic.evaluation.note_figures import Make, ReadClips, note_figures
from musecritic.critic.evaluation.order import Source, order_figures
from musecritic.critic.evaluation.outcome import Outcome, blind_tests
from musecritic.critic.evaluation.scores import Read, score_test_set
from musecritic.critic.evaluation.severity import GRADES, Grade, by_severity, damaged
from musecritic.critic.evaluation.table import calibration_figures, table
from musecritic.critic.testset import Negatives, TestSet
from musecritic.measure.bootstrap import Bootstrap
from musecritic.measure.evenly import evenly
from musecritic.measure.progress import Progress
from musecritic.music.clip import Clip, cut
from musecritic.music.notes import Notes, on_keyboard
from musecritic.music.piece import Piece


@dataclass(frozen=True)
class FullTest:
    """What the protocol measures on, for figures that are made elsewhere.

    Attributes
    ----------
    clips, song
        The test songs' clips in milliseconds, and the song of each.
    pieces, piece_song
        Their performances, whole, and the song of each.
    validation
        Performances of the validation part, whole, to fit what must be fitted.
    seed
        Of the negatives and the bootstrap.
    progress
        Told of every stage.
    """

    clips: list[Clip]
    song: NDArray[np.str_]
    pieces: list[Piece]
    piece_song: list[str]
    validation: list[Notes]
    seed: int
    progress: Progress


#: Further figures of the protocol, by their keys.
Further = Callable[[FullTest], dict[str, Any]]

#: The protocol's own counts, 3 to 7 chunks or notes, 5 to 15 added notes.
_OWN = Grade("the seed's counts")
N_FOR_NOTES = 350  # clips: each is damaged a hundred times
N_FOR_BLAME = 30  # clips: each is judged a thousand times


def full_protocol(
    read: Read,
    corpus: Corpus,
    calibration: Calibration,
    *,
    read_clips: ReadClips | None = None,
    blame_clips: BlameClips | None = None,
    far: float | None = None,
    further: Further | None = None,
    others: Mapping[str, Mapping[str, Notes]] | None = None,
    sources: Sequence[Source] = (),
    late: Sequence[LateWorks] = (),
    seed: int = 0,
    progress: Progress,
    limit: int | None = None,
) -> Outcome:
    """Measure a network on whole test songs.

    Parameters
    ----------
    read
        The network: clips to logits and attention.
    calibration
        What ships with the network; nothing is fitted here.
    read_clips
        The same network, for all that it says of notes; None where it does not judge them.
    blame_clips
        The same network, for which notes its verdicts are owed to; None leaves that out.
    far
        The distance from which a clip is far from known music, where the network tells it.
    further
        Makes more figures, which lie above this layer.
    others
        Works it was not trained on, by the name of their corpus and their own; all their clips
        count as real.
    sources
        What people, generators and chance made, to be ranked.
    late
        Works of late composers, for their false alarms.
    limit
        Most clips, taken evenly from all test songs; None takes every clip.
    """
    progress("cutting", 0, 100)
    clips, where, song, composer = _test_clips(corpus, limit)

    def make(kind: str, grade: Grade) -> Negatives:
        number = list(KINDS).index(kind)
        return damaged(
            clips, kind, lambda i: np.random.default_rng([seed, *where[i], number]), grade
        )

    progress("damaging", 1, 100)
    test = TestSet(
        np.stack([clip.roll() for clip in clips]),
        np.array(song),
        np.array(composer),
        {kind: make(kind, _OWN) for kind in KINDS},
        tuple(clips),
    )
    progress("judging", 5, 100)
    scores = score_test_set(read, test)
    bootstrap = Bootstrap.over(test.song, seed=seed)
    figures: dict[str, Any] = {
        "n_songs": bootstrap.draws.shape[1],
        "n_clips": len(clips),
        "limit": limit,
        "threshold": calibration.threshold,
        "temperature": calibration.temperature,
        **table(scores, calibration, bootstrap),
        **calibration_figures(scores, calibration, bootstrap),
        "attention": {k: attention_mass(f, bootstrap) for k, f in scores.kinds.items()},
        "by_composer": by_composer(scores.real, test.composer, calibration, bootstrap),
        "by_severity": by_severity(
            read,
            scores.real,
            make,
            calibration,
            bootstrap,
            GRADES,
            lambda what, done, of: progress(what, 15 + 75 * done // of, 100),
        ),
        "by_corpus": {},
    }
    for name, works in (others or {}).items():
        progress(name, 90, 100)
        figures["by_corpus"][name] = false_alarms(read, works, calibration, seed, limit)
    if sources:
        progress("ranking", 91, 100)
        figures["order"] = order_figures(read, sources, calibration, seed)
        if read_clips is not None and far is not None:
            figures["density"] = far_figures(read_clips, far, sources, seed)
    if late:
        progress("late composers", 92, 100)
        figures["by_style"] = by_style(read, late, calibration, seed, limit)

    def part(n: int) -> tuple[list[Clip], Make, NDArray[np.str_]]:
        """Return some of the clips, what damages them in all ways, and their songs."""
        kept = evenly(len(clips), n)
        some = [clips[i] for i in kept]

        def make_some(kind: str, grade: Grade) -> Negatives:
            number = list(CORRUPTIONS).index(kind)
            return damaged(
                some, kind, lambda i: np.random.default_rng([seed, *where[kept[i]], number]), grade
            )

        return some, make_some, test.song[kept]

    if read_clips is not None:
        figures |= note_figures(read_clips, *part(N_FOR_NOTES), seed, progress)
    if blame_clips is not None:
        figures["blame"] = blame_figures(blame_clips, *part(N_FOR_BLAME), seed, progress)
    if further is not None:
        indices = indices_by_part(corpus)["test"]
        figures |= further(
            FullTest(
                clips,
                test.song,
                [Piece(on_keyboard(corpus[index])) for index in indices],
                [corpus.works[index].song for index in indices],
                [corpus[index] for index in indices_by_part(corpus)["validation"]],
                seed,
                progress,
            )
        )
    progress("done", 100, 100)
    return Outcome(figures, blind_tests(scores, test, calibration))


def _test_clips(
    corpus: Corpus, limit: int | None
) -> tuple[list[Clip], list[tuple[int, int]], list[str], list[str]]:
    """Return the test songs' clips; of each its work and number, its song, its composer."""
    found = [
        (clip, (index, number))
        for index in indices_by_part(corpus)["test"]
        for number, clip in enumerate(clips_of(corpus, index))
    ]
    found = [found[i] for i in evenly(len(found), limit)]
    works = [corpus.works[index] for _, (index, _) in found]
    return (
        [clip for clip, _ in found],
        [place for _, place in found],
        [work.song for work in works],
        [work.composer for work in works],
    )


def clips_of(corpus: Corpus, index: int) -> Iterator[Clip]:
    """Yield a work's clips, those with a note on the keyboard."""
    notes = on_keyboard(corpus[index])
    return iter(cut(Piece(notes)))
