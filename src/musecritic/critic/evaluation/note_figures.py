"""Which notes are wrong, one wrong note alone, how much is damaged, and of which kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musecritic.corrupt import CORRUPTIONS, KINDS, Damaged
from musecritic.critic.blame import FIRST
from musecritic.critic.edits import labels
from musecritic.critic.evaluation.severity import ONE_NOTE, Grade, grades_of
from musecritic.critic.finding import Finding
from musecritic.critic.judged_notes import LIKELY
from musecritic.critic.testset import Negatives
from musecritic.errors import NothingToDamage
from musecritic.measure.bootstrap import Bootstrap, Estimate
from musecritic.measure.metrics import auroc, average_precision, correlation, ranks
from musecritic.measure.progress import Progress
from musecritic.music.clip import Clip

#: Kinds that leave wrong notes behind; the others leave seams, or gaps.
OF_NOTES = (
    "off-key", "noise", "pitch", "octave", "time", "onset", "offset", "split", "joined", "hand",
    "crossed",
)  # fmt: skip
#: Kinds that leave places where the music was cut, or a note is missing.
OF_PLACES = {"shuffle": "seam", "repeated": "seam", "backwards": "seam", "removed": "missing"}
_OWN = Grade("the kind's own counts")

ReadClips = Callable[[Sequence[Clip]], list[Finding]]
Make = Callable[[str, Grade], Negatives]


def note_figures(
    read: ReadClips,
    clips: Sequence[Clip],
    make: Make,
    song: NDArray[np.str_],
    seed: int,
    progress: Progress,
) -> dict[str, Any]:
    """Return what a network over notes finds in clips, real and damaged.

    Keys: "places", for each kind that cuts the music or leaves notes out the AUROC and average
    precision of finding where, among all notes of damaged clips, and "clean_per_minute", how many
    notes of undamaged clips are beside such a place to it; "notes", for each kind that leaves
    wrong notes the same of finding them by `p_wrong` among the notes of damaged clips, "n" of them
    wrong; "single", of one note off key in a clip the clip's AUROC and how often the note
    is among the first three suspects, and the same of one added note under "noise";
    "severity_spearman", rank correlation of the severity said with the true one over all kinds and
    over undamaged clips, "severity_of_seed_kinds" over the seed's three, "severity_by_kind" that
    of each kind; "named", how often each kind is the first that the network names.

    Parameters
    ----------
    clips
        Real ones, in milliseconds.
    make
        Gives the negatives of a kind and grade, of these clips.
    song
        Of each clip.
    """
    real = read(clips)
    whole = Bootstrap.over(song, seed=seed)
    notes: dict[str, Any] = {}
    places: dict[str, Any] = {}
    named: dict[str, Any] = {}
    for number, kind in enumerate(CORRUPTIONS):
        progress(f"notes: {kind}", number, 2 * len(CORRUPTIONS))
        try:
            fakes = make(kind, _OWN)
        except NothingToDamage:  # there may be no two notes to join
            continue
        found = read([damaged.clip for damaged in fakes.damaged])
        if kind in OF_NOTES:
            suspicion = [_said(finding)[0].astype(np.float64) for finding in found]
            notes[kind] = touched_found(suspicion, fakes, song, seed)
        if kind in OF_PLACES:
            where = OF_PLACES[kind]
            p_there = [getattr(finding.notes, where) for finding in found]
            there = [
                getattr(labels(clips[of], damaged, kind), where)
                for of, damaged in zip(fakes.of, fakes.damaged, strict=True)
            ]
            places[kind] = _finding(p_there, there, song[fakes.of], seed)
            clean = [(getattr(finding.notes, where) >= LIKELY).sum() for finding in real]
            seconds = sum(clip.seconds for clip in clips)
            places[kind]["clean_per_minute"] = 60 * float(np.sum(clean)) / seconds
        named[kind] = whole.mean(
            np.array([_first_named(finding) == kind for finding in found]), fakes.of
        )
    return {
        "notes": notes,
        "places": places,
        "single": {
            **_single(read, real, make("off-key", ONE_NOTE), whole),
            "noise": _single(read, real, make("noise", ONE_NOTE), whole),
        },
        **_severities(read, real, make, song, seed, progress),
        "named": named,
    }


def _said(finding: Finding) -> tuple[NDArray[np.float32], float]:
    assert finding.notes is not None
    return finding.notes.p_wrong, finding.notes.severity


def _first_named(finding: Finding) -> str:
    assert finding.notes is not None
    return max(finding.notes.kinds, key=finding.notes.kinds.__getitem__)


def touched_found(
    suspicion: Sequence[NDArray[np.float64]],
    fakes: Negatives,
    song: NDArray[np.str_],
    seed: int,
) -> dict[str, Any]:
    """Return how well suspicion finds the touched notes among all notes of damaged clips.

    Keys: "auroc", "ap", and "n", how many were touched.

    Parameters
    ----------
    suspicion
        Of each damaged clip one number a note, the higher the worse.
    song
        Of each real clip.
    """
    return _finding(suspicion, [damaged.notes for damaged in fakes.damaged], song[fakes.of], seed)


def _finding(
    said: Sequence[NDArray[np.floating]],
    true: Sequence[NDArray[np.bool_]],
    song: NDArray[np.str_],
    seed: int,
) -> dict[str, Any]:
    """Return how well what is true of notes is found, of the notes of several clips."""
    score = -np.concatenate(said).astype(np.float64)
    wrong = np.concatenate(true)
    bootstrap = Bootstrap.over(np.repeat(song, [len(own) for own in true]), seed=seed)

    def by(figure: Callable[..., Any]) -> Estimate:
        return bootstrap.estimate(
            lambda w: figure(score[~wrong], score[wrong], w[:, ~wrong], w[:, wrong])
        )

    return {"auroc": by(auroc), "ap": by(average_precision), "n": int(wrong.sum())}


def _single(
    read: ReadClips, real: Sequence[Finding], fakes: Negatives, bootstrap: Bootstrap
) -> dict[str, Any]:
    found = read([damaged.clip for damaged in fakes.damaged])
    of_real = np.array([finding.logit for finding in real])
    logits = np.array([finding.logit for finding in found])
    among = np.array(
        [is_among_first(f, d) for f, d in zip(found, fakes.damaged, strict=True)], dtype=float
    )
    return {
        "clip_auroc": bootstrap.estimate(lambda w: auroc(of_real, logits, w, w[:, fakes.of])),
        f"top{FIRST}": bootstrap.mean(among, fakes.of),
    }


def is_among_first(finding: Finding, damaged: Damaged) -> bool:
    """Say whether one of the touched notes is among the first suspects."""
    p_wrong, _ = _said(finding)
    suspects = np.argsort(-p_wrong, kind="stable")[:FIRST]
    return bool(damaged.notes[suspects].any())


def _severities(
    read: ReadClips,
    real: Sequence[Finding],
    make: Make,
    song: NDArray[np.str_],
    seed: int,
    progress: Progress,
) -> dict[str, Any]:
    said = {"": np.array([_said(finding)[1] for finding in real])}
    true = {"": np.zeros(len(real))}
    of = {"": np.arange(len(real))}
    for number, kind in enumerate(CORRUPTIONS):
        progress(f"severity: {kind}", len(CORRUPTIONS) + number, 2 * len(CORRUPTIONS))
        try:
            made = [make(kind, grade) for grade in grades_of(kind)]
        except NothingToDamage:
            continue
        found = [read([damaged.clip for damaged in fakes.damaged]) for fakes in made]
        said[kind] = np.array([_said(finding)[1] for some in found for finding in some])
        true[kind] = np.concatenate([fakes.severity for fakes in made])
        of[kind] = np.concatenate([fakes.of for fakes in made])

    def spearman(kinds: Sequence[str]) -> Estimate:
        x = ranks(np.concatenate([said[kind] for kind in kinds]))
        y = ranks(np.concatenate([true[kind] for kind in kinds]))
        own = Bootstrap.over(song[np.concatenate([of[kind] for kind in kinds])], seed=seed)
        return own.estimate(lambda w: correlation(x, y, w))

    return {
        "severity_spearman": spearman(list(said)),
        "severity_of_seed_kinds": spearman(["", *(kind for kind in KINDS if kind in said)]),
        "severity_by_kind": {kind: spearman(["", kind]) for kind in said if kind},
    }
