"""What the critic would say of a roll with one more note, for each of the 88 notes.

The 88 rolls differ from the roll at hand in a few columns. So the network reads that roll once
and keeps its maps; of the 88 it computes, as one batch, only the columns that the new note can
reach, layer by layer, and takes the others from the maps that were kept. From the LSTM on, every
step may differ, and every note that hears the others. Nothing is approximated: the logits are those
of 88 forward passes, up to rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from musecritic.critic.inference import Critic
from musecritic.critic.joins import PAST, Encoder, Joins
from musecritic.critic.layers import ResidualBlock
from musecritic.critic.network import FRAMES, KEYS, Network
from musecritic.critic.roll_reader import RollReader
from musecritic.critic.tonal import OCTAVES, PITCH_CLASSES, STEP, TonalContext, circle
from musecritic.errors import BadInput
from musecritic.music.roll import Roll


def score_candidates(
    critic: Critic, roll: Roll, first_frame: int, n_frames: int
) -> NDArray[np.floating[Any]]:
    """Return the logit of the roll with one note added, for each note of the keyboard.

    Computed in the precision of the weights, fp32, even where the critic reads in bf16: the
    logits of neighbouring notes differ by less than bf16 can tell.

    Parameters
    ----------
    roll
        (88, 100), zero where silent. The caller's is not changed.
    first_frame, n_frames
        Where the new note begins and for how long it sounds, within the roll. Where its key
        sounds already the roll stays as it is.

    Returns
    -------
    NDArray
        (88,), uncalibrated logits from A0 to C8, each that of a plain forward pass.

    Raises
    ------
    BadInput
        The roll has another shape, or the note does not lie within it.
    """
    if roll.shape != (KEYS, FRAMES):
        raise BadInput(f"a roll has the shape {roll.shape}; wanted is ({KEYS}, {FRAMES}).")
    if first_frame < 0 or n_frames < 1 or first_frame + n_frames > FRAMES:
        raise BadInput(
            f"a note of {n_frames} frames from frame {first_frame} is not within 0..{FRAMES}."
        )
    reader = critic.reader
    if not isinstance(reader, RollReader):  # nothing to save: notes hear each other at once
        rolls = np.repeat((roll != 0)[None].astype(np.uint8), KEYS, axis=0)
        rolls[np.arange(KEYS), np.arange(KEYS), first_frame : first_frame + n_frames] = 1
        return critic.read(rolls)[0]
    with torch.inference_mode():
        network = reader.network
        lit = torch.from_numpy(roll != 0).to(network.head.weight)
        logits = _read(network, lit, first_frame, n_frames)
        found: NDArray[np.floating[Any]] = logits.cpu().numpy()
    return found


def _read(network: Network, lit: Tensor, first_frame: int, n_frames: int) -> Tensor:
    """Return the candidates' logits (88,)."""
    note = slice(first_frame, first_frame + n_frames)
    rolls = lit.repeat(KEYS, 1, 1)
    rolls[torch.arange(KEYS), torch.arange(KEYS), note] = 1
    maps = _through(network.stem[1:], _first_layer(network.stem[0], lit, first_frame, n_frames))
    if network.tonal is not None:
        heard = _Maps(lit[None], rolls[..., note], first_frame)
        maps = _in_harmony(network.tonal, heard).plus(maps)
    maps = _Maps(maps.base.relu_(), maps.changed.relu_(), maps.first)
    wrong = joins = None
    if network.config.notes:
        maps = _through(network.listen, maps)
        wrong = _through(network.note, maps).whole().permute(0, 3, 2, 1).flatten(2)
    if network.joins is not None:
        joins = _at_boundaries(network.joins, lit, first_frame, n_frames)
    deep = _through(network.stages, maps).whole()
    reading, steps = network.read(deep, rolls, wrong, joins)
    if network.attend is not None:
        reading = network.hear(reading, rolls, maps.whole(), steps)
    return reading.logit


