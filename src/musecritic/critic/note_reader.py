"""A network over notes at work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from musecritic.critic.clip_notes import PLACES, ClipNotes, together
from musecritic.critic.finding import Finding, NoteFinding
from musecritic.critic.note_transformer import (
    NoteReading,
    NoteTransformer,
)
from musecritic.hardware import multiplies_bf16
from musecritic.music.clip import Clip, cut
from musecritic.music.notes import Notes
from musecritic.music.piece import Piece
from musecritic.music.roll import CLIP_SECONDS, RATE

MOST_NOTES = 1024  # of a clip; one with more is read in parts, so that memory stays bounded
_MOST_PAIRS = 4_000_000  # of notes that look at each other, in a forward pass
_MOST_PLACES = 12_288
_FRAMES = round(CLIP_SECONDS * RATE)


class NoteReader:
    """Reads clips as their notes, to the millisecond.

    Parameters
    ----------
    network
        Kept in evaluation mode.
    device
        Where it runs.
    precision
        "auto" takes bf16 where its products are faster; "fp32" never does.
    """

    def __init__(self, network: NoteTransformer, device: torch.device, precision: str) -> None:
        self.network = network.eval().to(device)
        self.device = device
        self.uses_bf16 = precision == "auto" and multiplies_bf16(device.type)

    def cut(self, notes: Notes) -> list[Clip]:
        """Cut a piece's notes into clips; leave out the silent ones."""
        return cut(Piece(notes))

    def read(self, clips: Sequence[Clip]) -> list[Finding]:
        """Read clips of up to ten seconds."""
        parts = [part for clip in clips for part in _parts(clip)]
        read: list[Finding | None] = [None] * len(parts)
        for batch in _batches([len(part.notes) for part in parts]):
            for index, finding in zip(
                batch, self._read_batch([parts[i] for i in batch]), strict=True
            ):
                read[index] = finding
        findings = iter([finding for finding in read if finding is not None])
        return [_whole(clip, [next(findings) for _ in _parts(clip)]) for clip in clips]

    def summaries(self, clips: Sequence[Clip]) -> NDArray[np.float32]:
        """Return what the network sums clips up in, (N, D); of long ones their first part."""
        parts = [_parts(clip)[0] for clip in clips]
        found = np.zeros((len(parts), self.network.config.width), dtype=np.float32)
        for batch in _batches([len(part.notes) for part in parts]):
            found[batch] = self._judge([parts[i] for i in batch]).summary.cpu().numpy()
        return found

    def _judge(self, clips: Sequence[Clip]) -> NoteReading:
        notes = ClipNotes(*(column.to(self.device) for column in together(clips)))
        with (
            torch.inference_mode(),
            torch.autocast(self.device.type, torch.bfloat16, enabled=self.uses_bf16),
        ):
            reading: NoteReading = self.network(notes)
        return reading

    def _read_batch(self, clips: Sequence[Clip]) -> Iterator[Finding]:
        reading = self._judge(clips)
        edits = reading.edits.softmax(1).cpu().numpy()
        seam, missing = (
            column.sigmoid().cpu().numpy() for column in (reading.seam, reading.missing)
        )
        kinds = reading.kinds.sigmoid().cpu().numpy()
        severity = reading.severity.sigmoid().cpu().numpy()
        distance = reading.distance.cpu().numpy()
        logit, weight = reading.logit.cpu().numpy(), reading.weight.cpu().numpy()
        done = 0
        for row, clip in enumerate(clips):
            own = slice(done, done + len(clip.notes))
            done = own.stop
            found = NoteFinding(
                edits[own],
                seam[own],
                missing[own],
                float(severity[row]),
                dict(zip(self.network.config.kinds, kinds[row].tolist(), strict=True)),
                float(distance[row]) if self.network.config.known else None,
            )
            yield Finding(float(logit[row]), _over_time(clip, weight[own]), found)


def _over_time(clip: Clip, weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the notes' weights at the frames in which they begin, (100,)."""
    if not len(weight):
        return np.full(_FRAMES, 1 / _FRAMES, dtype=np.float32)
    frame = np.clip((clip.notes["onset"] * RATE).astype(np.int64), 0, _FRAMES - 1)
    attention = np.bincount(frame, weight, minlength=_FRAMES).astype(np.float32)
    return np.asarray(attention / attention.sum())


def _parts(clip: Clip) -> list[Clip]:
    """Return a clip's notes in parts of at most `MOST_NOTES`, in order of onset."""
    n_parts = -(-len(clip.notes) // MOST_NOTES)
    if n_parts <= 1:
        return [clip]
    by_onset = np.argsort(clip.notes["onset"], kind="stable")
    return [replace(clip, notes=clip.notes[some]) for some in np.array_split(by_onset, n_parts)]


def _whole(clip: Clip, parts: Sequence[Finding]) -> Finding:
    """Put the findings of a clip's parts together: their mean, each by its number of notes."""
    if len(parts) == 1:
        return parts[0]
    notes = [part.notes for part in parts if part.notes is not None]
    share = np.array([len(own.seam) for own in notes]) / len(clip.notes)
    order = np.argsort(np.argsort(clip.notes["onset"], kind="stable"))

    def mean(values: Sequence[float]) -> float:
        return float(share @ np.array(values))

    distances = [own.distance for own in notes if own.distance is not None]

    return Finding(
        mean([part.logit for part in parts]),
        np.sum([s * part.attention for s, part in zip(share, parts, strict=True)], axis=0),
        NoteFinding(
            np.concatenate([own.edits for own in notes])[order],
            np.concatenate([own.seam for own in notes])[order],
            np.concatenate([own.missing for own in notes])[order],
            mean([own.severity for own in notes]),
            {kind: mean([own.kinds[kind] for own in notes]) for kind in notes[0].kinds},
            mean(distances) if distances else None,
        ),
    )


def _batches(counts: Sequence[int]) -> list[list[int]]:
    """Return indices of clips that are read together: about as many notes, and not too many."""
    batches: list[list[int]] = []
    for index in np.argsort(counts, kind="stable").tolist():
        places = max(-(-counts[index] // PLACES), 1) * PLACES
        n_then = len(batches[-1]) + 1 if batches else 0
        if not batches or n_then * places > _MOST_PLACES or n_then * places**2 > _MOST_PAIRS:
            batches.append([])
        batches[-1].append(index)
    return batches
