"""The critic at work: files, pieces or rolls in, verdicts out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from musecritic.critic.checkpoint import DEFAULT, Card, load
from musecritic.critic.finding import Finding
from musecritic.critic.judged_notes import JudgedNotes, Windows
from musecritic.critic.network import FRAMES, KEYS, Network
from musecritic.critic.note_reader import NoteReader
from musecritic.critic.note_transformer import NoteTransformer
from musecritic.critic.roll_reader import RollReader
from musecritic.critic.verdict import ClipVerdict, Verdict
from musecritic.errors import (
    BadInput,
    Failure,
    MuseCriticError,
    NoNotes,
    told_of,
    unexpected,
)
from musecritic.hardware import pick_device
from musecritic.music.clip import Clip, clip_of_roll
from musecritic.music.in_memory import from_object
from musecritic.music.limits import Limits
from musecritic.music.piece import Piece
from musecritic.music.read import read
from musecritic.music.roll import CLIP_SECONDS, RATE

HELD = 256  # clips read before they are judged, so that no thread waits long for another

#: What can be judged: a path, a `Piece`, a `Clip`, a symusic or pretty_midi object, a roll (88, T).
Music = Any

#: A piece, its clips, and what else must be read to judge its notes, on their way to the network.
Waiting = tuple[Piece, list[Clip], Windows | None]


class Critic:
    """A trained network that judges music.

    Make one with `Critic.load`. Calling it with one piece of music gives its `Verdict`, with
    several a list.

    Parameters
    ----------
    network, card
        From `musecritic.critic.checkpoint.load`. The network is kept in evaluation mode.
    device
        "auto", "cpu", "cuda" or "mps".
    threads
        Processor threads for torch, for the whole process; None leaves torch's choice.
    precision
        "auto" takes bf16 where the hardware has it and the network gains by it; "fp32" never does.
    """

    def __init__(
        self,
        network: Network | NoteTransformer,
        card: Card,
        *,
        device: str = "auto",
        threads: int | None = None,
        precision: str = "auto",
    ) -> None:
        if threads is not None:
            torch.set_num_threads(threads)
        self.card = card
        self.device = pick_device(device)
        self.reader: RollReader | NoteReader
        if isinstance(network, NoteTransformer):
            self.reader = NoteReader(network, self.device, precision)
        else:
            self.reader = RollReader(network, self.device, precision)

    @classmethod
    def load(
        cls,
        name: str | Path = DEFAULT,
        *,
        device: str = "auto",
        threads: int | None = None,
        precision: str = "auto",
    ) -> Critic:
        """Load weights by the name of a shipped model or the path of a ``.safetensors`` file.

        Raises
        ------
        BadWeights
            There is no such model, or its file is damaged.
        """
        return cls(*load(name), device=device, threads=threads, precision=precision)

    @overload
    def __call__(self, music: str | Path | Piece) -> Verdict: ...
    @overload
    def __call__(self, music: list[Music] | tuple[Music, ...]) -> list[Verdict]: ...
    @overload
    def __call__(self, music: Music) -> Verdict | list[Verdict]: ...

    def __call__(self, music: Music) -> Verdict | list[Verdict]:
        """Judge music: a path, a `Piece`, a `Clip`, a symusic or pretty_midi object, a roll
        (88, T) at 10 Hz, or a list of those.

        Raises
        ------
        BadFile
            A file cannot be read; see `score` for batches that go on.
        """
        many = isinstance(music, (list, tuple))
        verdicts = []
        for result in self.score(music if many else [music]):
            if isinstance(result, Failure):
                raise result.error
            verdicts.append(result)
        return verdicts if many else verdicts[0]

    def score(
        self, music: Iterable[Music], *, pedal: bool = False, limits: Limits | None = None
    ) -> Iterator[Verdict | Failure]:
        """Judge many pieces, one after the other, in their order.

        Clips are batched across pieces. At any time `HELD` clips and one piece are held, so
        memory does not grow with their number.

        Parameters
        ----------
        music
            What `__call__` takes.
        pedal
            Let notes ring as long as the sustain pedal is down. The shipped weights were
            trained without.
        limits
            Beyond which a file is refused.

        Yields
        ------
        Verdict or Failure
            One for each piece; a `Failure` for a file that cannot be judged.
        """
        waiting: list[Failure | Waiting] = []
        n_clips = 0
        for item in music:
            try:
                piece = as_piece(item, pedal=pedal, limits=limits or Limits())
                clips = self.reader.cut(piece.pitched())
                if not clips:
                    raise NoNotes(
                        piece.source or "this piece",
                        "it has no note on the piano keyboard (A0 to C8, drums apart)",
                        "The critic judges pitched notes; give it a piece that has some.",
                    )
                windows = Windows(piece) if isinstance(self.reader, NoteReader) else None
                waiting.append((piece, clips, windows))
                n_clips += len(clips)
            except MuseCriticError as error:
                waiting.append(Failure(Path(getattr(error, "path", told_of(item))), error))
            except Exception as error:  # noqa: BLE001 - a batch never dies of one piece
                waiting.append(Failure(Path(told_of(item)), unexpected(item, error)))
            if n_clips >= HELD or (not n_clips and waiting):
                yield from self._judge(waiting)
                waiting, n_clips = [], 0
        yield from self._judge(waiting)

    def _judge(self, waiting: list[Failure | Waiting]) -> Iterator[Verdict | Failure]:
        todo = [item for item in waiting if not isinstance(item, Failure)]
        windows = [w.clips for _, _, w in todo if w is not None]
        read = iter(self.reader.read([clip for _, clips, _ in todo for clip in clips]))
        further = iter(self.reader.read([clip for clips in windows for clip in clips]))
        for item in waiting:
            if isinstance(item, Failure):
                yield item
                continue
            piece, clips, own = item
            findings = [next(read) for _ in clips]
            notes = None if own is None else own.judged([next(further) for _ in own.clips])
            yield self._verdict(piece, clips, findings, notes)

    def _verdict(
        self,
        piece: Piece,
        clips: list[Clip],
        findings: list[Finding],
        notes: JudgedNotes | None,
    ) -> Verdict:
        ends = [
            min(clip.start + CLIP_SECONDS, max(piece.duration, clip.start + 1 / RATE))
            for clip in clips
        ]
        lengths = [end - clip.start for end, clip in zip(ends, clips, strict=True)]
        mean = np.average([finding.logit for finding in findings], weights=lengths)
        severity = kinds = distance = None
        if notes is not None:
            said = [finding.notes for finding in findings if finding.notes is not None]
            severity = float(np.average([own.severity for own in said], weights=lengths))
            kinds = {
                kind: float(np.average([own.kinds[kind] for own in said], weights=lengths))
                for kind in said[0].kinds
            }
            distances = [own.distance for own in said if own.distance is not None]
            if distances:
                distance = _median(np.array(distances), np.array(lengths))
        return Verdict(
            piece,
            self.p_real(float(mean)),
            tuple(
                ClipVerdict(
                    clip.start,
                    end,
                    self.p_real(finding.logit),
                    finding.logit,
                    finding.attention,
                    clip.roll(),
                )
                for clip, end, finding in zip(clips, ends, findings, strict=True)
            ),
            self.card.threshold,
            self.card.model(),
            notes,
            severity,
            kinds,
            distance,
            self.card.far,
        )

    def p_real(self, logit: float) -> float:
        """Return the calibrated probability that a logit means."""
        return sigmoid(logit / self.card.temperature)

    def read(
        self, music: NDArray[Any] | Sequence[Clip]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the network's logits and attention for rolls, or clips.

        Parameters
        ----------
        music
            Rolls (N, 88, 100), zero where silent, of which a network over notes is given the runs;
            or N clips of up to ten seconds, of which a network over rolls is given the rolls.

        Returns
        -------
        logits
            (N,), uncalibrated; above 0 speaks for real music.
        attention
            (N, 100), summing to 1 over the frames.
        """
        if not isinstance(music, np.ndarray):
            return logits_and_attention(self.reader.read(music))
        if isinstance(self.reader, RollReader):
            return self.reader.read_rolls(music)
        return logits_and_attention(self.reader.read([clip_of_roll(roll) for roll in music]))

    def read_clips(self, clips: Sequence[Clip]) -> list[Finding]:
        """Return what the network says of clips of up to ten seconds, each in its own form.

        A network over rolls is given their rolls; one over notes the notes as they are.
        """
        return self.reader.read(clips)

    def reward(self, rolls: Tensor) -> Tensor:
        """Return `p_real` of each roll, for use as a reward.

        Parameters
        ----------
        rolls
            (B, 88, 100) in {0, 1}, any dtype and device.

        Returns
        -------
        Tensor
            (B,) in [0, 1], float32, on the device of `rolls`, without gradient.

        Raises
        ------
        BadInput
            Another shape, or values between 0 and 1: the network has met nothing but notes.
        """
        rolls = torch.as_tensor(rolls)
        if rolls.ndim != 3 or tuple(rolls.shape[1:]) != (KEYS, FRAMES):
            raise BadInput(
                f"rolls have the shape {tuple(rolls.shape)}; wanted is (B, {KEYS}, {FRAMES}), "
                "88 keys from A0 by 10 s at 10 Hz."
            )
        if not ((rolls == 0) | (rolls == 1)).all():
            raise BadInput(
                "rolls have values other than 0 and 1; round or draw them before they are judged."
            )
        logits, _ = self.read(rolls.detach().cpu().numpy())
        return torch.from_numpy(logits / self.card.temperature).sigmoid().to(rolls.device)


