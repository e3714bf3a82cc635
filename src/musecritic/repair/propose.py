"""The fewest edits that bring music past the critic: found, tried, and kept where they help."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musecritic.critic.checkpoint import Card
from musecritic.critic.inference import Critic
from musecritic.critic.judged_notes import JudgedNotes, Windows
from musecritic.critic.note_reader import NoteReader
from musecritic.critic.tail import chance, suspects
from musecritic.errors import BadInput
from musecritic.music.clip import Clip, clip_at
from musecritic.music.notes import Notes
from musecritic.music.piece import Piece
from musecritic.music.roll import CLIP_SECONDS
from musecritic.repair.candidates import TIMELESS, candidates
from musecritic.repair.edit import Edit, edited

#: Share of clean pieces in which a passage may be taken for damaged. As an edit must help besides,
#: fewer get a proposal: of a hundred performances of the validation part five at .15.
LEVEL = 0.12
SUSPECT = 0.5  # the probability from which a note that still stands is doubted
TRIED = 0.2  # the probability from which a note in a damaged passage is tried
MOST_EDITS = 100
MOST_ROUNDS = 12  # in which notes that stand apart are mended together
_APART_S = CLIP_SECONDS / 2
#: Fitted on the validation part, as are `TRIED` and `_SURELY`: what it is worth to be rid of a note
#: that is wrong in another way, beside mending it, and the odds by which an edit must win.
_RIDDANCE = 0.5
_SURELY = 0.3


@dataclass(frozen=True)
class Repair:
    """What was proposed for a piece.

    Attributes
    ----------
    piece
        As it was.
    edits
        In order of time; made one after the other in the order of `made` they give `mended`.
    made
        The same edits in the order in which they were found.
    mended
        The piece with all of them.
    p_before, p_after
        `p_real` of the whole piece.
    doubted
        The notes of `mended` that are rather wrong than right and still stand there, the most
        suspicious first: no edit of them helped, or too many clean notes look as bad.
    doubts
        (N,), how probable it is that each of them is wrong.
    refused
        How many notes looked worse than clean music does, and no edit of them was better than none.
    """

    piece: Piece = field(repr=False)
    made: tuple[Edit, ...]
    mended: Piece = field(repr=False)
    p_before: float
    p_after: float
    doubted: Notes = field(repr=False)
    doubts: NDArray[np.float32] = field(repr=False)
    refused: int = 0

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The edits in order of time."""
        return tuple(sorted(self.made, key=lambda edit: edit.onset))

    def record(self) -> dict[str, Any]:
        """Return what was proposed as plain values, the edits in order of time."""
        return {
            "p_real_before": round(self.p_before, 4),
            "p_real_after": round(self.p_after, 4),
            "n_edits": len(self.edits),
            "edits": [edit.record() for edit in self.edits],
            "refused": self.refused,
            "doubted": [
                {"onset_s": round(onset, 3), "pitch": pitch, "p_wrong": round(p, 4)}
                for onset, pitch, p in zip(
                    self.doubted["onset"].tolist(),
                    self.doubted["pitch"].tolist(),
                    self.doubts.tolist(),
                    strict=True,
                )
            ],
        }


