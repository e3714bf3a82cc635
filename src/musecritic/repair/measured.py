"""Whether repairs help, and whether clean music is left alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musecritic.corrupt import CORRUPTIONS
from musecritic.critic.evaluation.full_protocol import FullTest
from musecritic.critic.evaluation.mdtk import mdtk_tasks
from musecritic.critic.evaluation.mdtk_metrics import agreement, helpfulness
from musecritic.critic.inference import Critic
from musecritic.errors import NothingToDamage
from musecritic.measure.bootstrap import Bootstrap
from musecritic.measure.evenly import evenly
from musecritic.measure.progress import Progress
from musecritic.music.clip import Clip
from musecritic.music.notes import Notes
from musecritic.music.piece import Piece
from musecritic.repair.mdtk_judge import N_TO_FIT, MdtkJudge
from musecritic.repair.propose import propose

COUNT = (1, 7)  # wrong notes in a clip to be mended
KINDS = ("off-key", "noise")  # taken in turn
N_CLIPS, N_PIECES, N_EXCERPTS = 400, 100, 900


def further_figures(critic: Critic, test: FullTest, *, limit: int | None = None) -> dict[str, Any]:
    """Return "repair" and "mdtk" for the full protocol, see `repair_figures` and `mdtk_figures`."""
    n_clips, n_pieces, n_excerpts = (min(n, limit or n) for n in (N_CLIPS, N_PIECES, N_EXCERPTS))
    kept = evenly(len(test.clips), n_clips)
    pieces = [test.pieces[i] for i in evenly(len(test.pieces), n_pieces)]
    return {
        "repair": repair_figures(
            critic,
            [test.clips[i] for i in kept],
            test.song[kept],
            pieces,
            seed=test.seed,
            progress=test.progress,
        ),
        "mdtk": mdtk_figures(
            critic,
            [piece.notes for piece in test.pieces],
            test.piece_song,
            test.validation,
            n=n_excerpts,
            seed=test.seed,
            progress=test.progress,
        ),
    }


def repair_figures(
    critic: Critic,
    clips: Sequence[Clip],
    song: NDArray[np.str_],
    pieces: Sequence[Piece],
    *,
    seed: int,
    progress: Progress,
) -> dict[str, Any]:
    """Mend clips with one to seven wrong notes, and look at clean ones.

    Keys: "helpfulness", as MDTK has it, ½ for leaving a clip as it is, and "by_kind"; "edits", how
    many a damaged clip got on the mean; "clean_untouched", the share of whole clean pieces without
    a proposal, "clean_clips_untouched" the same of clips; "n_clips", "n_pieces".

    Parameters
    ----------
    clips
        Real ones, in milliseconds.
    song
        Of each.
    pieces
        Clean ones, whole.
    """
    helped: dict[str, list[float]] = {kind: [] for kind in KINDS}
    of: dict[str, list[int]] = {kind: [] for kind in KINDS}
    n_edits: list[int] = []
    for index, clip in enumerate(clips):
        progress("mending", index, len(clips))
        kind = KINDS[index % len(KINDS)]
        rng = np.random.default_rng([seed, index, 77])
        try:
            damaged = CORRUPTIONS[kind](clip, rng, count=COUNT).clip.notes
        except NothingToDamage:
            continue
        repair = propose(critic, Piece(damaged))
        corrected = agreement(repair.mended.notes, clip.notes)
        helped[kind].append(helpfulness(corrected, agreement(damaged, clip.notes), clean=False))
        of[kind].append(index)
        n_edits.append(len(repair.edits))
    bootstrap = Bootstrap.over(song, seed=seed)
    untouched = [
        not propose(critic, piece, most=1).edits
        for piece in _told(pieces, "clean pieces", progress)
    ]
    clean = [
        not propose(critic, Piece(clip.notes), most=1).edits
        for clip in _told(clips, "clean clips", progress)
    ]
    every = Bootstrap.over(np.arange(len(untouched)).astype(str), seed=seed)
    return {
        "helpfulness": bootstrap.mean(
            np.concatenate([helped[kind] for kind in KINDS]),
            np.concatenate([of[kind] for kind in KINDS]).astype(np.int64),
        ),
        "by_kind": {
            kind: bootstrap.mean(np.array(helped[kind]), np.array(of[kind], dtype=np.int64))
            for kind in KINDS
        },
        "edits": float(np.mean(n_edits)),
        "clean_untouched": every.mean(np.array(untouched, float), np.arange(len(untouched))),
        "clean_clips_untouched": bootstrap.mean(np.array(clean, float), np.arange(len(clean))),
        "n_clips": len(n_edits),
        "n_pieces": len(pieces),
    }


def mdtk_figures(
    critic: Critic,
    works: Sequence[Notes],
    songs: Sequence[str],
    to_fit: Sequence[Notes],
    *,
    n: int,
    seed: int,
    progress: Progress,
) -> dict[str, Any]:
    """Measure a critic on MDTK's four tasks, on excerpts of these works.

    Parameters
    ----------
    songs
        Of each work.
    to_fit
        Other works, that its judge is fitted to.
    n
        How many excerpts.
    """
    progress("fitting MDTK's judge", 0, 1)
    judge = MdtkJudge.fit(critic, to_fit, n=min(N_TO_FIT, 16 * n), seed=seed + 1)
    progress("MDTK's excerpts", 0, 1)
    return mdtk_tasks(judge, works, n=n, seed=seed, songs=songs, threshold=judge.chosen.clean)


def _told(many: Sequence[Any], what: str, progress: Progress) -> Any:
    for index, one in enumerate(many):
        progress(what, index, len(many))
        yield one
