"""The critic's networks as they are trained: which recipe is whose, and what each run needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from musecritic.corpora.corpus import Corpus
from musecritic.corpora.draw import Manifest
from musecritic.critic.checkpoint import Card
from musecritic.critic.network import Network, network_config
from musecritic.critic.note_transformer import NoteConfig, NoteTransformer
from musecritic.critic.other_styles import trained_on_others, training_works
from musecritic.critic.training.export import export
from musecritic.critic.training.known_music import known_music
from musecritic.critic.training.note_examples import NAMES
from musecritic.critic.training.note_recipe import NOTE_RECIPES, NoteRecipe
from musecritic.critic.training.note_run import train_notes
from musecritic.critic.training.recipe import OWN_NETWORK, Recipe, recipe_named
from musecritic.critic.training.run import train
from musecritic.errors import BadInput, BadWeights

NOTES = "notes"  # the network over notes
_SEAMS: dict[str, Any] = {"seams": 128, "gaps": (2, 5)}

Begun = tuple[Network | NoteTransformer, Card]  # what a run begins with


class Trainee(Protocol):
    """A network, and the recipe that it is trained by."""

    @property
    def network(self) -> str:
        """Its name."""

    @property
    def recipe(self) -> Any:
        """A `Recipe` or a `NoteRecipe`."""

    def train(
        self,
        corpus: Corpus,
        manifest: Manifest,
        recipe: Any,
        out: Path,
        *,
        root: Path | None,
        initial: Network | NoteTransformer | None,
        reported: Mapping[str, Any],
        **run: Any,
    ) -> Path:
        """Train; return the best checkpoint. See `musecritic.critic.training.run.train`.

        `root` and `reported` are for the other corpora, where the recipe takes some.
        """

    def export(
        self,
        checkpoint: Path,
        recipe: Any,
        corpus: Corpus,
        manifest: Manifest,
        folder: Path,
        initial: Begun | None,
        *,
        keep: float,
        root: Path | None,
        reported: Mapping[str, Any],
    ) -> Card:
        """Write the weights that ship; see `musecritic.critic.training.export.export`."""


def trainee(network: str | None, recipe: str) -> Trainee:
    """Return what trains a network by a recipe, both by name; None for the recipe's own network.

    Raises
    ------
    UnknownName
        There is no such network or recipe.
    BadInput
        The recipe is of another kind of network.
    """
    if recipe in NOTE_RECIPES:
        if network not in (None, NOTES):
            raise BadInput(f"the recipe {recipe} is of the network {NOTES}, not of {network}.")
        return _Notes(NOTES, NOTE_RECIPES[recipe])
    if network == NOTES:
        raise BadInput(
            f"the recipe {recipe} is not of the network {NOTES}; its own are "
            f"{', '.join(NOTE_RECIPES)}."
        )
    return _Rolls(network or OWN_NETWORK.get(recipe, "crnn"), recipe_named(recipe))


@dataclass(frozen=True)
class _Rolls:
    network: str
    recipe: Recipe

    def train(
        self,
        corpus: Corpus,
        manifest: Manifest,
        recipe: Recipe,
        out: Path,
        *,
        root: Path | None,
        initial: Network | NoteTransformer | None,
        reported: Mapping[str, Any],
        **run: Any,
    ) -> Path:
        if isinstance(initial, NoteTransformer):
            raise BadWeights("the initial weights are of the network over notes, not over rolls.")
        config = network_config(self.network)
        return train(corpus, manifest, config, recipe, out, initial=initial, **run)

    def export(
        self,
        checkpoint: Path,
        recipe: Recipe,
        corpus: Corpus,
        manifest: Manifest,
        folder: Path,
        initial: Begun | None,
        *,
        keep: float,
        root: Path | None,
        reported: Mapping[str, Any],
    ) -> Card:
        return export(
            checkpoint,
            self.network,
            network_config(self.network),
            asdict(recipe),
            corpus,
            manifest,
            folder,
            initial,
            keep=keep,
        )


@dataclass(frozen=True)
class _Notes:
    network: str
    recipe: NoteRecipe

    def train(
        self,
        corpus: Corpus,
        manifest: Manifest,
        recipe: NoteRecipe,
        out: Path,
        *,
        root: Path | None,
        initial: Network | NoteTransformer | None,
        reported: Mapping[str, Any],
        **run: Any,
    ) -> Path:
        if initial is not None and not isinstance(initial, NoteTransformer):
            raise BadWeights("the initial weights are of a network over rolls, not over notes.")
        if recipe.part == "notes" and (initial is None or initial.seams is None):
            raise BadInput(
                "this recipe leaves the part that hears seams as it is, which has not learned yet. "
                "Train it first, --recipe seams, and name its weights with --initial."
            )
        others = training_works(root, seed=manifest.seed, **reported) if recipe.others else {}
        config = _config(None if initial is None else initial.config)
        return train_notes(
            corpus, manifest, config, recipe, out, others=others, initial=initial, **run
        )

    def export(
        self,
        checkpoint: Path,
        recipe: NoteRecipe,
        corpus: Corpus,
        manifest: Manifest,
        folder: Path,
        initial: Begun | None,
        *,
        keep: float,
        root: Path | None,
        reported: Mapping[str, Any],
    ) -> Card:
        before = {} if initial is None else initial[1].training
        met_others = bool(recipe.others) or trained_on_others(before)
        return export(
            checkpoint,
            self.network,
            _config(None if initial is None else initial[1].config),
            asdict(recipe),
            corpus,
            manifest,
            folder,
            initial,
            keep=keep,
            precision="auto",
            music=known_music(
                corpus,
                root,
                seed=manifest.seed,
                reported=reported if met_others else None,
            ),
        )


def _config(initial: object) -> NoteConfig:
    """Return what is trained: what it begins with, which must name the same kinds of damage."""
    if initial is None:
        return NoteConfig(NAMES, **_SEAMS)
    if not isinstance(initial, NoteConfig) or initial.kinds != NAMES:
        raise BadWeights("the initial weights name other kinds of damage than there are now.")
    return replace(initial, known=(), **_SEAMS)
