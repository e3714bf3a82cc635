"""The critic's trained weights and their card; how they stand on disk is `weights_file`'s."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from musecritic import weights_file
from musecritic.critic.network import Config, Network

SHIPPED = Path(__file__).parent.parent / "weights" / "critic"


@dataclass(frozen=True)
class Card:
    """What stands beside the weights.

    Attributes
    ----------
    name, version
        Of the model.
    config
        Of the network.
    temperature
        Divides the logit before the sigmoid, so that `p_real` is a calibrated probability;
        fitted on validation clips.
    threshold
        The `p_real` from which a clip counts as real; fixed on validation clips.
    sha256
        Of the safetensors file.
    training
        Where the weights come from: recipe, epochs, steps, seed, data fingerprint, and the same
        of what they began with.
    """

    name: str
    version: str
    config: Config
    temperature: float = 1.0
    threshold: float = 0.5
    sha256: str = ""
    training: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (self.temperature > 0 and 0 <= self.threshold <= 1):
            raise ValueError(
                f"temperature {self.temperature} and threshold {self.threshold} decide nothing"
            )

    def model(self) -> dict[str, str]:
        """Return the ``"model"`` of a record: name, version, sha256."""
        return {"name": self.name, "version": self.version, "sha256": self.sha256}


def save(network: Network, card: Card, folder: Path) -> Card:
    """Write ``NAME.safetensors`` and ``NAME.json``; return the card with its sha256."""
    record = {**asdict(card), "config": card.config.record()}
    sha256 = weights_file.write(network, record, folder / f"{card.name}.safetensors")
    return replace(card, sha256=sha256)


def shipped() -> list[str]:
    """Return the names of the models in the package."""
    return weights_file.names_in(SHIPPED)


def load(name: str | Path) -> tuple[Network, Card]:
    """Load a network and its card.

    Parameters
    ----------
    name
        A model of the package ("crnn"), or the path of a ``.safetensors`` file with its card
        beside it.

    Raises
    ------
    BadWeights
        Missing, altered, or not fitting the network.
    """
    path = weights_file.find(name, SHIPPED)
    record = weights_file.read_card(path)
    try:
        card = Card(**{**record, "config": Config.from_record(record["config"])})
        network = Network(card.config)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise weights_file.damaged_card(path, error) from error
    weights_file.read_into(network, path, card.sha256)
    return network.eval(), card
