"""The seed's draw of MAESTRO: which performances, which clips, which negatives.

The draw is written to a manifest, so that every network is trained and measured on the same clips
and the same negatives.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from musecritic.corpora.corpus import Corpus
from musecritic.errors import BadInput
from musecritic.files import replacing
from musecritic.music.roll import CLIP_SECONDS, RATE, Roll, clip_rolls, whole_roll

PARTS = ("train", "validation", "test")
PERFORMANCES = {"train": 560, "validation": 70, "test": 70}  # the seed's 700, 80/10/10
CLIPS = 10  # a performance

Generator = np.random.Generator


@dataclass(frozen=True)
class Drawn:
    """One performance of a part and the clips drawn from it, as seconds from its start."""

    path: str
    composer: str
    title: str
    starts: tuple[float, ...]

    @property
    def song(self) -> str:
        """What may not stand in two parts."""
        return f"{self.composer} | {self.title}"


@dataclass(frozen=True)
class Manifest:
    """A draw, with all that is needed to repeat it.

    Attributes
    ----------
    seed
        Of the draw and of the negatives; see `rng_for`.
    corpus, fingerprint
        What was drawn from.
    parts
        "train", "validation" and "test", each a tuple of `Drawn`.
    """

    seed: int
    corpus: str
    fingerprint: str
    parts: dict[str, tuple[Drawn, ...]]

    def rng_for(self, part: str, performance: int, clip: int, kind: int) -> Generator:
        """Return the generator that damages one clip in one kind; the same on every machine."""
        return np.random.default_rng([self.seed, PARTS.index(part), performance, clip, kind])

    def save(self, path: Path) -> None:
        """Write the manifest as JSON."""
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(asdict(self), ensure_ascii=False) + "\n", "utf-8")

    @classmethod
    def open(cls, path: Path) -> Manifest:
        """Read what `save` wrote."""
        try:
            record = json.loads(path.read_text("utf-8"))
            record["parts"] = {
                part: tuple(Drawn(**{**d, "starts": tuple(d["starts"])}) for d in drawn)
                for part, drawn in record["parts"].items()
            }
            return cls(**record)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadInput(f"{path}: not a manifest of a draw ({error}).") from error


def indices_by_part(corpus: Corpus) -> dict[str, list[int]]:
    """Return each official part's works; a song of an earlier part is dropped from later ones."""
    seen: set[str] = set()
    parts = {}
    for part in PARTS:
        parts[part] = [
            i for i, w in enumerate(corpus.works) if w.split == part and w.song not in seen
        ]
        seen |= {corpus.works[i].song for i in parts[part]}
    return parts


def draw(corpus: Corpus, seed: int = 0, performances: Mapping[str, int] = PERFORMANCES) -> Manifest:
    """Draw performances, 10 clips each, by the seed's protocol.

    Parameters
    ----------
    corpus
        With an official split.
    seed
        Of the draw, and later of the negatives.
    performances
        How many of each part; the protocol's 560, 70 and 70 unless told.

    Raises
    ------
    BadInput
        The corpus has no official split, or too few works in a part.
    """
    rng = np.random.default_rng(seed)
    parts = {}
    for part, indices in indices_by_part(corpus).items():
        if len(indices) < performances[part]:
            raise BadInput(
                f"{corpus.name}: its {part} part has {len(indices)} performances, the protocol "
                f"draws {performances[part]}. Is the corpus MAESTRO v3.0.0, whole?"
            )
        chosen = sorted(rng.choice(indices, performances[part], replace=False))
        drawn = []
        for index in chosen:
            work = corpus.works[index]
            starts = [start for start, _ in clip_rolls(corpus[index])]
            kept = sorted(rng.choice(len(starts), min(CLIPS, len(starts)), replace=False))
            drawn.append(
                Drawn(work.path, work.composer, work.title, tuple(starts[i] for i in kept))
            )
        parts[part] = tuple(drawn)
    return Manifest(seed, corpus.name, corpus.fingerprint, parts)


def drawn_rolls(
    corpus: Corpus, manifest: Manifest, part: str
) -> Iterator[tuple[Drawn, list[Roll]]]:
    """Yield each drawn performance of a part with its clips' rolls.

    Raises
    ------
    BadInput
        The manifest was drawn from another corpus.
    """
    if manifest.fingerprint != corpus.fingerprint:
        raise BadInput(
            f"the manifest was drawn from a corpus of fingerprint {manifest.fingerprint}, "
            f"this one has {corpus.fingerprint}. Prepare the same corpus, or draw anew."
        )
    where = {work.path: index for index, work in enumerate(corpus.works)}
    n_frames = round(CLIP_SECONDS * RATE)
    for drawn in manifest.parts[part]:
        roll = whole_roll(corpus[where[drawn.path]])
        first = [round(start * RATE) for start in drawn.starts]
        yield drawn, [roll[:, f : f + n_frames] for f in first]
