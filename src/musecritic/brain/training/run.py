"""A training run of MusicBrain: data, trainer, checkpoints."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import lightning as L
import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset

from musecritic.brain.held_out import divide
from musecritic.brain.labels import labels_of
from musecritic.brain.network import Config, Network
from musecritic.brain.note_network import NoteConfig, NoteNetwork
from musecritic.brain.one_form import Sheet, sheet
from musecritic.brain.readers import AnyNetwork
from musecritic.brain.rendition import PLAYERS
from musecritic.brain.training.excerpts import Excerpts, collate
from musecritic.brain.training.fit_figures import fit_figures
from musecritic.brain.training.initial import begin_with
from musecritic.brain.training.module import BrainModule
from musecritic.brain.training.recipe import Recipe
from musecritic.brain.training.windows import Kept, Share, Windows
from musecritic.corpora.collection import Collection
from musecritic.errors import BadInput
from musecritic.measure.progress import Display, Progress, no_display, silent
from musecritic.music.soundfont import in_tune
from musecritic.training.fit import claim, fit, is_first_process, trained_state

#: Windows, or excerpts, that validation is on; drawn once.
N_VALIDATION = {"audio": 800, "notes": 2000}

_VALIDATION = 2**31  # stands for the epoch in the draws that validate
_HEARD_ALONE = ("published", "instruments")  # a score in one form cannot tell


class BrainData(L.LightningDataModule):
    """New windows or excerpts every epoch, the same ones to validate on throughout.

    Parameters
    ----------
    network
        "audio" or "notes".
    train, validation
        Indices of works.
    soundfonts
        That play to the one that hears, beside the embedded one.
    """

    def __init__(
        self,
        collection: Collection,
        labels: dict[str, tuple[str, ...]],
        network: str,
        recipe: Recipe,
        train: Sequence[int],
        validation: Sequence[int],
        *,
        seed: int,
        workers: int,
        soundfonts: Sequence[Path] = (),
        progress: Progress = silent,
    ) -> None:
        super().__init__()
        self._collection, self._labels, self._recipe = collection, labels, recipe
        self._seed, self._workers, self._soundfonts = seed, workers, tuple(soundfonts)
        # What a worker keeps ends with the epoch; notes are drawn in no time.
        self._reuse = recipe.reuse if network == "audio" and not workers else 1
        self._train = train
        self._turn, self._learned = -1, cast("Dataset[Any]", None)
        self._collate = None if network == "audio" else collate
        self._sheets = sheets_of(collection, progress) if network == "notes" else []
        n = N_VALIDATION[network]
        drawn = self._drawn(validation, n, _VALIDATION)
        held = []
        for index in range(n):
            held.append(drawn[index])
            progress("Drawing validation", index + 1, n)
        self._held: Any = held
        if network == "audio":
            windows, targets, _ = zip(*held, strict=True)
            self._held = TensorDataset(torch.stack(windows), torch.stack(targets))

    def _drawn(self, indices: Sequence[int], n: int, epoch: int, moved: float = 0.0) -> Any:
        draw = (self._labels, n, self._seed, epoch)
        if self._collate is None:
            return Windows(self._collection, indices, *draw, soundfonts=self._soundfonts)
        return Excerpts(self._collection.works, self._sheets, indices, *draw, moved=moved)

    def train_dataloader(self) -> DataLoader[Any]:
        trainer = self.trainer
        epoch = trainer.current_epoch if trainer else 0
        turn = epoch // self._reuse
        if turn != self._turn:
            drawn = self._drawn(self._train, self._recipe.draws, turn, self._recipe.moved)
            self._turn = turn
            self._learned = Kept(drawn) if self._reuse > 1 else drawn
        sampler = None  # fresh draws are shared out by Lightning
        if self._reuse > 1:
            processes = (trainer.world_size, trainer.global_rank) if trainer else ()
            sampler = Share(self._learned, epoch, *processes)
        return DataLoader(
            self._learned,
            batch_size=self._recipe.batch,
            collate_fn=self._collate,
            num_workers=self._workers,
            drop_last=True,
            sampler=sampler,
        )

    def val_dataloader(self) -> DataLoader[Any]:
        return DataLoader(self._held, batch_size=50, collate_fn=self._collate)


def labels_for(collection: Collection, network: str) -> dict[str, tuple[str, ...]]:
    """Return the labels of a network that a collection can teach it.

    The network that hears also learns instruments that none of the files names: renderings are
    played on them.
    """
    played = (collection.instruments(i) for i in range(len(collection)))
    labels = labels_of(collection.works, collection.group, played)
    if network == "audio":
        labels["instruments"] = tuple(sorted({*labels["instruments"], *PLAYERS}))
    else:
        labels = {head: names for head, names in labels.items() if head not in _HEARD_ALONE}
    return {head: names for head, names in labels.items() if names}


def sheets_of(collection: Collection, progress: Progress = silent) -> list[Sheet]:
    """Return every work of a collection in one form."""
    sheets = []
    for index in range(len(collection)):
        sheets.append(sheet(collection.piece(index)))
        progress("Bringing into form", index + 1, len(collection))
    return sheets


def untrained(network: str, labels: dict[str, tuple[str, ...]]) -> Network | NoteNetwork:
    """Return a new network of this name.

    Raises
    ------
    BadInput
        There is none of this name.
    """
    if network == "audio":
        return Network(Config(labels))
    if network == "notes":
        return NoteNetwork(NoteConfig(labels))
    raise BadInput(f"there is no network {network!r}; known are audio, notes and figures.")


class Trained(NamedTuple):
    """What a run leaves.

    Attributes
    ----------
    network
        With its best weights.
    length
        How long it was trained, what it began with, and soundfonts' names and hashes, as its card
        tells; nothing of one that was fitted.
    """

    network: AnyNetwork
    length: dict[str, Any]


def train(
    collection: Collection,
    network: str,
    recipe: Recipe,
    out: Path,
    *,
    hold_out: str = "",
    initial: str | Path | None = None,
    seed: int = 0,
    workers: int = 1,
    soundfonts: Sequence[Path] = (),
    display: Display = no_display,
    **options: Any,
) -> Trained:
    """Train a network; return it, trained by epochs with those of the lowest validation loss.

    Parameters
    ----------
    collection
        Works of all corpora.
    network
        "audio", "notes" or "figures".
    recipe
        How it is trained.
    out
        Folder for checkpoints and logs.
    hold_out
        What it may not see, see `musecritic.brain.held_out`.
    initial
        Weights to begin with, see `musecritic.brain.training.initial`.
    workers
        Processes that draw and render.
    soundfonts
        Of the network that hears: they play beside the embedded one, each as often as that.
    display
        Shows what is drawn and brought into form ahead of the run.
    options
        See `musecritic.training.fit.fit`.

    Raises
    ------
    BadInput
        There is no such network or nothing to hold out, or `out` holds another run.
    BadWeights
        `initial` may have learned from what is held out.
    """
    division = divide(collection, hold_out)
    labels = labels_for(collection, network)
    L.seed_everything(seed, workers=True, verbose=False)
    fresh = None if network == "figures" else untrained(network, labels)
    begun: dict[str, Any] = {}
    if soundfonts and network != "audio":
        raise BadInput("soundfonts play to the network that hears alone.")
    played_by = []
    for font in soundfonts:
        in_tune(font)  # what is none is told before the run
        hashed = hashlib.sha256(font.read_bytes()).hexdigest()
        played_by.append({"name": font.name, "sha256": hashed})
    if initial is not None:
        if fresh is None:
            raise BadInput("the network over figures is fitted at once; it begins with nothing.")
        begun = begin_with(initial, fresh, collection, hold_out)
    identity = {
        "network": network,
        "hold_out": hold_out,
        "seed": seed,
        "split_seed": collection.seed,
        "data_fingerprint": collection.fingerprint,
        "initial": begun.get("sha256", ""),
        **({"soundfonts": played_by} if played_by else {}),
    }
    if is_first_process():
        claim(out, identity, resume=bool(options.get("resume")))
    if fresh is None:
        with display() as progress:
            sheets = sheets_of(collection, progress)
            fitted = fit_figures(
                collection.works,
                sheets,
                collection.group,
                division.train,
                labels,
                recipe,
                seed=seed,
                progress=progress,
            )
        return Trained(fitted, {})
    module = BrainModule(fresh, recipe)
    with display() as progress:
        data = BrainData(
            collection,
            labels,
            network,
            recipe,
            division.train,
            division.validation,
            seed=seed,
            workers=workers,
            soundfonts=soundfonts,
            progress=progress,
        )
    best = fit(module, data, out, epochs=recipe.epochs, average=recipe.average, **options)
    state, length = trained_state(best)
    module.network.load_state_dict(state)
    told = {"initial": begun, "soundfonts": played_by}
    return Trained(module.network, length | {key: value for key, value in told.items() if value})
