"""MusicBrain's network over figures: what turns of phrase say of who wrote them.

One layer, a softmax for each head over what a work can be, from the counts of a passage's figures
(`musecritic.brain.figures`). There is too little music by machines to learn from for much more
than this, and what it says can be taken back to places: every figure adds its own share to its
class.

Turns of phrase betray the machines that it has met. Those that it has not are betrayed, if at all,
by how little their rhythm surprises a language model of people's music
(`musecritic.brain.language`), beside what is usual in the genre. The odds that a machine made it
are the mean of those of the machines met and those of one not met, which are even where a rhythm is
as usual; so no logit lies far below 0, and a card's calibration takes that off again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import log
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from musecritic.brain.figures import BUCKETS, figures
from musecritic.brain.language import Language, Tokens
from musecritic.brain.one_form import Sheet

SURE = 30.0  # a logit never lies beyond


@dataclass(frozen=True)
class FigureConfig:
    """What a network over figures tells apart; stored beside its weights.

    Attributes
    ----------
    classes
        Of each head what a work can be, one of them, each with the label that holds then; "" for
        none: {"origin": {"chorale, people": "", "chorale, NotaGen": "ai"}}.
    language
        Width of the language model; 0 for none.
    """

    classes: Mapping[str, Mapping[str, str]]
    language: int = 0

    @property
    def labels(self) -> dict[str, tuple[str, ...]]:
        """The labels of each head, in order."""
        return {
            head: tuple(sorted({label for label in classes.values() if label}))
            for head, classes in self.classes.items()
        }

    def record(self) -> dict[str, Any]:
        """Return the configuration as plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> FigureConfig:
        """Build a configuration from `record`'s values."""
        classes = {head: dict(classes) for head, classes in record["classes"].items()}
        return cls(classes, record.get("language", 0))


class Bags(NamedTuple):
    """The figures of B passages, each kind once.

    Attributes
    ----------
    bucket
        (M,), one passage after the other.
    weight
        (M,), the root of how often it comes; the squares of a passage's are 1 together, so that a
        long one says no more than a short one.
    first
        (B,), where each passage begins.
    """

    bucket: Tensor
    weight: Tensor
    first: Tensor


class FigureReading(NamedTuple):
    """What the network reads off B passages.

    Attributes
    ----------
    logits
        Of each head, (B, L): above 0 for a label that more likely holds than not.
    summary
        (B, C), of each head's classes the logit, its mean over them taken off.
    """

    logits: dict[str, Tensor]
    summary: Tensor


class FigureNetwork(nn.Module):
    """See the module's docstring. It is computed on the processor."""

    def __init__(self, config: FigureConfig) -> None:
        super().__init__()
        self.config = config
        n_classes = sum(map(len, config.classes.values()))
        self.weigh = nn.EmbeddingBag(BUCKETS, n_classes, mode="sum")
        self.bias = nn.Parameter(torch.zeros(n_classes))
        nn.init.zeros_(self.weigh.weight)
        self.language = None
        if config.language:
            self.language = Language(config.language)
            # Of people's rhythm in each genre the mean surprise, and how much a nat less says.
            self.usual = nn.Parameter(torch.zeros(max(len(config.classes.get("genre", ())), 1)))
            self.suspicion = nn.Parameter(torch.zeros(()))

    def forward(self, bags: Bags, rhythm: Tensor | None = None) -> FigureReading:
        """Read passages.

        Parameters
        ----------
        bags
            Their figures.
        rhythm
            How surprising the rhythm of each is, (B,), of a network with a language model; NaN,
            where nothing is known, is taken for usual.
        """
        scores = self.weigh(bags.bucket, bags.first, per_sample_weights=bags.weight) + self.bias
        by_head = scores.split(list(map(len, self.config.classes.values())), dim=1)
        logits = {
            head: self._logits(score, tuple(classes.values()), self.config.labels[head])
            for score, (head, classes) in zip(by_head, self.config.classes.items(), strict=True)
        }
        if rhythm is not None:
            # One more kind of machine, that nobody has met, as likely as those that were.
            another = self.suspicion * (self.expected(by_head) - rhythm)
            another = torch.nan_to_num(another).unsqueeze(1)
            mean = torch.logaddexp(logits["origin"], another) - log(2)
            logits["origin"] = mean.clamp(-SURE, SURE)
        return FigureReading(
            logits, torch.cat([score - score.mean(1, keepdim=True) for score in by_head], dim=1)
        )

    def read(
        self, sheet: Sheet, begins: Sequence[int], steps: int
    ) -> tuple[FigureReading, FigureReading]:
        """Read a piece in one form: passages of it, and all of it at once.

        Of all the rhythm surprises as much as these passages' on average.

        Parameters
        ----------
        begins, steps
            Where passages begin, and how long they are, in steps of the grid.

        Returns
        -------
        FigureReading
            Of the B passages.
        FigureReading
            Of the whole piece, one row.
        """
        found = figures(sheet)
        edges = np.searchsorted(found.step, [(begin, begin + steps) for begin in begins])
        rhythm = None
        if self.language is not None:
            rhythm = self.language.rhythm(Tokens.of(sheet).passages(sheet, begins, steps))
            rhythm = torch.cat([rhythm, rhythm.nanmean().reshape(1)])
        pieces = [*(found.bucket[low:high] for low, high in edges), found.bucket]
        reading = self(bags(pieces), rhythm)
        passages, whole = (
            FigureReading({head: logits[part] for head, logits in reading.logits.items()}, rows)
            for part, rows in (
                (slice(None, -1), reading.summary[:-1]),
                (slice(-1, None), reading.summary[-1:]),
            )
        )
        return passages, whole

    def expected(self, scores: Sequence[Tensor]) -> Tensor:
        """Return how surprising people's rhythm is in what genre a passage seems to be, (B,).

        Parameters
        ----------
        scores
            Of each head's classes, (B, C).
        """
        heads = list(self.config.classes)
        if "genre" not in heads:
            return self.usual.expand(len(scores[0]))
        return scores[heads.index("genre")].softmax(1) @ self.usual

    @staticmethod
    def _logits(score: Tensor, of_class: tuple[str, ...], labels: tuple[str, ...]) -> Tensor:
        """Return each label's log odds, (B, L), from the scores of classes, (B, C)."""
        columns = []
        for label in labels:
            holds = torch.tensor([own == label for own in of_class])
            columns.append(score[:, holds].logsumexp(1) - score[:, ~holds].logsumexp(1))
        return torch.stack(columns, dim=1).clamp(-SURE, SURE)


def bags(passages: Sequence[NDArray[np.int64]]) -> Bags:
    """Count the buckets of passages."""
    counted = [np.unique(buckets, return_counts=True) for buckets in passages]
    weights = [np.sqrt(count / max(count.sum(), 1)) for _, count in counted]
    return Bags(
        torch.from_numpy(np.concatenate([buckets for buckets, _ in counted])),
        torch.from_numpy(np.concatenate(weights)).float(),
        torch.tensor([0, *np.cumsum([len(weight) for weight in weights])[:-1]]),
    )
