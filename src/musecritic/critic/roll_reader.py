"""A network over piano rolls at work."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from musecritic.critic.finding import Finding
from musecritic.critic.network import FRAMES, KEYS, Network
from musecritic.hardware import best_precision
from musecritic.music.clip import Clip, clip_of_roll
from musecritic.music.notes import Notes
from musecritic.music.roll import clip_rolls

BATCH = 24  # clips a forward pass on a processor, whose cache holds the maps of so many
BATCH_ELSEWHERE = 256  # on an accelerator, where few would leave it idle


class RollReader:
    """Reads clips as their rolls.

    Parameters
    ----------
    network
        Kept in evaluation mode, its batch norms folded into its convolutions.
    device
        Where it runs.
    precision
        "auto" takes bf16 where the hardware has it; "fp32" never does.
    """

    def __init__(self, network: Network, device: torch.device, precision: str) -> None:
        # torch takes this argument though its stubs do not know it.
        self.network = folded(network).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.network.to(device)
        self.device = device
        self.uses_bf16 = precision == "auto" and "bf16" in best_precision(device.type)

    def cut(self, notes: Notes) -> list[Clip]:
        """Cut a piece's notes into clips, on the grid; leave out the silent ones."""
        return [clip_of_roll(roll, start=start) for start, roll in clip_rolls(notes)]

    def read(self, clips: Sequence[Clip]) -> list[Finding]:
        """Read clips of ten seconds."""
        if not clips:
            return []
        logits, attention = self.read_rolls(np.stack([clip.roll() for clip in clips]))
        return [Finding(float(logit), own) for logit, own in zip(logits, attention, strict=True)]

    def read_rolls(self, rolls: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Read rolls (N, 88, 100); return logits (N,) and attention (N, 100)."""
        logit, steps = self._judge_rolls(torch.from_numpy(np.ascontiguousarray(rolls)))
        pooled = FRAMES // steps.shape[1]
        return logit.numpy(), (steps / pooled).repeat_interleave(pooled, dim=1).numpy()

    def gradient(self, rolls: NDArray[Any]) -> NDArray[np.float32]:
        """Return how much the logit of each roll rises with each of its cells, (N, 88, 100).

        In fp32. What the network reads off a roll as a list of notes, and what it hears where
        frames join, has no gradient: it tells of its convolutions alone.
        """
        found = [
            self._gradient_of_batch(torch.from_numpy(np.ascontiguousarray(rolls[first:][:BATCH])))
            for first in range(0, len(rolls), BATCH)
        ]
        return np.concatenate([np.empty((0, KEYS, FRAMES), dtype=np.float32), *found])

    def _gradient_of_batch(self, rolls: Tensor) -> NDArray[np.float32]:
        cells = (rolls != 0).float().to(self.device).requires_grad_()
        with (
            torch.enable_grad(),
            torch.autocast(self.device.type, enabled=False),
            # cuDNN's LSTM has a gradient in training mode alone.
            torch.backends.cudnn.flags(enabled=False),
        ):
            logit = self.network(cells).logit
            (gradient,) = torch.autograd.grad(logit.sum(), cells)
        return gradient.cpu().numpy()

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


@cache
def _single_threads(n_threads: int) -> ThreadPoolExecutor:
    """Return threads, kept for the next call, in each of which torch works alone."""
    return ThreadPoolExecutor(n_threads, initializer=torch.set_num_threads, initargs=(1,))


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
