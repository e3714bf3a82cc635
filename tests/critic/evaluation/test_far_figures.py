"""How often clips count as far, by where they come from."""

from __future__ import annotations

import numpy as np
import pytest

from musecritic.critic.edits import EDITS
from musecritic.critic.evaluation.far_figures import NO_MUSIC, far_figures, far_section
from musecritic.critic.evaluation.order import RUNGS, Source
from musecritic.critic.evaluation.outcome import Outcome
from musecritic.critic.finding import Finding, NoteFinding
from musecritic.music.clip import Clip
from musecritic.music.notes import notes_from


def read_count(clips) -> list[Finding]:
    """A network to which a clip is the farther the more notes it has."""

    def found(clip) -> NoteFinding:
        n_notes = len(clip.notes)
        nothing = np.zeros(n_notes, np.float32)
        edits = np.zeros((n_notes, len(EDITS)), np.float32)
        return NoteFinding(edits, nothing, nothing, 0.0, {}, float(n_notes))

    return [Finding(0.0, np.full(100, 0.01, np.float32), found(clip)) for clip in clips]


def of_notes(*counts: int) -> Source:
    clips = [
        Clip(notes_from(np.arange(n) / 10, np.arange(n) / 10 + 0.1, np.full(n, 60))) for n in counts
    ]
    return Source("songs", RUNGS[0], "song", False, clips, [str(i) for i in range(len(clips))])


def test_shares_are_those_beyond_the_distance() -> None:
    found = far_figures(read_count, 3.0, [of_notes(1, 2, 3, 4)], seed=0)
    assert found["sources"]["songs"]["share"].value == pytest.approx(0.25)
    assert found["sources"]["songs"]["distance"] == 2.5
    no_music = {name: row for name, row in found["sources"].items() if row["rung"] == NO_MUSIC}
    assert no_music["held note"]["share"].value == 0  # it is one note
    assert no_music["random notes"]["share"].value == 1
    assert "silence" not in no_music
    text = far_section(Outcome({"density": found}, {}).record())
    assert "| songs | people | 25.0" in text
