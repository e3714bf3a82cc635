"""Heatmaps over a spectrogram: of one label, and FM-G-CAM's of several in one picture.

What is shown is half of it integrated gradients (Sundararajan et al., 2017) of the sound: they
follow a label's logit from silence to the picture, and give every cell its part in the rise. The
other half are the same of the fused map: where the network reads what it has heard, which is where
notes begin. The first shows which sound a label rests on, the second where it is read; `musecritic
evaluate brain --protocol explanation` measures them together, beside Grad-CAM.

Grad-CAM (Selvaraju et al., 2017): the maps of a layer, each weighed by how much a label's logit
rises with it; activations are counted from those of silence, a departure from the paper, for a
network's biases light up where nothing sounds. FM-G-CAM (Silva et al., 2023) lays the maps of
several labels over each other and gives every cell to the label that it speaks for most.
Differences from its published code: every label's map is made from the same activations, norm and
scale are taken over whole maps, and the scale is common, so that labels can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from musecritic.brain.cells import ROWS, STRIDE
from musecritic.brain.network import Network
from musecritic.errors import BadInput


@dataclass(frozen=True)
class Target:
    """A label whose evidence is looked for.

    Attributes
    ----------
    head, name
        Such as "instruments", "violin".
    holds
        False looks for what speaks against the label: for a person, of the label of machines.
    """

    head: str
    name: str
    holds: bool = True

    def logit(self, labels: Mapping[str, Sequence[str]], logits: Mapping[str, Tensor]) -> Tensor:
        """Return its logit, (B,), among those of all heads.

        Raises
        ------
        BadInput
            The network has no such label.
        """
        if self.name not in labels.get(self.head, ()):
            raise BadInput(f"the network has no label {self.name!r} under {self.head!r}.")
        logit = logits[self.head][:, list(labels[self.head]).index(self.name)]
        return logit if self.holds else -logit


def grad_cam(network: Network, pictures: Tensor, targets: Sequence[Target]) -> Tensor:
    """Return how much each cell speaks for each target.

    Parameters
    ----------
    network
        In evaluation mode, so that pictures do not see each other.
    pictures
        (B, 192, T), from `musecritic.brain.spectrogram.seen`.
    targets
        K of them.

    Returns
    -------
    Tensor
        (B, K, 96, T / 2), 0 and more, on the CPU; one cell a semitone and tenth of a second.
    """
    pictures = pictures.to(network.height.device)
    with torch.no_grad():
        fused = network.fused(pictures)
        silence = network.fused(torch.zeros_like(pictures[:1]))
    fused = fused.detach().requires_grad_()
    reading = network.read_fused(fused)
    maps = []
    for target in targets:
        logit = target.logit(network.config.labels, reading.logits)
        (slope,) = torch.autograd.grad(logit.sum(), fused, retain_graph=True)
        weight = slope.mean((2, 3), keepdim=True)
        maps.append(F.relu((weight * (fused - silence)).sum(1)).detach().cpu())
    return torch.stack(maps, dim=1) if maps else torch.zeros(len(fused), 0, *fused.shape[2:])


def heatmaps(
    network: Network, pictures: Tensor, targets: Sequence[Target], *, steps: int = 8
) -> Tensor:
    """Return what speaks for each target: half of it by the sound, half by where it is read.

    Parameters and result are those of `integrated_gradients`; both halves have its sum. Where
    nothing sounds, nor beside it, there is no heat.
    """
    sound = integrated_gradients(network, pictures, targets, steps=steps)
    read = _read_where(network, pictures, targets, steps)
    # In a cell where nothing sounds, nor beside it, the map differs by what sounds elsewhere.
    sounds = F.max_pool2d(F.max_pool2d(pictures[:, None], STRIDE), 3, 1, 1) > 0
    read = read * sounds.cpu()
    rise, total = (maps.sum((2, 3), keepdim=True) for maps in (sound, read))
    scaled = read * rise / total.clamp(min=torch.finfo(read.dtype).tiny)
    return torch.where(total > 0, (sound + scaled) / 2, sound)


def integrated_gradients(
    network: Network, pictures: Tensor, targets: Sequence[Target], *, steps: int = 8
) -> Tensor:
    """Return each cell's part in the rise of each target's logit from silence to the picture.

    Parameters and result are those of `grad_cam`; what speaks against a target is left out.

    Parameters
    ----------
    steps
        On the way, at the middle of each of which the slope is taken.
    """
    maps = torch.zeros(len(pictures), len(targets), ROWS, pictures.shape[-1] // STRIDE)
    pictures = pictures.to(network.height.device)
    for step in range(steps if targets else 0):
        given = (pictures * (step + 0.5) / steps).requires_grad_()
        logits = network(given).logits
        for k, slope in enumerate(_slopes(network, logits, targets, given)):
            of_cells = F.avg_pool2d((slope * pictures)[:, None], STRIDE)[:, 0] * STRIDE**2
            maps[:, k] += of_cells.cpu() / steps
    return F.relu(maps)


def _read_where(
    network: Network, pictures: Tensor, targets: Sequence[Target], steps: int
) -> Tensor:
    """Return the same of the cells of the fused map, from silence's to the pictures'."""
    maps = torch.zeros(len(pictures), len(targets), ROWS, pictures.shape[-1] // STRIDE)
    pictures = pictures.to(network.height.device)
    with torch.no_grad():
        silence = network.fused(torch.zeros_like(pictures[:1]))
        way = network.fused(pictures) - silence
    for step in range(steps if targets else 0):
        given = (silence + way * (step + 0.5) / steps).requires_grad_()
        logits = network.read_fused(given).logits
        for k, slope in enumerate(_slopes(network, logits, targets, given)):
            maps[:, k] += (slope * way).sum(1).cpu() / steps
    return F.relu(maps)


def _slopes(
    network: Network, logits: Mapping[str, Tensor], targets: Sequence[Target], given: Tensor
) -> Iterator[Tensor]:
    """Yield the slope of each target's logit over what was given."""
    for target in targets:
        logit = target.logit(network.config.labels, logits)
        yield torch.autograd.grad(logit.sum(), given, retain_graph=True)[0]


def fused_map(maps: Tensor) -> Tensor:
    """Return FM-G-CAM's maps of K targets: each cell with the target it speaks for most.

    Parameters
    ----------
    maps
        (B, K, H, W), from `heatmaps` or `grad_cam`.

    Returns
    -------
    Tensor
        (B, K, H, W), 0 to 1 over the K maps of a picture; at every cell all but one are 0.
    """
    if not maps.shape[1]:
        return maps
    strongest = maps.argmax(1, keepdim=True)
    mine = torch.zeros_like(maps).scatter(1, strongest, maps.gather(1, strongest))
    norm = mine.flatten(2).norm(dim=2)[..., None, None]
    scaled = mine / norm.clamp(min=1e-12)
    # A cell that another label has keeps its 0, the lowest there is: the scale begins there.
    shown: Tensor = scaled / scaled.amax((1, 2, 3), keepdim=True).clamp(min=1e-12)
    return shown
