"""Which pitch classes sound around a note: the harmony that it is heard in.

A wrong note is wrong against the chord and the key, which sound in every octave; a convolution
over 88 keys sees its own octaves alone. Here the keyboard is folded into twelve pitch classes, its
octaves side by side as channels, and convolutions go around the circle of pitch classes, so that
what is learned in one key holds in all twelve.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

PITCH_CLASSES, OCTAVES = 12, 8  # 88 keys are seven octaves and a third
STEP = 4  # frames
ROWS = 44  # of the stem's maps


class TonalContext(nn.Module):
    """Map rolls to a context for every pair of keys and every two frames.

    Sees 2.6 seconds either way; what lies beyond is the LSTM's.
    """

    def __init__(self, width: int, n_out: int) -> None:
        super().__init__()
        narrow = width // 2
        self.fold = nn.Sequential(  # stands for 12 pitch classes × 12 frames
            nn.Conv2d(
                OCTAVES, narrow, (PITCH_CLASSES, 12), stride=(1, STEP), padding=(0, 4), bias=False
            ),
            nn.BatchNorm2d(narrow),
            nn.ReLU(inplace=True),
        )
        self.widen = nn.Sequential(
            nn.Conv2d(narrow, width, (PITCH_CLASSES, 3), padding=(0, 1), bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
        )
        self.narrow = nn.Sequential(
            nn.Conv2d(width, narrow, 1, bias=False),
            nn.BatchNorm2d(narrow),
            nn.ReLU(inplace=True),
        )
        self.around = nn.Sequential(
            nn.Conv2d(narrow, narrow, (PITCH_CLASSES, 9), padding=(0, 4), bias=False),
            nn.BatchNorm2d(narrow),
            nn.ReLU(inplace=True),
            nn.Conv2d(narrow, width, 1, bias=False),
            nn.BatchNorm2d(width),
        )
        self.mix = nn.Conv2d(2 * width, n_out, 1)

    def forward(self, rolls: Tensor) -> Tensor:
        """Map rolls (B, 88, T) to (B, n_out, 44, T / 2)."""
        n_keys, n_frames = rolls.shape[1:]
        octaves = F.pad(rolls, (0, 0, 0, PITCH_CLASSES * OCTAVES - n_keys))
        x = octaves.view(-1, OCTAVES, PITCH_CLASSES, n_frames)
        x = x.contiguous(memory_format=torch.channels_last)
        x = self.widen(circle(self.fold(circle(x))))  # (B, width, 12, T / 4)
        x = torch.relu(x + self.around(circle(self.narrow(x))))
        return self.to_keys(x)

    def to_keys(self, x: Tensor) -> Tensor:
        """Lay the circle (B, width, 12, S) out along the keyboard, (B, n_out, 44, 2 · S)."""
        # Two keys share a row of the maps that this is added to.
        x = self.mix(torch.cat([x[:, :, 0::2], x[:, :, 1::2]], dim=1))  # (B, n_out, 6, S)
        return x.repeat_interleave(STEP // 2, dim=3).repeat(1, 1, OCTAVES, 1)[:, :, :ROWS]


def circle(x: Tensor) -> Tensor:
    """Go once more around the pitch classes, so that a kernel of 12 gives 12 rows."""
    return torch.cat([x, x[:, :, : PITCH_CLASSES - 1]], dim=2)
