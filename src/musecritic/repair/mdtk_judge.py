"""A critic's answers in the words of the MIDI Degradation Toolkit (MDTK).

MDTK's networks learn each task from its own excerpts. The critic did not: its faults are others,
and never one alone in five seconds. So a plain classifier is fitted to what the critic says of
excerpts of works apart from those that it is measured on; so are the probabilities from which an
excerpt counts as clean, a frame as wrong and a correction as worth it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musecritic.critic.edits import (
    DELETE,
    EDITS,
    JOIN,
    MOVE,
    SHIFT,
    SHIFT_OFFSET,
    SHIFT_ONSET,
    SPLIT,
    semitones_of,
)
from musecritic.critic.evaluation.mdtk import N_FRAMES, Judged
from musecritic.critic.evaluation.mdtk_excerpts import SECONDS, Excerpt, excerpts
from musecritic.critic.evaluation.mdtk_faults import CLASSES, CLEAN
from musecritic.critic.evaluation.mdtk_metrics import (
    agreement,
    f1,
    helpfulness,
    hits,
    wrong_frames,
)
from musecritic.critic.finding import Finding, NoteFinding
from musecritic.critic.inference import Critic
from musecritic.measure.metrics import log_odds
from musecritic.music.clip import Clip
from musecritic.music.notes import Notes
from musecritic.music.piece import Piece
from musecritic.repair.candidates import of_cause
from musecritic.repair.edit import edited

N_TO_FIT = 14_400
_TRIED = tuple(round(0.05 * step, 2) for step in range(1, 20))  # the best is taken
_FOLDS = 5
_STRENGTH = 0.1  # inverse of how strongly the classifier is held back

_MOVES = [edit for edit in range(len(EDITS)) if semitones_of(edit) is not None]
_STEPS = [edit for edit in _MOVES if abs(semitones_of(edit) or 0) <= 2]
_LEAPS = [edit for edit in _MOVES if edit not in _STEPS]
#: What is told apart of what may be wrong with a note.
_CAUSES = (
    [DELETE],
    _STEPS,
    _LEAPS,
    [MOVE],
    [SHIFT],
    [SHIFT_ONSET],
    [SHIFT_OFFSET],
    [JOIN],
    [SPLIT],
)
#: The edits that undo a fault, or some of it: a note moved far away had better go.
_UNDOING = {
    "pitch_shift": [*_MOVES, MOVE, DELETE],
    "time_shift": [DELETE, SHIFT],
    "add_note": [DELETE],
    "split_note": [JOIN],
}
_DELETED = (MOVE, SHIFT)  # it is not known where to


@dataclass(frozen=True)
class Chosen:
    """Probabilities, 0 .. 1, from which something is said.

    Attributes
    ----------
    clean
        That of an excerpt being clean.
    wrong
        That of a note being wrong, whose frames then are.
    sure
        That of a fault, which then is corrected.
    """

    clean: float
    wrong: float
    sure: float


class MdtkJudge:
    """Says of excerpts what MDTK asks; make one with `fit`.

    Parameters
    ----------
    critic
        With a network over notes.
    classifier
        Of scikit-learn: `features` in, the probability of each of `CLASSES` out.
    chosen
        From which probabilities it speaks.
    """

    def __init__(self, critic: Critic, classifier: Any, chosen: Chosen) -> None:
        self._critic, self._classifier, self.chosen = critic, classifier, chosen

    @classmethod
    def fit(
        cls, critic: Critic, works: Sequence[Notes], *, n: int = N_TO_FIT, seed: int = 0
    ) -> MdtkJudge:
        """Fit a judge to excerpts of works that it will not be measured on.

        Parameters
        ----------
        works
            Each work's notes, times in seconds, without drums.
        n
            How many excerpts.
        seed
            Of the excerpts.

        Raises
        ------
        BadInput
            No excerpts can be drawn from these works.
        """
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import cross_val_predict
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        taken = excerpts(works, max(n, _FOLDS * len(CLASSES)), seed)  # some of each class a fold
        clips = [excerpt.clip for excerpt in taken]
        findings = critic.read_clips(clips)
        seen = np.stack([features(c, f) for c, f in zip(clips, findings, strict=True)])
        truth = np.array([CLASSES.index(excerpt.fault) for excerpt in taken])
        classifier = make_pipeline(StandardScaler(), LogisticRegression(C=_STRENGTH, max_iter=1000))
        # What it says of excerpts that it was fitted to is surer than it will be of others.
        p = cross_val_predict(classifier, seen, truth, cv=_FOLDS, method="predict_proba")
        return cls(critic, classifier.fit(seen, truth), _chosen(taken, findings, p))

    def __call__(self, clips: Sequence[Clip]) -> list[Judged]:
        """Judge excerpts."""
        findings = self._critic.read_clips(clips)
        seen = np.stack([features(c, f) for c, f in zip(clips, findings, strict=True)])
        return [
            Judged(
                float(p[CLASSES.index(CLEAN)]),
                CLASSES[int(p.argmax())],
                _frames(clip.notes[_said(finding).p_wrong >= self.chosen.wrong]),
                corrected(clip, finding, p) if _sure(p) >= self.chosen.sure else clip.notes,
            )
            for clip, finding, p in zip(
                clips, findings, self._classifier.predict_proba(seen), strict=True
            )
        ]


def features(clip: Clip, finding: Finding) -> NDArray[np.float64]:
    """Return what the classifier sees of a clip: (F,), the critic's logits of the clip as a whole,
    and of each cause the two notes most suspected and how many there may be.
    """
    said = _said(finding)
    notes = clip.notes
    per_note = [
        *(said.edits[:, cause].sum(1) for cause in _CAUSES),
        said.seam,
        said.missing,
        said.p_wrong,
    ]
    worst = int(said.p_wrong.argmax())
    length = notes["offset"] - notes["onset"]
    seen = [
        finding.logit,
        np.log(len(notes)),
        float(log_odds(said.severity)),
        *log_odds(list(said.kinds.values())),
        float(length[worst]),
        float(length.max()),
        abs(float(notes["pitch"][worst]) - float(np.median(notes["pitch"]))),
    ]
    for p in per_note:
        second, first = np.sort(np.concatenate([[0.0], p]))[-2:]
        seen += [*log_odds([first, second, p[worst]]), float(np.log(p.sum() + 1e-6))]
    return np.array(seen, dtype=np.float64)


def corrected(clip: Clip, finding: Finding, p: NDArray[np.float64]) -> Notes:
    """Return a clip's notes with its most probable fault undone, as far as may be.

    Parameters
    ----------
    p
        (9,), the probability of each of `CLASSES`.
    """
    undoing = _UNDOING.get(CLASSES[int(p.argmax())])
    if undoing is None:  # what is gone is not known, nor when a note began
        return clip.notes
    edits = _said(finding).edits
    note, which = np.unravel_index(edits[:, undoing].argmax(), (len(edits), len(undoing)))
    edit = undoing[int(which)]
    found = of_cause(clip.notes, int(note), DELETE if edit in _DELETED else edit)
    return edited(Piece(clip.notes), found[:1]).notes


def _chosen(
    taken: Sequence[Excerpt], findings: Sequence[Finding], p: NDArray[np.float64]
) -> Chosen:
    """Return the probabilities that do best on the excerpts at hand."""
    each = np.ones(len(taken))
    is_clean = np.array([excerpt.fault == CLEAN for excerpt in taken])
    p_clean = p[:, CLASSES.index(CLEAN)]
    wrong = np.stack([wrong_frames(e.clip.notes, e.clean.notes, SECONDS) for e in taken])

    def finding_clean(least: float) -> float:
        return float(f1(hits(p_clean >= least, is_clean), each))

    def finding_frames(least: float) -> float:
        said = [
            _frames(e.clip.notes[_said(f).p_wrong >= least])
            for e, f in zip(taken, findings, strict=True)
        ]
        return float(f1(hits(np.stack(said), wrong), each))

    gain = np.array(
        [_gained(*one) for one in zip(taken, findings, p, strict=True)], dtype=np.float64
    )
    sure = np.array([_sure(own) for own in p])
    return Chosen(
        max(_TRIED, key=finding_clean),
        max(_TRIED, key=finding_frames),
        max(_TRIED, key=lambda least: float(gain[sure >= least].sum())),
    )


def _gained(excerpt: Excerpt, finding: Finding, p: NDArray[np.float64]) -> float:
    """Return how much helpfulness a correction adds to leaving the excerpt as it is."""
    before = agreement(excerpt.clip.notes, excerpt.clean.notes)
    after = agreement(corrected(excerpt.clip, finding, p), excerpt.clean.notes)
    clean = excerpt.fault == CLEAN
    return helpfulness(after, before, clean=clean) - helpfulness(before, before, clean=clean)


def _sure(p: NDArray[np.float64]) -> float:
    return float(p.max())


def _said(finding: Finding) -> NoteFinding:
    assert finding.notes is not None
    return finding.notes


def _frames(notes: Notes) -> NDArray[np.bool_]:
    """Return the frames of 40 ms that notes light."""
    lit = np.zeros(N_FRAMES, dtype=bool)
    rate = N_FRAMES / SECONDS
    for note in notes:
        first = int(note["onset"] * rate)
        lit[first : max(int(np.ceil(note["offset"] * rate)), first + 1)] = True
    return lit
