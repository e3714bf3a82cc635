"""MusicBrain's trained weights and their card; how they stand on disk is `weights_file`'s."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from math import isfinite
from pathlib import Path
from typing import Any

from musecritic import weights_file
from musecritic.brain.figure_network import FigureConfig, FigureNetwork
from musecritic.brain.network import Config, Network
from musecritic.brain.note_network import NoteConfig, NoteNetwork
from musecritic.brain.readers import AnyNetwork

SHIPPED = Path(__file__).parent.parent / "weights" / "brain"


@dataclass(frozen=True)
class Card:
    """What stands beside the weights.

    Attributes
    ----------
    name, version
        Of the model.
    takes
        "audio", "notes" or "figures": the kind of network.
    config
        Of the network; the labels of its heads among it.
    temperature
        Divides origin's logit of a piece, less `bias`, before the sigmoid, so that `p_ai` is
        calibrated.
    human_below, ai_above
        The `p_ai` below which a piece counts as a person's, and above which as a machine's.
    sha256
        Of the safetensors file.
    training
        Where the weights come from.
    bias
        Taken off origin's logit.
    """

    name: str
    version: str
    takes: str
    config: Config | NoteConfig | FigureConfig
    temperature: float = 1.0
    human_below: float = 0.5
    ai_above: float = 0.5
    sha256: str = ""
    training: dict[str, Any] = field(default_factory=dict)
    bias: float = 0.0

    def __post_init__(self) -> None:
        in_order = 0 <= self.human_below <= self.ai_above <= 1
        if not (self.temperature > 0 and isfinite(self.bias) and in_order):
            raise ValueError(
                f"temperature {self.temperature}, bias {self.bias}, thresholds "
                f"{self.human_below} and {self.ai_above} decide nothing"
            )

    def calibrated(self, logit: float) -> float:
        """Return origin's logit as it counts: `p_ai` is its sigmoid."""
        return (logit - self.bias) / self.temperature

    def model(self) -> dict[str, str]:
        """Return the ``"model"`` of a record: name, version, sha256."""
        return {"name": self.name, "version": self.version, "sha256": self.sha256}


def save(network: AnyNetwork, card: Card, folder: Path) -> Card:
    """Write ``NAME.safetensors`` and ``NAME.json``; return the card with its sha256."""
    record = {**asdict(card), "config": card.config.record()}
    sha256 = weights_file.write(network, record, folder / f"{card.name}.safetensors")
    return replace(card, sha256=sha256)


def load(name: str | Path) -> tuple[AnyNetwork, Card]:
    """Load a network and its card.

    Parameters
    ----------
    name
        A model of the package, or the path of a ``.safetensors`` file with its card beside it.

    Raises
    ------
    BadWeights
        Missing, altered, or not fitting the network.
    """
    path = weights_file.find(name, SHIPPED)
    record = weights_file.read_card(path)
    try:
        network = _network(record["takes"], record["config"])
        card = Card(**{**record, "config": network.config})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise weights_file.damaged_card(path, error) from error
    weights_file.read_into(network, path, card.sha256)
    return network.eval(), card


def sources_path(name: str | Path) -> Path:
    """Return where the index of sources of a model stands: beside its weights."""
    return weights_file.find(name, SHIPPED).with_suffix(".sources.npz")


def _network(takes: str, record: dict[str, Any]) -> AnyNetwork:
    if takes == "audio":
        return Network(Config.from_record(record))
    if takes == "notes":
        return NoteNetwork(NoteConfig.from_record(record))
    if takes == "figures":
        return FigureNetwork(FigureConfig.from_record(record))
    raise ValueError(f"there is no network that takes {takes}")
