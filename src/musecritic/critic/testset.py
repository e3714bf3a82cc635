"""Real clips and their fixed negatives: what a network is validated and tested on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musecritic.corpora.corpus import Corpus
from musecritic.corpora.draw import Manifest, drawn_rolls
from musecritic.corrupt import KINDS, Damaged
from musecritic.errors import NothingToDamage
from musecritic.music.clip import Clip, clip_of_roll
from musecritic.music.roll import Roll


@dataclass(frozen=True)
class Negatives:
    """The negatives of one kind.

    Attributes
    ----------
    rolls
        (M, 88, 100) uint8.
    of
        (M,), the index of the real clip behind each. A clip that cannot be damaged has none.
    frames
        (M, 100) bool, the damaged frames.
    severity
        (M,), share of notes touched.
    damaged
        What the corruption returned for each: the notes, where the rolls are not all there is.
    """

    rolls: Roll
    of: NDArray[np.int64]
    frames: NDArray[np.bool_]
    severity: NDArray[np.float64]
    damaged: tuple[Damaged, ...] = ()

    @property
    def given(self) -> Roll | list[Clip]:
        """What a network is given: notes in milliseconds where there are such, else rolls."""
        if any(damaged.clip.grid is None for damaged in self.damaged):
            return [damaged.clip for damaged in self.damaged]
        return self.rolls


@dataclass(frozen=True)
class TestSet:
    """Real clips and the negatives of every kind.

    Attributes
    ----------
    real
        (N, 88, 100) uint8.
    song, composer
        (N,), of each real clip.
    kinds
        Kind to its `Negatives`.
    clips
        The real clips, where they are more than their rolls.
    """

    __test__ = False  # no test case, though pytest would take it for one by its name

    real: Roll
    song: NDArray[np.str_]
    composer: NDArray[np.str_]
    kinds: dict[str, Negatives]
    clips: tuple[Clip, ...] = ()

    @property
    def given(self) -> Roll | list[Clip]:
        """The real clips as a network is given them."""
        return list(self.clips) or self.real


def seed_test_set(
    corpus: Corpus,
    manifest: Manifest,
    part: str,
    *,
    severity: float | None = None,
    kinds: tuple[str, ...] = tuple(KINDS),
    count: tuple[int, int] | None = None,
) -> TestSet:
    """Build a part's clips and one negative of each kind for every clip.

    Parameters
    ----------
    part
        "train", "validation" or "test".
    severity
        Share of notes to damage; None for the protocol's counts.
    kinds
        Which corruptions.
    count
        Number of notes or chunks instead of the protocol's counts.
    """
    real, song, composer, where = [], [], [], []
    for performance, (drawn, rolls) in enumerate(drawn_rolls(corpus, manifest, part)):
        for clip, roll in enumerate(rolls):
            real.append(roll)
            song.append(drawn.song)
            composer.append(drawn.composer)
            where.append((performance, clip))
    made = {}
    for kind in kinds:
        options: dict[str, Any] = {"severity": severity}
        if count is not None:
            options["count"] = count
        damaged, of = [], []
        for index, ((performance, clip), roll) in enumerate(zip(where, real, strict=True)):
            rng = manifest.rng_for(part, performance, clip, list(KINDS).index(kind))
            try:
                damaged.append(KINDS[kind](clip_of_roll(roll), rng, **options))
                of.append(index)
            except NothingToDamage:
                continue
        made[kind] = Negatives(
            np.stack([d.clip.roll() for d in damaged]),
            np.array(of),
            np.stack([d.frames for d in damaged]),
            np.array([d.severity for d in damaged]),
        )
    return TestSet(np.stack(real), np.array(song), np.array(composer), made)
