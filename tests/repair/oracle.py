"""A critic that knows the truth: what proposals are tried with."""

import numpy as np
import torch

from musecritic.critic.checkpoint import Card
from musecritic.critic.edits import DELETE, EDITS, KEEP, move
from musecritic.critic.finding import Finding, NoteFinding
from musecritic.critic.inference import Critic
from musecritic.critic.note_reader import NoteReader
from musecritic.critic.note_transformer import NoteConfig, NoteTransformer
from musecritic.music.notes import Notes

CONFIG = NoteConfig(("off-key", "noise"), depth=1)
#: Of a critic that is never wrong: clean notes and clips look clean.
TAIL = (-9.0, -8.0, -7.0, -6.0, -5.0)


class Oracle(NoteReader):
    """Calls a note wrong that the true piece has not, and says which semitone would mend it."""

    def __init__(self, network, device, precision, truth: Notes) -> None:
        super().__init__(network, device, precision)
        self._true: dict[float, set[int]] = {}
        for note in truth:
            self._true.setdefault(round(float(note["onset"]), 3), set()).add(int(note["pitch"]))

    def read(self, clips) -> list[Finding]:
        return [self._read(clip) for clip in clips]

    def _read(self, clip) -> Finding:
        edits = np.zeros((len(clip.notes), len(EDITS)), dtype=np.float32)
        n_wrong = 0
        for row, note in enumerate(clip.notes):
            pitch, at = int(note["pitch"]), round(float(note["onset"] + clip.start), 3)
            meant = self._true.get(at, set())
            if pitch in meant or note["onset"] == 0:
                edits[row, KEEP] = 1.0 - 1e-6
                continue
            n_wrong += 1
            near = [p - pitch for p in sorted(meant) if abs(p - pitch) == 1]
            edits[row, [move(step) for step in near] or [DELETE]] = 0.9
            edits[row, DELETE] += 0.05
        zeros = np.zeros(len(clip.notes), dtype=np.float32)
        found = NoteFinding(edits, zeros, zeros, n_wrong / max(len(clip.notes), 1), {})
        return Finding(5.0 - 3.0 * n_wrong, np.full(100, 0.01, np.float32), found)


def oracle(truth: Notes) -> Critic:
    """A critic of one piece alone."""
    network = NoteTransformer(CONFIG)
    card = Card("oracle", "0", CONFIG, tail=TAIL, clip_tail=TAIL)
    critic = Critic(network, card, device="cpu")
    critic.reader = Oracle(network, torch.device("cpu"), "fp32", truth)
    return critic
