"""A training run of the network over notes: data, Lightning's trainer, checkpoints, curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
from torch.utils.data import DataLoader, Dataset

from musecritic.corpora.corpus import Corpus
from musecritic.corpora.draw import Manifest, indices_by_part
from musecritic.corrupt import CORRUPTIONS
from musecritic.critic.checkpoint import load
from musecritic.critic.edits import labels, undamaged
from musecritic.critic.network import Network
from musecritic.critic.note_transformer import NoteConfig, NoteTransformer, begin_with
from musecritic.critic.seams import Seams
from musecritic.critic.testset import seed_test_set
from musecritic.critic.training.note_examples import (
    Epoch,
    Example,
    Examples,
    NoteBatch,
    Source,
    batched,
    collate,
)
from musecritic.critic.training.note_module import NoteModule
from musecritic.critic.training.note_recipe import NoteRecipe
from musecritic.errors import NothingToDamage
from musecritic.measure.evenly import evenly_of
from musecritic.music.clip import Clip, clip_of_roll, cut
from musecritic.music.notes import Notes
from musecritic.music.piece import Piece
from musecritic.training.fit import claim, fit, is_first_process

N_VALIDATION = 300  # clips of each set
_JOINS_OF = "crnn"  # the shipped model whose joins the seams begin with
#: How the clips in milliseconds are damaged for validation: name, kind, how many notes.
_IN_MS: dict[str, tuple[str, tuple[int, int] | None]] = {
    "shuffle": ("shuffle", None),
    "off-key": ("off-key", None),
    "noise": ("noise", None),
    "one off-key": ("off-key", (1, 1)),
}


class NoteData(L.LightningDataModule):
    """New examples every epoch, the same validation clips throughout."""

    def __init__(
        self,
        sources: Sequence[Source],
        validation: Mapping[str, Sequence[Example]],
        recipe: NoteRecipe,
        seed: int,
        workers: int,
    ) -> None:
        super().__init__()
        self._examples = Examples(sources, recipe)
        self._recipe, self._seed, self._workers = recipe, seed, workers
        self._validation = [
            [collate(batch) for batch in batched(examples, recipe.notes)]
            for examples in validation.values()
        ]

    def train_dataloader(self) -> DataLoader[NoteBatch]:
        trainer = self.trainer
        epoch = trainer.current_epoch if trainer else 0
        processes = (trainer.world_size, trainer.global_rank) if trainer else ()
        return DataLoader(
            Epoch(self._examples, self._recipe, self._seed, epoch, *processes),
            batch_size=None,
            num_workers=self._workers,
        )

    def val_dataloader(self) -> list[DataLoader[NoteBatch]]:
        return [DataLoader(Batches(ready), batch_size=None) for ready in self._validation]


class Batches(Dataset[NoteBatch]):
    """Batches that are ready."""

    def __init__(self, batches: Sequence[NoteBatch]) -> None:
        self._batches = batches

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> NoteBatch:
        return self._batches[index]


def begin_with_joins(seams: Seams) -> None:
    """Give the part that hears seams the joins of a network over rolls: they learn the same."""
    network, _ = load(_JOINS_OF)
    assert isinstance(network, Network)
    assert network.joins is not None
    seams.pairs.joins.load_state_dict(network.joins.state_dict())


def validation_sets(
    corpus: Corpus, manifest: Manifest, *, n_clips: int = N_VALIDATION
) -> dict[str, list[Example]]:
    """Return the clips of validation songs by name, real ones and each kind of damage.

    On a grid those of the seed's protocol, in milliseconds some of the validation part.
    """
    drawn = seed_test_set(corpus, manifest, "validation")
    sets = {
        "grid real": [as_real(clip_of_roll(roll)) for roll in evenly_of(drawn.real, n_clips)],
        **{
            f"grid {kind}": [
                as_fake(clip_of_roll(roll), kind) for roll in evenly_of(fakes.rolls, n_clips)
            ]
            for kind, fakes in drawn.kinds.items()
        },
    }
    works = indices_by_part(corpus)["validation"]
    clips = evenly_of([clip for index in works for clip in cut(Piece(corpus[index]))], n_clips)
    sets["ms real"] = [as_real(clip) for clip in clips]
    for number, (name, (kind, count)) in enumerate(_IN_MS.items()):
        examples = []
        for index, clip in enumerate(clips):
            rng = np.random.default_rng([manifest.seed, number, index])
            options: dict[str, Any] = {} if count is None else {"count": count}
            try:
                damaged = CORRUPTIONS[kind](clip, rng, **options)
            except NothingToDamage:
                continue
            known = labels(clip, damaged, kind)
            examples.append(Example(damaged.clip, known, False, damaged.severity, (kind,)))
        sets[f"ms {name}"] = examples
    # Real ones first, so that the others find them.
    return dict(sorted(sets.items(), key=lambda item: not item[0].endswith("real")))


def as_real(clip: Clip) -> Example:
    """Return a clip as it was played."""
    return Example(clip, undamaged(len(clip.notes)), real=True)


def as_fake(clip: Clip, kind: str) -> Example:
    """Return a clip of which it is only known that it is damaged."""
    return Example(clip, undamaged(len(clip.notes)), False, 0.0, (kind,))


def train_notes(
    corpus: Corpus,
    manifest: Manifest,
    config: NoteConfig,
    recipe: NoteRecipe,
    out: Path,
    *,
    others: Mapping[str, Sequence[Notes]] | None = None,
    seed: int = 0,
    device: str = "auto",
    devices: int | str = "auto",
    precision: str = "auto",
    workers: int = 1,
    resume: bool = False,
    initial: NoteTransformer | None = None,
    minutes: float | None = None,
    tensorboard: bool = False,
    progress: bool = True,
) -> Path:
    """Train a network over notes; return the checkpoint with the lowest validation loss.

    Parameters
    ----------
    corpus, manifest
        MAESTRO, and the draw of it whose validation part is validated on.
    config, recipe
        What is trained, and how.
    out
        Folder for checkpoints and logs.
    others
        Training works of other corpora, by name; `NoteRecipe.others` says how much of them.
    initial
        Trained weights to begin with.

    The rest is as `musecritic.critic.training.run.train` has it.
    """
    if is_first_process():
        claim(
            out,
            {
                # What it knows is fitted after training; no run differs in it.
                "part": recipe.part,
                "network": {k: v for k, v in config.record().items() if k != "known"},
                "seed": seed,
                "data_fingerprint": manifest.fingerprint,
                "others": {name: len(works) for name, works in (others or {}).items()},
            },
            resume=resume,
        )
    L.seed_everything(seed, workers=True, verbose=False)
    manifest.save(out / "manifest.json")
    sets = validation_sets(corpus, manifest)
    module = NoteModule(config, recipe, tuple(sets))
    if initial is not None:
        begin_with(module.network, initial)
    if module.network.seams is not None and (initial is None or initial.seams is None):
        begin_with_joins(module.network.seams)
    train_part = [corpus[index] for index in indices_by_part(corpus)["train"]]
    sources = [Source(train_part), *map(Source, (others or {}).values())]
    return fit(
        module,
        NoteData(sources, sets, recipe, seed, workers),
        out,
        epochs=recipe.epochs,
        average=recipe.average,
        clip_gradient=recipe.clip_gradient,
        device=device,
        devices=devices,
        precision=precision,
        resume=resume,
        minutes=minutes,
        tensorboard=tensorboard,
        progress=progress,
    )