def propose(
    critic: Critic,
    piece: Piece,
    *,
    most: int = MOST_EDITS,
    level: float = LEVEL,
    only_notes: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Repair:
    """Propose edits of a piece.

    First passages are found that cannot well be clean: hardly any clean ten seconds are judged so
    low, or hardly any clean note looks so wrong, and the fewer the longer the piece
    (`musecritic.critic.tail`). In them, notes that may well be wrong are suspects. For each the
    edits that could mend it are tried in its ten seconds; the verdict on these and what the network
    says of the note are weighed together, and the best is kept where it is clearly better than
    nothing. Then the piece is judged again.

    Parameters
    ----------
    critic
        With a network over notes.
    piece
        Drums and notes that no piano has stay as they are.
    most
        Most edits.
    level
        Share of clean pieces, 0 .. 1, in which passages may be taken for damaged; fewer of them
        get a proposal.
    only_notes
        Delete notes and change their pitch, but leave times alone.
    progress
        Told how many rounds are done, of `MOST_ROUNDS` at most.

    Raises
    ------
    BadInput
        The critic does not judge notes, or its card does not tell how clean notes look.
    """
    if not isinstance(critic.reader, NoteReader):
        raise BadInput(
            f"{critic.card.name} does not judge single notes; name a network over notes."
        )
    if min(len(critic.card.tail), len(critic.card.clip_tail)) < 2:
        raise BadInput(f"the card of {critic.card.name} does not tell how clean notes look.")
    allowed = TIMELESS if only_notes else None
    made: list[Edit] = []
    now = piece
    judged = judged_notes(critic, now)
    refused: set[bytes] = set()
    damaged: set[float] = set()
    for done in range(MOST_ROUNDS):
        if progress is not None:
            progress(done)
        damaged |= set(damaged_windows(judged, critic.card, level))
        suspicious = suspicious_notes(judged, damaged)
        found = _round(critic, now, judged, suspicious, allowed, refused)[: most - len(made)]
        if not found:
            break
        made += found
        now = edited(now, found)
        judged = judged_notes(critic, now)
    before, after = critic([piece, now]) if made else [critic(piece)] * 2
    doubted = np.argsort(-judged.p_wrong, kind="stable")
    doubted = doubted[judged.p_wrong[doubted] >= SUSPECT]
    return Repair(
        piece,
        tuple(made),
        now,
        before.p_real,
        after.p_real,
        judged.notes[doubted],
        judged.p_wrong[doubted],
        len(refused),
    )


def judged_notes(critic: Critic, piece: Piece) -> JudgedNotes:
    """Return what the critic says of a piece's notes."""
    windows = Windows(piece)
    return windows.judged(critic.read_clips(windows.clips))


def damaged_windows(judged: JudgedNotes, card: Card, level: float) -> list[float]:
    """Return where the windows begin that cannot well be clean, in seconds.

    Half of the level is given to windows that are judged too low, half to notes that look too
    wrong.
    """
    notes = suspects(chance(judged.wrong_logit, card.tail), level / 2)
    bad = suspects(chance(-judged.logit, card.clip_tail), level / 2)
    bad[judged.window[notes]] = True
    found: list[float] = judged.start[bad].tolist()
    return found


def suspicious_notes(judged: JudgedNotes, damaged: Iterable[float]) -> NDArray[np.int64]:
    """Return the indices of the notes that are suspects, the most suspicious first.

    Those are the notes within damaged windows that are more probably wrong than `TRIED`, in
    whichever window they were judged.
    """
    onset = judged.notes["onset"]
    inside = np.zeros(len(onset), dtype=bool)
    for start in damaged:
        inside |= (onset >= start) & (onset < start + CLIP_SECONDS)
    found = np.flatnonzero(inside & (judged.p_wrong >= TRIED))
    return found[np.argsort(-judged.p_wrong[found], kind="stable")]


def _round(
    critic: Critic,
    piece: Piece,
    judged: JudgedNotes,
    suspicious: NDArray[np.int64],
    allowed: frozenset[int] | None,
    refused: set[bytes],
) -> list[Edit]:
    """Return an edit for the worst notes that stand apart from each other."""
    taken: list[float] = []
    tried: list[tuple[bytes, list[Edit]]] = []
    for index in suspicious.tolist():
        onset = float(judged.notes["onset"][index])
        key = judged.notes[index].tobytes()
        if key in refused or any(abs(onset - other) < _APART_S for other in taken):
            continue
        own = candidates(judged, index, allowed)
        if own:
            taken.append(onset)
            tried.append((key, own))
        else:
            refused.add(key)
    return _best_of_each(critic, piece, tried, refused)


def _best_of_each(
    critic: Critic,
    piece: Piece,
    tried: Sequence[tuple[bytes, list[Edit]]],
    refused: set[bytes],
) -> list[Edit]:
    """Return of each note's edits that raise the verdict the one that two opinions hold best.

    They are the verdict on the ten seconds with and without it, and what the network says of the
    note itself; the logarithms of their odds are added, and must come to more than `_SURELY`.
    """
    clips: list[Clip] = []
    for _, own in tried:
        start = max(own[0].onset - CLIP_SECONDS / 2, 0.0)
        clips.append(clip_at(piece, start))
        clips += [clip_at(edited(piece, [edit]), start) for edit in own]
    findings = iter(critic.read_clips(clips))
    kept = []
    for key, own in tried:
        before = next(findings)
        after = [next(findings) for _ in own]
        raised = [(one.logit - before.logit) / critic.card.temperature for one in after]
        gain = [
            more + _odds(edit) if more > 0 else -np.inf
            for edit, more in zip(own, raised, strict=True)
        ]
        best = int(np.argmax(gain))
        if gain[best] <= _SURELY:
            refused.add(key)
            continue
        kept.append(
            replace(
                own[best],
                p_before=critic.p_real(before.logit),
                p_after=critic.p_real(after[best].logit),
            )
        )
    return kept


def _odds(edit: Edit) -> float:
    """Return the logarithm of the odds that an edit is the right one, against leaving the note.

    To delete a wrong note is better than to leave it, though something else would mend it.
    """
    worth = edit.p_mends
    if edit.action == "delete":
        worth += _RIDDANCE * (edit.p_wrong - edit.p_mends)
    return float(np.log(max(worth, 1e-6)) - np.log(max(1 - edit.p_wrong, 1e-6)))