class _Maps(NamedTuple):
    """The maps of all candidates at one depth of the network.

    Attributes
    ----------
    base
        (1, C, H, T), the maps of the roll without a new note.
    changed
        (88, C, H, W), the columns in which the candidates may differ from it.
    first
        The first of those columns.
    """

    base: Tensor
    changed: Tensor
    first: int

    @property
    def end(self) -> int:
        """One past the last changed column."""
        return self.first + self.changed.shape[-1]

    def columns(self, begin: int, end: int) -> Tensor:
        """Return columns of every candidate, (88, C, H, end - begin); zero beyond the borders.

        The changed ones must be among them.
        """
        if (begin, end) == (self.first, self.end):
            return self.changed
        n_columns = self.base.shape[-1]
        beside = nn.functional.pad(
            self.base[..., max(begin, 0) : end], (max(-begin, 0), max(end - n_columns, 0))
        )
        whole = torch.empty(
            (KEYS, *beside.shape[1:]),
            dtype=beside.dtype,
            device=beside.device,
            memory_format=torch.channels_last,
        )
        first, last = self.first - begin, self.end - begin
        whole[..., :first] = beside[..., :first]
        whole[..., first:last] = self.changed
        whole[..., last:] = beside[..., last:]
        return whole

    def whole(self) -> Tensor:
        """Return all columns of every candidate (88, C, H, T)."""
        return self.columns(0, self.base.shape[-1])

    def each(self, run: Callable[[Tensor], Tensor]) -> _Maps:
        """Send all through what works on each column by itself."""
        return _Maps(run(self.base), run(self.changed), self.first)

    def plus(self, other: _Maps) -> _Maps:
        """Return the sum with maps of which no more columns are changed, writing into `changed`."""
        first, last = other.first - self.first, other.end - self.first
        self.changed[..., :first] += other.base[..., self.first : other.first]
        self.changed[..., first:last] += other.changed
        self.changed[..., last:] += other.base[..., other.end : self.end]
        return self._replace(base=self.base + other.base)


