"""Where a clip was cut and put together again.

Every boundary between two frames is compared with all others (`musecritic.critic.paired_joins`),
and what that says is read along time. The part learns first, by itself, and tells the network over
notes what it hears at each note's beginning and end; it is far cheaper than that network, so it
can learn from far more clips.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from musecritic.critic.clip_notes import ClipNotes
from musecritic.critic.paired_joins import N_TOLD, PairedJoins
from musecritic.music.notes import HIGHEST, LOWEST
from musecritic.music.roll import CLIP_SECONDS, RATE

N_FRAMES = round(CLIP_SECONDS * RATE)
WIDTH = 32  # of what is said of a boundary
N_OF_CLIP = 2 * WIDTH + 3

_N_KEYS = HIGHEST - LOWEST + 1
_ROUNDING_S = 1e-6
_SHARE = 0.25  # brings log-probabilities to the size of the other features
_SPAN = 7  # frames that each layer reads
_GAPS = (1, 1, 3)  # between them, by layer
_AT_ONCE = 32  # clips whose boundaries are compared at once; more would fill memory


class Heard(NamedTuple):
    """What is heard of B clips' T - 1 boundaries between frames.

    Attributes
    ----------
    said
        (B, `WIDTH`, T - 1), a description of each boundary.
    seam
        (B, T - 1), a logit: was the music cut here?
    of_clip
        (B, `N_OF_CLIP`), all of them together.
    cut
        (B,), a logit: was the clip cut anywhere?
    follows
        (B, 3, T - 1), see `PairedJoins`.
    """

    said: Tensor
    seam: Tensor
    of_clip: Tensor
    cut: Tensor
    follows: Tensor


class Seams(nn.Module):
    """Hear the seams of rolls; see the module's docstring.

    Parameters
    ----------
    width, gaps
        Of the encoders, see `musecritic.critic.joins.Encoder`.
    """

    def __init__(self, width: int, gaps: tuple[int, ...]) -> None:
        super().__init__()
        self.pairs = PairedJoins(width, gaps)
        n_in = N_TOLD + 3
        self.layers = nn.ModuleList(
            nn.Conv1d(size, WIDTH, _SPAN, padding=gap * (_SPAN // 2), dilation=gap)
            for size, gap in zip((n_in, WIDTH, WIDTH), _GAPS, strict=True)
        )
        self.seam = nn.Conv1d(WIDTH, 1, 1)
        nn.init.constant_(self.seam.get_parameter("bias"), -3.0)  # most boundaries are whole
        self.cut = nn.Linear(N_OF_CLIP, 1)
        nn.init.zeros_(self.cut.weight)

    def forward(self, rolls: Tensor) -> Heard:
        """Map rolls (B, 88, T) to what is heard of them."""
        parts = [self._hear(some) for some in torch.split(rolls, _AT_ONCE)]
        return Heard(*(torch.cat(column) for column in zip(*parts, strict=True)))

    def _hear(self, rolls: Tensor) -> Heard:
        follows = self.pairs(rolls)
        sounding = rolls.sum(1)
        held = (rolls[..., 1:] * rolls[..., :-1]).sum(1)
        counts = torch.stack([sounding[:, :-1], sounding[:, 1:], held], dim=1).log1p()
        x = torch.cat([_SHARE * follows, counts], dim=1)
        for layer in self.layers:
            heard = F.gelu(layer(x))
            x = heard if x.shape[1] != WIDTH else x + heard
        with torch.autocast(x.device.type, enabled=False):
            x = x.float()
            seam = self.seam(x).squeeze(1)
            of_clip = torch.cat(
                [
                    x.mean(2),
                    x.amax(2),
                    seam.logsumexp(1, keepdim=True),
                    F.softplus(seam).sum(1, keepdim=True).log(),
                    seam.amax(1, keepdim=True),
                ],
                dim=1,
            )
            cut = self.cut(of_clip).squeeze(1)
        return Heard(x, seam, of_clip, cut, follows)


class HeardAtNotes(nn.Module):
    """Tell each note what is heard where it begins and where it ends.

    Parameters
    ----------
    width
        Of a note's description.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.tell = nn.Linear(2 * (WIDTH + 3), width)
        # A network that was trained without begins as it was.
        nn.init.zeros_(self.tell.weight)
        nn.init.zeros_(self.tell.bias)

    def forward(self, clips: ClipNotes, heard: Heard) -> Tensor:
        """Map B clips of N places to (B, N, D)."""
        beside = F.pad(heard.seam, (1, 1))  # the seams just before, at and just after a boundary
        seams = torch.stack([beside[:, :-2], beside[:, 1:-1], beside[:, 2:]], dim=1)
        # A boundary belongs to the frame after it; the clip's ends have none.
        told = F.pad(torch.cat([heard.said, _SHARE * seams], dim=1), (1, 1)).mT  # (B, T + 1, W + 3)
        row = torch.arange(len(told), device=told.device)[:, None]
        at = [told[row, frame] for frame in frames_of(clips)]
        described: Tensor = self.tell(torch.cat(at, dim=2))
        return described


def frames_of(clips: ClipNotes) -> tuple[Tensor, Tensor]:
    """Return first frame and one past the last of every note, each (B, N), as in a piano roll."""
    first = ((clips.onset + _ROUNDING_S) * RATE).long().clamp(0, N_FRAMES - 1)
    last = ((clips.offset + _ROUNDING_S) * RATE).long()
    return first, torch.maximum(last, first + 1).clamp(max=N_FRAMES)


def rolls_of(clips: ClipNotes) -> Tensor:
    """Draw clips as `musecritic.music.roll.piano_roll` does, (B, 88, 100) float."""
    shown = clips.taken & (clips.pitch >= LOWEST) & (clips.pitch <= HIGHEST)
    shown &= (clips.onset + _ROUNDING_S) * RATE < N_FRAMES
    row, place = shown.nonzero().unbind(1)
    key = clips.pitch[row, place] - LOWEST
    first, past = (frame[row, place] for frame in frames_of(clips))
    steps = clips.onset.new_zeros(len(clips.taken), _N_KEYS, N_FRAMES + 1)
    one = steps.new_ones(()).expand(len(row))
    steps.index_put_((row, key, first), one, accumulate=True)
    steps.index_put_((row, key, past), -one, accumulate=True)
    return (steps.cumsum(2)[..., :N_FRAMES] > 0.5).to(clips.onset.dtype)
