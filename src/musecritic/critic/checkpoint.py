"""The critic's trained weights and their card; how they stand on disk is `weights_file`'s."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from musecritic import weights_file
from musecritic.critic.network import Config, Network
from musecritic.critic.note_transformer import NoteConfig, NoteTransformer

DEFAULT = "notes"  # the shipped model that is taken where none is named
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
    tail, clip_tail
        How suspicious clean notes and clean clips look, see `musecritic.critic.tail`; empty for
        networks that do not judge notes.
    far
        The distance from which a clip is far from all known music, see
        `musecritic.critic.density`; None where no density was fitted.
    sha256
        Of the safetensors file.
    training
        Where the weights come from: recipe, epochs, steps, seed, data fingerprint, and the same
        of what they began with.
    """

    name: str
    version: str
    config: Config | NoteConfig
    temperature: float = 1.0
    threshold: float = 0.5
    tail: tuple[float, ...] = ()
    clip_tail: tuple[float, ...] = ()
    far: float | None = None
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


def save(network: Network | NoteTransformer, card: Card, folder: Path) -> Card:
    """Write ``NAME.safetensors`` and ``NAME.json``; return the card with its sha256."""
    record = {**asdict(card), "config": card.config.record()}
    sha256 = weights_file.write(network, record, folder / f"{card.name}.safetensors")
    return replace(card, sha256=sha256)


def shipped() -> list[str]:
    """Return the names of the models in the package."""
    return weights_file.names_in(SHIPPED)


def load(name: str | Path) -> tuple[Network | NoteTransformer, Card]:
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
        # The kinds of damage are named where there are notes to name them for.
        over_notes = "kinds" in record["config"]
        kind = NoteConfig if over_notes else Config
        tails = {name: tuple(record.get(name, ())) for name in ("tail", "clip_tail")}
        card = Card(**{**record, **tails, "config": kind.from_record(record["config"])})
        network = untrained(card.config)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise weights_file.damaged_card(path, error) from error
    weights_file.read_into(network, path, card.sha256)
    return network.eval(), card


def untrained(config: Config | NoteConfig) -> Network | NoteTransformer:
    """Return a network of this configuration, as chance makes it."""
    return NoteTransformer(config) if isinstance(config, NoteConfig) else Network(config)
