"""The hash of the generator in a released folder, computed from its files without TensorFlow."""

from pathlib import Path
from typing import Any

import numpy as np

from medgan_tf.errors import DataError
from medgan_tf.files.json_files import read_json
from medgan_tf.files.safetensors import read_safetensors
from medgan_tf.gans.exported.identity import network_sha256

FOLDER = "generator"
ARCHITECTURE, WEIGHTS = "architecture.json", "weights.safetensors"
CARDS = ("assets/generator.json", "generator.json")


def generator_identity(folder: Path) -> str:
    """What `Generator.sha256` says of the generator in a folder; "" where it has no weights and no card.

    Args:
        folder: The folder `generator`.

    Raises:
        DataError: A file cannot be read, or lacks what decides the images.
    """
    card = next((folder / name for name in CARDS if (folder / name).is_file()), None)
    if card is None or not all((folder / name).is_file() for name in (ARCHITECTURE, WEIGHTS)):
        return ""
    architecture = read_json(folder / ARCHITECTURE)
    arrays, _ = read_safetensors(folder / WEIGHTS)
    try:
        options = {key: float(value) if key == "level_of_detail" else value
                   for key, value in architecture["options"].items()}  # fmt: skip
        network = {"architecture": architecture["architecture"], "options": options}
        return network_sha256(network, _deciding(read_json(card)), arrays)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise DataError(f"{folder} is damaged: a value is missing or of another kind ({error})") from error


def _deciding(card: dict[str, Any]) -> list[Any]:
    """As `GeneratorCard.deciding`, which cannot be loaded without TensorFlow."""
    combinations = [
        [list(one["labels"]), np.asarray(one["vector"], np.float32).tolist(), int(one["train"])]
        for one in card["combinations"]
    ]
    return [list(card["label_names"]), int(card["resolution"]), int(card["latent_size"]), combinations]
