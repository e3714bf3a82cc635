"""Trained weights on disk: safetensors, and beside them a card of plain JSON.

Nothing is unpickled. The weights are stored in half precision; the card carries the network's
configuration, the calibration, and the sha256 of the weights, which is checked on loading.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from musecritic.critic.network import Config, Network
from musecritic.errors import BadWeights
from musecritic.files import replacing

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

    def model(self) -> dict[str, str]:
        """Return the ``"model"`` of a record: name, version, sha256."""
        return {"name": self.name, "version": self.version, "sha256": self.sha256}


def save(network: Network, card: Card, folder: Path) -> Card:
    """Write ``NAME.safetensors`` and ``NAME.json``; return the card with its sha256."""
    tensors = {
        key: value.detach().cpu().contiguous().to(torch.float16)
        for key, value in network.state_dict().items()
        if not key.endswith("num_batches_tracked")  # of use to training alone
    }
    data = save_tensors(tensors)
    card = Card(**{**vars(card), "sha256": hashlib.sha256(data).hexdigest()})
    record = {**asdict(card), "config": card.config.record()}
    with replacing(folder / f"{card.name}.safetensors") as temporary:
        temporary.write_bytes(data)
    with replacing(folder / f"{card.name}.json") as temporary:
        temporary.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return card


def shipped() -> list[str]:
    """Return the names of the models in the package."""
    return sorted(path.stem for path in SHIPPED.glob("*.safetensors"))


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
    path = SHIPPED / f"{name}.safetensors" if str(name) in shipped() else Path(name)
    if not path.is_file():
        raise BadWeights(
            f"there is no model {str(name)!r}. In the package: {', '.join(shipped()) or 'none'}; "
            "otherwise give the path of a .safetensors file."
        )
    try:
        record = json.loads(path.with_suffix(".json").read_text("utf-8"))
        card = Card(**{**record, "config": Config.from_record(record["config"])})
        data = path.read_bytes()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadWeights(
            f"{path}: its card {path.with_suffix('.json').name} is missing or damaged ({error}). "
            "Keep the two files together as they were written."
        ) from error
    if hashlib.sha256(data).hexdigest() != card.sha256:
        raise BadWeights(f"{path}: its sha256 is not the card's. Fetch or export it again.")
    network = Network(card.config)
    try:
        tensors = {key: value.float() for key, value in load_tensors(data).items()}
        wrong = network.load_state_dict(tensors, strict=False)
        lacking = [key for key in wrong.missing_keys if not key.endswith("num_batches_tracked")]
        if lacking or wrong.unexpected_keys:
            raise RuntimeError(f"lacks {lacking}, has {wrong.unexpected_keys} too many")
    except Exception as error:  # safetensors and torch raise many kinds; all mean the same here
        raise BadWeights(f"{path}: does not fit its network ({error}).") from error
    return network.eval(), card
