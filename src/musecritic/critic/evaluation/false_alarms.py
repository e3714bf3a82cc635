"""How often music that is undamaged is taken for damaged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from musecritic.critic.evaluation.calibration import Calibration
from musecritic.critic.evaluation.scores import Read
from musecritic.measure.bootstrap import Bootstrap
from musecritic.measure.evenly import evenly
from musecritic.measure.metrics import mean
from musecritic.music.clip import Clip, cut
from musecritic.music.notes import Notes, on_keyboard
from musecritic.music.piece import Piece
from musecritic.music.roll import RATE


def false_alarms(
    read: Read,
    works: Mapping[str, Notes],
    calibration: Calibration,
    seed: int,
    limit: int | None,
) -> dict[str, Any]:
    """Return how often real clips of some works are taken for damaged.

    Keys: "false_alarm", the share of clips; "p_real", their mean; "pieces", the share of pieces
    whose `p_real` (as `Verdict` has it) lies below the threshold; "n_pieces", "n_clips".
    Intervals by bootstrap over pieces.
    """
    clips: list[Clip] = []
    piece, length = [], []
    for name, notes in works.items():
        end = float(notes["offset"].max(initial=0.0))
        for clip in cut(Piece(on_keyboard(notes))):
            clips.append(clip)
            piece.append(name)
            length.append(min(clip.seconds, max(end - clip.start, 1 / RATE)))
    kept = evenly(len(clips), limit)
    logits, _ = read([clips[i] for i in kept])
    bootstrap = Bootstrap.over(np.array(piece)[kept], seed=seed)
    alarm = ~calibration.passes(logits)
    weight = np.array(length)[kept]  # as a verdict weighs its clips
    total = np.bincount(bootstrap.song, weight)
    mean_logit = np.bincount(bootstrap.song, weight * logits) / total
    first = np.unique(bootstrap.song, return_index=True)[1]  # one clip to stand for each piece
    whole = ~calibration.passes(mean_logit)
    return {
        "false_alarm": bootstrap.estimate(lambda w: mean(alarm, w)),
        "p_real": bootstrap.estimate(lambda w: mean(calibration.p_real(logits), w)),
        "pieces": bootstrap.estimate(lambda w: mean(whole, w[:, first])),
        "n_pieces": len(first),
        "n_clips": len(kept),
    }
