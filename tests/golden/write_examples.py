"""Write what the shipped weights say of the examples; run it when the weights change.

python tests/golden/write_examples.py
"""

from __future__ import annotations

import json
from pathlib import Path

from musecritic import Critic, MusicBrain

ROOT = Path(__file__).parents[2]


def main() -> None:
    critic = Critic.load("crnn", device="cpu", precision="fp32")
    p_real = {
        path.name: round(critic(path).p_real, 5)
        for path in sorted((ROOT / "examples").iterdir())
        if path.suffix in (".mid", ".musicxml", ".abc")
    }
    notes = Critic.load("notes", device="cpu", precision="fp32")
    judged = {name: notes(ROOT / "examples" / name) for name in p_real}
    brain = MusicBrain.load(device="cpu")
    found = {name: brain(ROOT / "examples" / name) for name in p_real}
    piano = {
        name: round(
            next(label.p for label in one.labels["instruments"] if label.name == "piano"), 5
        )
        for name, one in found.items()
    }
    golden = {
        "sha256": critic.card.sha256,
        "p_real": p_real,
        "notes_sha256": notes.card.sha256,
        "notes_p_real": {name: round(one.p_real, 5) for name, one in judged.items()},
        "notes_p_wrong": {
            name: round(float(one.notes.p_wrong.mean()), 5) for name, one in judged.items()
        },
        "brain_sha256": brain.reader_card.sha256,
        "p_ai": {name: round(one.p_ai, 5) for name, one in found.items()},
        "piano": piano,
    }
    Path(__file__).with_name("examples.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
