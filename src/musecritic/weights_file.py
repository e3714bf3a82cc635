"""Trained weights on disk: safetensors, and beside them a card of plain JSON.

Nothing is unpickled. The weights are stored in half precision; the card carries the network's
configuration, the calibration, and the sha256 of the weights, which is checked on loading.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, float16, nn

from musecritic.errors import BadWeights
from musecritic.files import replacing

_FOR_TRAINING = "num_batches_tracked"  # what ends so is of use to training alone


def names_in(folder: Path) -> list[str]:
    """Return the names of the models in a folder."""
    return sorted(path.stem for path in folder.glob("*.safetensors"))


def write(network: nn.Module, record: dict[str, Any], path: Path) -> str:
    """Write weights and their card, and return the weights' sha256.

    Parameters
    ----------
    network
        Its weights are stored in half precision.
    record
        The card, to which "sha256" is added.
    path
        Ends in ``.safetensors``; the card goes beside it, into ``.json``.
    """
    tensors = {
        key: value.detach().cpu().contiguous().to(float16)
        for key, value in network.state_dict().items()
        if not key.endswith(_FOR_TRAINING)
    }
    data = save_tensors(tensors)
    record = {**record, "sha256": hashlib.sha256(data).hexdigest()}
    with replacing(path) as temporary:
        temporary.write_bytes(data)
    with replacing(path.with_suffix(".json")) as temporary:
        temporary.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return str(record["sha256"])


def find(name: str | Path, shipped: Path) -> Path:
    """Return the file of a model of the package, by its name, or of any other, by its path.

    Raises
    ------
    BadWeights
        There is no such model.
    """
    path = shipped / f"{name}.safetensors" if str(name) in names_in(shipped) else Path(name)
    if not path.is_file():
        raise BadWeights(
            f"there is no model {str(name)!r}. In the package: "
            f"{', '.join(names_in(shipped)) or 'none'}; otherwise give the path of a .safetensors "
            "file."
        )
    return path


def read_card(path: Path) -> dict[str, Any]:
    """Return the card beside a file of weights, its "config" as a record.

    Raises
    ------
    BadWeights
        It is missing or damaged.
    """
    try:
        record = json.loads(path.with_suffix(".json").read_text("utf-8"))
        if not isinstance(record, dict) or not isinstance(record["config"], dict):
            raise TypeError("it is no record with a configuration")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise damaged_card(path, error) from error
    return record


def damaged_card(path: Path, error: Exception) -> BadWeights:
    """Say that the card beside a file of weights cannot be used, and why."""
    return BadWeights(
        f"{path}: its card {path.with_suffix('.json').name} is missing or damaged ({error}). "
        "Keep the two files together as they were written."
    )


def read_into(network: nn.Module, path: Path, sha256: str) -> None:
    """Fill a network with the weights of a file.

    Raises
    ------
    BadWeights
        The file was altered since its card was written, or is of another network.
    """
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise BadWeights(f"{path}: its sha256 is not the card's. Fetch or export it again.")
    try:
        tensors: dict[str, Tensor] = {key: t.float() for key, t in load_tensors(data).items()}
        wrong = network.load_state_dict(tensors, strict=False)
        lacking = [key for key in wrong.missing_keys if not key.endswith(_FOR_TRAINING)]
        if lacking or wrong.unexpected_keys:
            raise RuntimeError(f"lacks {lacking}, has {wrong.unexpected_keys} too many")
    except Exception as error:  # safetensors and torch raise many kinds; all mean the same here
        raise BadWeights(f"{path}: does not fit its network ({error}).") from error
