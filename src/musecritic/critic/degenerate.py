"""What is no music at all, and still must not please a critic.

Each function draws one (88, 100) roll. A generator rewarded by a critic finds such inputs if the
critic likes them, so they are measured, and all but one are negatives in training.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from musecritic.music.roll import Roll

Generator = np.random.Generator

_KEYS, _FRAMES = 88, 100


def silence(rng: Generator) -> Roll:
    """Nothing."""
    return np.zeros((_KEYS, _FRAMES), dtype=np.uint8)


def held_note(rng: Generator) -> Roll:
    """One note from the first frame to the last."""
    roll = silence(rng)
    roll[rng.integers(_KEYS)] = 1
    return roll


def repeated_chord(rng: Generator) -> Roll:
    """One triad or seventh chord, struck again and again."""
    roll = silence(rng)
    root = rng.integers(15, 60)
    chord = [(0, 4, 7), (0, 3, 7), (0, 4, 7, 10), (0, 3, 6, 9)][rng.integers(4)]
    period = rng.integers(3, 21)
    pattern = np.arange(_FRAMES) % period < rng.integers(1, period)
    for step in chord:
        roll[root + step] = pattern
    return roll


def scale(rng: Generator) -> Roll:
    """A major, minor or chromatic scale up and down, every note equally long."""
    roll = silence(rng)
    steps = [(2, 2, 1, 2, 2, 2, 1), (2, 1, 2, 2, 1, 2, 2), (1,) * 12][rng.integers(3)]
    rise = np.cumsum([0, *steps, *steps])
    line = np.concatenate([rise, rise[-2:0:-1]]) + rng.integers(_KEYS - 25)
    length = rng.integers(1, 6)
    for frame in range(_FRAMES):
        roll[line[frame // length % len(line)], frame] = 1
    return roll


def all_keys(rng: Generator) -> Roll:
    """Every key, or nearly every key, held."""
    pressed = rng.random((_KEYS, 1)) < rng.choice([0.7, 1.0])
    return np.repeat(pressed, _FRAMES, axis=1).astype(np.uint8)


def random_notes(rng: Generator) -> Roll:
    """As many notes as music has, anywhere, of any length up to a second."""
    roll = silence(rng)
    for _ in range(rng.integers(20, 200)):
        first = rng.integers(_FRAMES)
        roll[rng.integers(_KEYS), first : first + rng.integers(1, 11)] = 1
    return roll


def loop(rng: Generator) -> Roll:
    """A few random notes of one key, a bar of one or two seconds, repeated to the end."""
    length = int(rng.integers(8, 21))
    bar = np.zeros((_KEYS, length), dtype=np.uint8)
    key = (np.array([0, 2, 4, 5, 7, 9, 11]) + rng.integers(12)) % 12
    for _ in range(rng.integers(3, 12)):
        first = rng.integers(length)
        pitch = rng.choice(key) + 12 * rng.integers(1, 6)
        bar[pitch, first : first + rng.integers(1, 5)] = 1
    return np.tile(bar, (1, _FRAMES // length + 1))[:, :_FRAMES]


def white_noise(rng: Generator) -> Roll:
    """Every cell lit by chance."""
    lit = rng.random((_KEYS, _FRAMES)) < rng.choice([0.02, 0.1, 0.3, 0.5])
    return np.asarray(lit, dtype=np.uint8)


DEGENERATE: dict[str, Callable[[Generator], Roll]] = {
    "silence": silence,
    "held note": held_note,
    "repeated chord": repeated_chord,
    "scale": scale,
    "all keys": all_keys,
    "random notes": random_notes,
    "loop": loop,
    "white noise": white_noise,
}

#: Kept from training, to see whether what is learned of the others holds for one never met.
HELD_OUT = ("white noise",)
