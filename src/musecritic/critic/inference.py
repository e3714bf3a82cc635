"""The critic at work: files, pieces or rolls in, verdicts out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, overload

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from musecritic.critic.checkpoint import Card, load
from musecritic.critic.network import FRAMES, KEYS, Network
from musecritic.critic.verdict import ClipVerdict, Verdict
from musecritic.errors import (
    BadInput,
    Failure,
    MuseCriticError,
    NoNotes,
    told_of,
    unexpected,
)
from musecritic.hardware import best_precision, pick_device
from musecritic.music.clip import Clip, clip_of_roll
from musecritic.music.in_memory import from_object
from musecritic.music.limits import Limits
from musecritic.music.piece import Piece
from musecritic.music.read import read
from musecritic.music.roll import CLIP_SECONDS, RATE, Roll, clip_rolls

HELD = 256  # clips read before they are judged, so that no thread waits long for another
BATCH = 24  # clips a forward pass on a processor, whose cache holds the maps of so many
BATCH_ELSEWHERE = 256  # on an accelerator, where few would leave it idle

#: What can be judged: a path, a `Piece`, a `Clip`, a symusic or pretty_midi object, a roll (88, T).
Music = Any

#: A piece and its clips, start and roll, on their way to the network.
Waiting = tuple[Piece, list[tuple[float, Roll]]]


class Critic:
    """A trained network that judges music.

    Make one with `Critic.load`. Calling it with one piece of music gives its `Verdict`, with
    several a list.

    Parameters
    ----------
    network, card
        From `musecritic.critic.checkpoint.load`. The network is kept in evaluation mode and its
        batch norms are folded into its convolutions.
    device
        "auto", "cpu", "cuda" or "mps".
    threads
        Processor threads for torch, for the whole process; None leaves torch's choice.
    precision
        "auto" takes bf16 where the hardware has it; "fp32" never does.
    """

    def __init__(
        self,
        network: Network,
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
        # torch takes this argument though its stubs do not know it.
        self.network = folded(network).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.network.to(self.device)
        self.uses_bf16 = precision == "auto" and "bf16" in best_precision(self.device.type)

    @classmethod
    def load(
        cls,
        name: str | Path = "crnn",
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
                clips = list(clip_rolls(piece.pitched()))
                if not clips:
                    raise NoNotes(
                        piece.source or "this piece",
                        "it has no note on the piano keyboard (A0 to C8, drums apart)",
                        "The critic judges pitched notes; give it a piece that has some.",
                    )
                waiting.append((piece, clips))
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
        rolls = [roll for item in waiting if not isinstance(item, Failure) for _, roll in item[1]]
        if rolls:
            logits, attention = self.read(np.stack(rolls))
        done = 0
        for item in waiting:
            if isinstance(item, Failure):
                yield item
                continue
            piece, clips = item
            here = slice(done, done + len(clips))
            done += len(clips)
            ends = [
                min(start + CLIP_SECONDS, max(piece.duration, start + 1 / RATE))
                for start, _ in clips
            ]
            lengths = [end - start for end, (start, _) in zip(ends, clips, strict=True)]
            mean = np.average(logits[here], weights=lengths)
            yield Verdict(
                piece,
                float(sigmoid(mean / self.card.temperature)),
                tuple(
                    ClipVerdict(
                        start,
                        end,
                        float(sigmoid(logit / self.card.temperature)),
                        float(logit),
                        weights,
                        roll,
                    )
                    for (start, roll), end, logit, weights in zip(
                        clips, ends, logits[here], attention[here], strict=True
                    )
                ),
                self.card.threshold,
                self.card.model(),
            )

    def read(self, rolls: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the network's logits and attention for rolls.

        Parameters
        ----------
        rolls
            (N, 88, 100), zero where silent.

        Returns
        -------
        logits
            (N,), uncalibrated; above 0 speaks for real music.
        attention
            (N, 100), summing to 1 over the frames.
        """
        logit, steps = self._judge_rolls(torch.from_numpy(np.ascontiguousarray(rolls)))
        pooled = FRAMES // steps.shape[1]
        return logit.numpy(), (steps / pooled).repeat_interleave(pooled, dim=1).numpy()

    def _judge_rolls(self, rolls: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (N,) and attention (N, S) of rolls, on the CPU."""
        if not len(rolls):
            return torch.empty(0), torch.empty(0, FRAMES)
        # Each thread takes a batch of its own: torch would share out every single operation, and
        # most are too small for that.
        on_cpu = self.device.type == "cpu"
        n_threads = torch.get_num_threads() if on_cpu else 1
        # About as many for each thread, all but the last of one size.
        most = n_threads * (BATCH if on_cpu else BATCH_ELSEWHERE)
        n_batches = n_threads * -(-len(rolls) // most)
        batches = torch.split(rolls, -(-len(rolls) // n_batches))
        if n_threads == 1 or len(batches) == 1:
            judged = [self._judge_batch(batch) for batch in batches]
        else:
            judged = list(_single_threads(n_threads).map(self._judge_batch, batches))
        logits, steps = zip(*judged, strict=True)
        return torch.cat(logits), torch.cat(steps)

    def _judge_batch(self, rolls: Tensor) -> tuple[Tensor, Tensor]:
        with (
            torch.inference_mode(),
            torch.autocast(self.device.type, torch.bfloat16, enabled=self.uses_bf16),
        ):
            reading = self.network((rolls != 0).float().to(self.device))
        return reading.logit.float().cpu(), reading.attention.float().cpu()

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
        logit, _ = self._judge_rolls(rolls.detach())
        return torch.sigmoid(logit / self.card.temperature).to(rolls.device)


@cache
def _single_threads(n_threads: int) -> ThreadPoolExecutor:
    """Return threads, kept for the next call, in each of which torch works alone."""
    return ThreadPoolExecutor(n_threads, initializer=torch.set_num_threads, initargs=(1,))


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


def folded(network: Network) -> Network:
    """Fold every batch norm into the convolution before it; the caller's network is not changed."""
    copy = Network(network.config).eval()
    copy.load_state_dict(network.state_dict())
    for module in list(copy.modules()):
        if isinstance(module, nn.Sequential):
            layers = list(module)
            for i, (layer, after) in enumerate(pairwise(layers)):
                if isinstance(layer, nn.Conv2d) and isinstance(after, nn.BatchNorm2d):
                    module[i] = fuse_conv_bn_eval(layer, after)
                    module[i + 1] = nn.Identity()
    return copy


def sigmoid(x: float | np.floating[Any]) -> float:
    """Return 1 / (1 + e^-x) without overflow."""
    return float(1 / (1 + np.exp(-x))) if x >= 0 else float(np.exp(x) / (1 + np.exp(x)))
