"""What MusicBrain's networks say of a piece, window by window."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from musecritic.brain.figure_network import FigureNetwork, FigureReading
from musecritic.brain.network import Network
from musecritic.brain.note_network import NoteReading
from musecritic.brain.one_form import GRID, QUARTERS_AT_ONCE, Sheet, length_of, passage
from musecritic.brain.playing import BEGINS
from musecritic.brain.readers import Reader
from musecritic.brain.rendition import Rendition
from musecritic.brain.spectrogram import BINS, FRAME_RATE, SILENCE_DB, levels, seen
from musecritic.brain.window import FRAMES, SECONDS, STEP_SECONDS, starts, stretch
from musecritic.music.piece import Piece

BATCH = 16  # windows in a forward pass
_STEP = round(STEP_SECONDS * FRAME_RATE)
_SILENT = 2 * SILENCE_DB

T = TypeVar("T")


class Judged(NamedTuple):
    """What a network says of W windows.

    Attributes
    ----------
    start, end
        (W,); seconds of what is heard, steps of the grid of what is read.
    logits
        Of each head, (W, L).
    stages
        How much the low, mid and high stage spoke, each (W,); of a network that reads none.
    summary
        (W, D), which the logits are read off.
    whole
        Of each head, (L,), what all windows together say, where that is not their mean.
    begins
        (W,), 0 to 1, how surely a note begins where that is surest; of what is heard.
    """

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    logits: Mapping[str, NDArray[np.float32]]
    stages: Mapping[str, NDArray[np.float32]]
    summary: NDArray[np.float32]
    whole: Mapping[str, NDArray[np.float32]] | None = None
    begins: NDArray[np.float32] | None = None

    def beginning(self, end: float) -> Judged:
        """Return what is said of the windows that end by then, and of the first one."""
        n = max(int((self.end <= end).sum()), 1)
        return Judged(
            self.start[:n],
            self.end[:n],
            {head: logits[:n] for head, logits in self.logits.items()},
            {stage: share[:n] for stage, share in self.stages.items()},
            self.summary[:n],
        )

    def of_piece(self, head: str) -> NDArray[np.float32]:
        """Return a head's logits of the whole piece, (L,)."""
        if self.whole is not None:
            return self.whole[head]
        mean: NDArray[np.float32] = self.logits[head].mean(axis=0)
        return mean


def windows(levels: Iterable[Tensor]) -> Iterator[tuple[float, Tensor]]:
    """Yield where each window begins, s, and its picture (192, 200), every five seconds.

    Parameters
    ----------
    levels
        From `musecritic.brain.spectrogram.levels_stream`, in blocks of any length. A piece shorter
        than ten seconds has one window, with silence after it; of a longer one, up to five seconds
        at its end are heard in no window.
    """
    held = torch.empty(BINS, 0)
    start = 0
    for block in levels:
        held = torch.cat([held, block], dim=1)
        while held.shape[1] >= FRAMES:
            yield start / FRAME_RATE, seen(held[:, :FRAMES])
            held = held[:, _STEP:]
            start += _STEP
    if not start:
        heard = torch.full((BINS, FRAMES), _SILENT)
        heard[:, : held.shape[1]] = held
        yield 0.0, seen(heard)


def rendered(piece: Piece, rendition: Rendition) -> Iterator[tuple[float, Tensor]]:
    """Yield the windows of a piece as it is played, however long it is."""
    arranged = rendition.arrange(piece)
    begins = starts(arranged.duration)
    for first in range(0, len(begins), BATCH):  # rendered together, so that none is twice
        some = begins[first : first + BATCH]
        sound = stretch(arranged, rendition, some[0], some[-1] - some[0] + SECONDS)
        heard = levels(sound)
        for i, start in enumerate(some):
            yield start, seen(heard[:, i * _STEP : i * _STEP + FRAMES])


@torch.inference_mode()
def hear(network: Network, pictures: Iterable[tuple[float, Tensor]]) -> Judged:
    """Judge sound by its windows, from `windows` or `rendered`."""
    begins: list[float] = []
    logits, summaries, stages, surest = [], [], [], []
    for batch in _batches(pictures):
        begin, seen_there = zip(*batch, strict=True)
        begins += begin
        reading = network(torch.stack(seen_there).to(_device(network)))
        logits.append(reading.logits)
        summaries.append(reading.summary)
        stages.append(network.by_stage(reading.weights))
        surest.append(reading.players[:, BEGINS].sigmoid().amax((1, 2)))
    start = np.array(begins)
    return Judged(
        start,
        start + SECONDS,
        _joined(logits),
        _joined(stages),
        torch.cat(summaries).cpu().numpy(),
        begins=torch.cat(surest).cpu().numpy(),
    )


@torch.inference_mode()
def read_sheet(network: Reader, sheet: Sheet) -> Judged:
    """Judge a piece in one form by its notes: 24 quarters at once, every twelve, and the last.

    The network over figures also judges all of them together.
    """
    steps = QUARTERS_AT_ONCE * GRID
    beyond = max(length_of(sheet) - steps, 0)
    last = -(-beyond // GRID) * GRID  # where a quarter begins
    begins = [
        start
        for start in sorted({*range(0, last, steps // 2), last})
        if len(passage(sheet, start, steps))
    ]
    whole: dict[str, NDArray[np.float32]] | None = None
    readings: Sequence[FigureReading | NoteReading]
    if isinstance(network, FigureNetwork):
        reading, together = network.read(sheet, begins, steps)
        readings = [reading]
        whole = {head: logits[0].numpy() for head, logits in together.logits.items()}
    else:
        readings = network.passages(sheet, begins, steps)
    start = np.array(begins, dtype=np.float64)
    return Judged(
        start,
        np.minimum(start + steps, length_of(sheet)),
        _joined([reading.logits for reading in readings]),
        {},
        torch.cat([reading.summary for reading in readings]).cpu().numpy(),
        whole,
    )


def _joined(parts: list[dict[str, Tensor]]) -> dict[str, NDArray[np.float32]]:
    return {name: torch.cat([part[name] for part in parts]).cpu().numpy() for name in parts[0]}


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(items)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def _device(network: Network) -> torch.device:
    return next(network.parameters()).device