def _first_layer(
    conv: nn.Module, roll: Tensor, first_frame: int, n_frames: int, past: int = 0
) -> _Maps:
    """Return the first convolution's maps of a roll (88, T) with a note added in each row.

    A convolution is linear, so what a note adds to the maps is the same whatever else sounds. It
    is the note's row alone under the kernel, and reaches only the rows the kernel spans: 13 of 44.
    So many frames of silence come before the roll as `past` says.
    """
    assert isinstance(conv, nn.Conv2d)
    base = conv(nn.functional.pad(roll, (past, 0))[None, None])  # (1, C, H, W)
    added = 1 - roll[:, first_frame : first_frame + n_frames]  # 0 where the key sounds already
    (height, width), (down, stride), (above, before) = map(
        _pair, (conv.kernel_size, conv.stride, conv.padding)
    )
    first, end, begin, until = _reach(
        first_frame, first_frame + n_frames, base.shape[-1], width, stride, before + past
    )
    strip = nn.functional.pad(added, (first_frame - begin, until - first_frame - n_frames))
    under = strip.unfold(1, width, stride).transpose(1, 2)  # (88, width, end - first)
    kernel = conv.weight[:, 0].flip(1)  # from its last row up, as a note meets it going down
    changed = base[..., first:end].expand(KEYS, -1, -1, -1)
    changed = changed.clone(memory_format=torch.channels_last)
    for key in range(KEYS):
        top = max(-((height - 1 - above - key) // down), 0)  # the first row that spans the key
        rows = kernel[:, down * top - key - above + height - 1 :: down]
        rows = rows[:, : base.shape[2] - top]
        changed[key, :, top : top + rows.shape[1]] += rows @ under[key]
    return _Maps(base, changed, first)


def _through(module: nn.Module, maps: _Maps) -> _Maps:
    """Send the maps through a part of the network, as a forward pass over each would."""
    if isinstance(module, nn.Sequential):
        for part in module:
            maps = _through(part, maps)
        return maps
    if isinstance(module, ResidualBlock):
        pooled = _through(module.pool, maps)
        total = _through(module.body, pooled).plus(_through(module.shortcut, pooled))
        return _Maps(total.base.relu_(), total.changed.relu_(), total.first)
    if isinstance(module, (nn.ReLU, nn.Identity)):
        return _Maps(module(maps.base), module(maps.changed), maps.first)
    if isinstance(module, nn.MaxPool2d):
        width = _pair(module.kernel_size)[1]
        return _slide(module, maps, module(maps.base), width, width, 0)
    if isinstance(module, nn.Conv2d):
        height, padding = _pair(module.padding)
        return _slide(
            lambda seen: nn.functional.conv2d(
                seen, module.weight, module.bias, module.stride, (height, 0), groups=module.groups
            ),
            maps,
            module(maps.base),
            module.kernel_size[1],
            module.stride[1],
            padding,
        )
    raise TypeError(f"cannot send candidates through a {type(module).__name__}")


def _pair(size: int | str | tuple[int | str, ...]) -> tuple[int, int]:
    """Return a layer's height and width, which the network always gives as two numbers."""
    assert isinstance(size, tuple)
    height, width = size
    return int(height), int(width)


def _slide(
    run: Callable[[Tensor], Tensor],
    maps: _Maps,
    base: Tensor,
    width: int,
    stride: int,
    padding: int,
) -> _Maps:
    """Run what slides over time on those columns alone whose outcome the changed ones can alter.

    `run` does not pad in time. `base` is the outcome for the shared input.
    """
    first, _, begin, until = _reach(maps.first, maps.end, base.shape[-1], width, stride, padding)
    return _Maps(base, run(maps.columns(begin, until)), first)


def _reach(
    first: int, end: int, n_out: int, width: int, stride: int, padding: int
) -> tuple[int, int, int, int]:
    """Return which output columns the inputs first .. end can alter, and which inputs those see.

    Output column o sees the inputs from stride · o - padding on, `width` of them.
    """
    first_out = max((first + padding - width) // stride + 1, 0)
    end_out = min((end - 1 + padding) // stride + 1, n_out)
    return (
        first_out,
        end_out,
        stride * first_out - padding,
        stride * (end_out - 1) - padding + width,
    )


def _in_harmony(context: TonalContext, rolls: _Maps) -> _Maps:
    """Return the tonal context of rolls (1, 88, T) and (88, 88, W)."""

    def octaves(rolls: Tensor) -> Tensor:
        padded = nn.functional.pad(rolls, (0, 0, 0, PITCH_CLASSES * OCTAVES - KEYS))
        return circle(padded.view(-1, OCTAVES, PITCH_CLASSES, padded.shape[2]))

    maps = _through(context.fold, rolls.each(octaves))
    maps = _through(context.widen, maps.each(circle))
    around = _through(context.around, _through(context.narrow, maps).each(circle))
    maps = around.plus(maps).each(torch.relu).each(context.to_keys)
    return maps._replace(first=maps.first * STEP // 2)


def _at_boundaries(joins: Joins, roll: Tensor, first_frame: int, n_frames: int) -> Tensor:
    """Return the candidates' joins (88, 3, T - 1)."""
    from_end = roll.shape[1] - first_frame - n_frames
    return joins.compare(
        _described(joins.before, roll, first_frame, n_frames),
        _described(joins.after, roll.flip(1), from_end, n_frames),
    )


def _described(encoder: Encoder, roll: Tensor, first_frame: int, n_frames: int) -> Tensor:
    """Return what an encoder says of the candidates (88, T, D)."""
    maps = _first_layer(encoder.stem[0], roll, first_frame, n_frames, PAST)
    maps = _through(encoder.keyboard, _through(encoder.stem[1:], maps))
    for layer, gap in zip(encoder.past, encoder.gaps, strict=True):

        def run(seen: Tensor, layer: nn.Module = layer, gap: int = gap) -> Tensor:
            assert isinstance(layer, nn.Conv1d)
            weight = layer.weight.unsqueeze(2)
            return nn.functional.conv2d(seen, weight, layer.bias, dilation=(1, gap)).relu_()

        back = 2 * gap
        base = run(nn.functional.pad(maps.base, (back, 0)))
        maps = _slide(run, maps, base, back + 1, 1, back).plus(maps)
    return encoder.describe(maps.whole().squeeze(2))