def _median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Return the value that half of the weight lies at or below."""
    order = np.argsort(values, kind="stable")
    half = np.searchsorted(weights[order].cumsum(), weights.sum() / 2)
    return float(values[order][min(int(half), len(values) - 1)])


def logits_and_attention(
    findings: Sequence[Finding],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the logits (N,) and the attention (N, 100) of findings."""
    attention = np.empty((len(findings), FRAMES), dtype=np.float32)
    for row, finding in enumerate(findings):
        attention[row] = finding.attention
    return np.array([finding.logit for finding in findings], dtype=np.float32), attention


def as_piece(music: Music, *, pedal: bool, limits: Limits) -> Piece:
    """Bring whatever can be judged into the form of a `Piece`.

    Raises
    ------
    BadFile
        It is a path, and the file cannot be used.
    BadInput
        It is nothing that can be judged.
    """
    if isinstance(music, (str, Path)):
        return read(music, pedal=pedal, limits=limits)
    piece = _in_memory(music, pedal=pedal)
    limits.check_piece(piece, piece.source or Path("music in memory"))
    return piece


def _in_memory(music: Music, *, pedal: bool) -> Piece:
    if isinstance(music, Clip):
        return Piece(music.notes)
    if isinstance(music, Tensor):
        music = music.detach().cpu().numpy()
    if isinstance(music, np.ndarray):
        if music.ndim != 2 or music.shape[0] != KEYS:
            raise BadInput(f"an array of shape {music.shape} is no roll; wanted is (88, frames).")
        return Piece(clip_of_roll(music).notes)
    piece = from_object(music, pedal=pedal)
    if piece is not None:
        return piece
    raise BadInput(
        f"a {type(music).__name__} cannot be judged. Give a path, a Piece, a Clip, "
        "a symusic.Score, a pretty_midi.PrettyMIDI or an array (88, frames)."
    )


def sigmoid(x: float | np.floating[Any]) -> float:
    """Return 1 / (1 + e^-x) without overflow."""
    return float(1 / (1 + np.exp(-x))) if x >= 0 else float(np.exp(x) / (1 + np.exp(x)))
