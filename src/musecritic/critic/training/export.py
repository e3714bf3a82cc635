"""From a checkpoint to weights that ship: averaged, calibrated on validation, in half precision."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import torch

from musecritic import __version__
from musecritic.corpora.corpus import Corpus
from musecritic.corpora.draw import Manifest
from musecritic.critic.checkpoint import Card, save
from musecritic.critic.evaluation.calibration import calibrate
from musecritic.critic.inference import Critic
from musecritic.critic.network import Config, Network
from musecritic.critic.testset import seed_test_set
from musecritic.critic.training.history import read_history, write_history
from musecritic.critic.training.recipe import Recipe
from musecritic.show.training_plot import plot_history

_PREFIX = "network."


def export(
    checkpoint: Path,
    name: str,
    config: Config,
    recipe: Recipe,
    corpus: Corpus,
    manifest: Manifest,
    folder: Path,
    initial: Card | None = None,
) -> Card:
    """Write ``folder/NAME.safetensors`` and its card from a checkpoint of `train`.

    Temperature and threshold are fitted on the manifest's validation part.

    Parameters
    ----------
    checkpoint
        A file of one's own training; Lightning's checkpoints are unpickled, so never one from
        elsewhere.
    initial
        Of the weights that the run began with.
    """
    state = torch.load(checkpoint, map_location="cpu", weights_only=False)
    network = Network(config)
    network.load_state_dict(
        {
            key.removeprefix(_PREFIX): value
            for key, value in state["state_dict"].items()
            if key.startswith(_PREFIX)
        }
    )
    network.half().float()  # judged as it will be stored
    card = Card(name, __version__, config)
    critic = Critic(network.eval(), card, device="cpu", precision="fp32")
    validation = seed_test_set(corpus, manifest, "validation")
    temperature, threshold = calibrate(
        critic.read(validation.real)[0],
        {kind: critic.read(n.rolls)[0] for kind, n in validation.kinds.items()},
    )
    card = Card(
        name,
        __version__,
        config,
        temperature,
        threshold,
        training={
            "recipe": asdict(recipe),
            "epochs": int(state["epoch"]) + 1,
            "steps": int(state["global_step"]),
            "seed": manifest.seed,
            "corpus": corpus.name,
            "data_fingerprint": manifest.fingerprint,
            "initial": None
            if initial is None
            else initial.model() | {"training": initial.training},
        },
    )
    return save(network, card, folder)


def write_curves(run: Path, title: str) -> None:
    """Write ``metrics.csv`` and ``curves.png`` of a run into its folder."""
    history = read_history(run)
    write_history(history, run / "metrics.csv")
    plot_history(history, run / "curves.png", title)
