"""From a checkpoint to weights that ship: averaged, calibrated on validation, in half precision."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from musecritic import __version__
from musecritic.corpora.corpus import Corpus
from musecritic.corpora.draw import Manifest
from musecritic.critic.checkpoint import Card, save
from musecritic.critic.evaluation.calibration import calibrate
from musecritic.critic.inference import Critic
from musecritic.critic.network import Config, Network
from musecritic.critic.testset import seed_test_set
from musecritic.critic.training.recipe import Recipe
from musecritic.training.fit import trained_state


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
    state, length = trained_state(checkpoint)
    network = Network(config)
    network.load_state_dict(state)
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
            **length,
            "seed": manifest.seed,
            "corpus": corpus.name,
            "data_fingerprint": manifest.fingerprint,
            "initial": None
            if initial is None
            else initial.model() | {"training": initial.training},
        },
    )
    return save(network, card, folder)
