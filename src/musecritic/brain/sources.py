"""What a piece may draw on: the nearest human works and passages, and how near is near.

Two kinds of nearness. By summary: what the network reads a passage's labels off, compared as
directions; two passages are near that are alike to it, in manner as much as in notes. By melody, of
scores: the share of the piece's runs of eight notes that a work has too, in whatever key.

Nearness is no copying: works of one time and genre are near. So with each neighbour goes how often
a human work has so near a one among works of others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from musecritic.brain.melody import Runs
from musecritic.errors import BadWeights
from musecritic.files import replacing

KEPT = 48  # dimensions of a summary at most, K in what follows
_NOTHING = 1e-6  # of the greatest spread
FEWEST_RUNS = 20  # of a piece whose melody is looked up
_LEVELS = 127  # of a signed byte
_QUANTILES = np.linspace(0, 1, 201)
_AT_ONCE = 64  # passages of a piece
_TENTHS = 10  # of a second
_LATEST = 2**16 - 1
_FORMAT = 2

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Passages:
    """A work as it is put into an index.

    Attributes
    ----------
    work, corpus, group
        Name, where it comes from, and the number that all its editions share.
    start
        (W,), seconds at which each passage begins.
    summary
        (W, D), of each.
    melody
        Its runs, their onsets in seconds; None where its notes are not known.
    """

    work: str
    corpus: str
    group: int
    start: NDArray[np.float64]
    summary: Array
    melody: Runs | None = None


@dataclass(frozen=True)
class Neighbour:
    """A human work that a piece is near to.

    Attributes
    ----------
    work, corpus
        Its name, and where it comes from.
    start
        Seconds, of the passage in it.
    at
        Seconds, of the passage in the piece.
    similarity
        -1 to 1 by summary; by melody the share of runs, 0 to 1.
    by
        "summary" or "melody".
    common
        Share of human works that have so near a neighbour among works of others.
    """

    work: str
    corpus: str
    start: float
    at: float
    similarity: float
    by: Literal["summary", "melody"]
    common: float

    def record(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "work": self.work,
            "corpus": self.corpus,
            "start_s": round(self.start, 2),
            "at_s": round(self.at, 2),
            "similarity": round(self.similarity, 4),
            "by": self.by,
            "common": round(self.common, 4),
        }


@dataclass(frozen=True, eq=False)
class Sources:
    """An index of human works.

    Make one with `Sources.build` or `Sources.load`.

    Attributes
    ----------
    names, corpora, group
        Of each work.
    of, start
        (P,), of each passage its work and its second.
    direction
        (P, K) int8, unit vectors times 127.
    centre, axes
        (D,) and (D, K), which bring a summary there.
    code, code_of, code_at
        (R,), runs of melodies in order of their code, each with its work and where it first comes
        there, in tenths of a second; 6,553.5 s stand for all that is later.
    near, shared
        Quantiles over human works of the nearest neighbour among works of others.
    """

    names: tuple[str, ...]
    corpora: tuple[str, ...]
    group: NDArray[np.int32]
    of: NDArray[np.int32]
    start: Array
    direction: NDArray[np.int8]
    centre: Array
    axes: Array
    code: NDArray[np.uint32]
    code_of: NDArray[np.int32]
    code_at: NDArray[np.uint16]
    near: Array
    shared: Array

    @classmethod
    def build(cls, works: Iterable[Passages]) -> Sources:
        """Put works into an index, and measure how near works of others are to each.

        Raises
        ------
        ValueError
            There are fewer than two groups of works: nothing is near to anything.
        """
        works = list(works)
        if len({work.group for work in works}) < 2:
            raise ValueError("an index needs works of two groups at least.")
        of = np.repeat(np.arange(len(works)), [len(work.start) for work in works]).astype(np.int32)
        summary = np.concatenate([work.summary for work in works]).astype(np.float64)
        centre = summary.mean(axis=0)
        axes = _axes(summary - centre)
        melodies = {i: work.melody for i, work in enumerate(works) if work.melody is not None}
        lengths = [len(melody.code) for melody in melodies.values()]
        code = np.concatenate([np.zeros(0, dtype=np.uint32), *(m.code for m in melodies.values())])
        code_of = np.repeat(list(melodies), lengths).astype(np.int32)
        code_at = np.concatenate([np.zeros(0), *(m.onset for m in melodies.values())])
        order = np.lexsort((code_at, code_of, code))
        again = (np.diff(code[order], prepend=0) == 0) & (np.diff(code_of[order], prepend=-1) == 0)
        order = order[~again]  # a run counts once for a work
        index = cls(
            tuple(work.work for work in works),
            tuple(work.corpus for work in works),
            np.array([work.group for work in works], dtype=np.int32),
            of,
            np.concatenate([work.start for work in works]).astype(np.float32),
            _bytes(_directions(summary, centre, axes)),
            centre.astype(np.float32),
            axes.astype(np.float32),
            code[order],
            code_of[order],
            (code_at[order] * _TENTHS).round().clip(max=_LATEST).astype(np.uint16),
            np.zeros(0, dtype=np.float32),
            np.zeros(0, dtype=np.float32),
        )
        return index._measured(works)

    def nearest(
        self,
        start: NDArray[np.float64],
        summary: Array,
        melody: Runs | None = None,
        *,
        most: int = 3,
        without: int | None = None,
    ) -> list[Neighbour]:
        """Return the nearest works, of each kind at most so many, the nearest first.

        Parameters
        ----------
        start, summary
            (W,) and (W, D), the piece's passages.
        melody
            Its runs, where its notes are known.
        most
            Of each kind.
        without
            A group that is passed over: the piece's own.
        """
        found = self._by_summary(np.asarray(start), summary, most, without)
        if melody is not None:
            found += self._by_melody(melody, most, without)
        return found

    def _by_summary(
        self, start: NDArray[np.float64], summary: Array, most: int, without: int | None
    ) -> list[Neighbour]:
        mine = _directions(summary.astype(np.float64), self.centre, self.axes).astype(np.float32)
        there = self.direction.T.astype(np.float32) / _LEVELS
        # Of each passage here, over those of the piece; some at once, for there are many.
        best = np.full(there.shape[1], -np.inf, dtype=np.float32)
        nearest = np.zeros(there.shape[1], dtype=np.int64)
        for first in range(0, len(mine), _AT_ONCE):
            likeness = mine[first : first + _AT_ONCE] @ there
            nearer = likeness.max(axis=0) > best
            nearest[nearer] = first + likeness[:, nearer].argmax(axis=0)
            best[nearer] = likeness[:, nearer].max(axis=0)
        if without is not None:
            best = np.where(self.group[self.of] == without, -np.inf, best)
        found: list[Neighbour] = []
        for passage in np.argsort(-best)[: 50 * most]:
            work = int(self.of[passage])
            taken = {neighbour.work for neighbour in found}
            if len(found) == most or not np.isfinite(best[passage]):
                break
            if self.names[work] in taken:
                continue
            similarity = min(float(best[passage]), 1.0)  # bytes round
            found.append(
                Neighbour(
                    self.names[work],
                    self.corpora[work],
                    float(self.start[passage]),
                    float(start[nearest[passage]]),
                    similarity,
                    "summary",
                    _common(self.near, similarity),
                )
            )
        return found

    def _by_melody(self, mine: Runs, most: int, without: int | None) -> list[Neighbour]:
        if len(mine.code) < FEWEST_RUNS:
            return []
        code, first = np.unique(mine.code, return_index=True)
        low, high = (np.searchsorted(self.code, code, side=side) for side in ("left", "right"))
        hits = np.concatenate(
            [np.arange(a, b) for a, b in zip(low, high, strict=True)] or [np.zeros(0, np.int64)]
        ).astype(np.int64)
        asked = np.repeat(np.arange(len(code)), high - low)
        work = self.code_of[hits]
        if without is not None:
            kept = self.group[work] != without
            hits, asked, work = hits[kept], asked[kept], work[kept]
        works, count = np.unique(work, return_counts=True)
        found = []
        for i in np.argsort(-count, kind="stable")[:most]:
            there = np.flatnonzero(work == works[i])[0]
            share = float(count[i] / len(code))
            found.append(
                Neighbour(
                    self.names[works[i]],
                    self.corpora[works[i]],
                    float(self.code_at[hits[there]]) / _TENTHS,
                    float(mine.onset[first[asked[there]]]),
                    share,
                    "melody",
                    _common(self.shared, share),
                )
            )
        return found

    def _measured(self, works: Sequence[Passages]) -> Sources:
        """Return the index with the quantiles of how near human works are to those of others."""
        near, shared = [], []
        for work in works:
            found = self.nearest(work.start, work.summary, work.melody, most=1, without=work.group)
            by = {neighbour.by: neighbour.similarity for neighbour in found}
            near.append(by.get("summary", -1.0))
            if work.melody is not None:
                shared.append(by.get("melody", 0.0))
        return Sources(
            **{
                **vars(self),
                "near": np.quantile(near, _QUANTILES).astype(np.float32),
                "shared": np.quantile(shared or [0.0], _QUANTILES).astype(np.float32),
            }
        )

    def save(self, path: Path) -> None:
        """Write the index into one ``.npz`` file."""
        arrays: dict[str, Any] = {
            name: np.array(value) if isinstance(value, tuple) else value
            for name, value in vars(self).items()
        }
        arrays["code"] = np.diff(self.code, prepend=np.uint32(0))  # which packs better
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, format=np.array(_FORMAT), **arrays)

    @classmethod
    def load(cls, path: Path) -> Sources:
        """Read an index.

        Raises
        ------
        BadWeights
            It is missing, damaged, or of another version.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays: dict[str, Any] = {name: file[name] for name in file.files}
            if int(arrays.pop("format")) != _FORMAT:
                raise ValueError("it is of another version")
            arrays["code"] = np.cumsum(arrays["code"], dtype=np.uint32)
            for name in ("names", "corpora"):
                arrays[name] = tuple(arrays[name].tolist())
            return cls(**arrays)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadWeights(
                f"{path}: this index of sources cannot be used ({error}). Make it again with "
                "`musecritic prepare sources`."
            ) from error


def _axes(centred: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the directions along which summaries differ most, each scaled to the same spread."""
    spread, axes = np.linalg.eigh(centred.T @ centred / len(centred))
    spread, axes = spread[::-1][:KEPT], axes[:, ::-1][:, :KEPT]
    told = spread > _NOTHING * spread[0]  # some may be sums of others
    scaled: NDArray[np.float64] = axes[:, told] / np.sqrt(spread[told])
    return scaled


def _directions(
    summary: NDArray[np.float64], centre: NDArray[Any], axes: NDArray[Any]
) -> NDArray[np.float64]:
    """Return unit vectors (W, K) of summaries (W, D)."""
    placed = (summary - centre) @ axes
    unit: NDArray[np.float64] = placed / np.linalg.norm(placed, axis=1, keepdims=True).clip(1e-9)
    return unit


def _bytes(directions: NDArray[np.float64]) -> NDArray[np.int8]:
    return np.round(directions * _LEVELS).astype(np.int8)


def _common(quantiles: Array, similarity: float) -> float:
    """Return the share of human works with a neighbour at least so near; NaN before it is known."""
    if not len(quantiles):
        return float("nan")
    return float(1 - np.interp(similarity, quantiles, _QUANTILES, left=0.0, right=1.0))
