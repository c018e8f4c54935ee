"""The card of a generator: what its label columns mean, its sizes, and the label combinations of its training set."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from medgan_tf.errors import DataError
from medgan_tf.saved_models.inspection import FILE
from medgan_tf.saved_models.object_inspection import CARD

_LARGEST = 64 * 2**20


@dataclass(frozen=True)
class Combination:
    """A label combination of the training set: positive labels, label vector float32 [L], number of training images."""

    labels: tuple[str, ...]
    vector: np.ndarray
    train: int


@dataclass(frozen=True)
class GeneratorCard:
    """A card.

    Attributes:
        label_names: L names.
        resolution: Side of the images, pixels.
        latent_size: Z, length of the noise.
        combinations: The label combinations of the training set.
        values: Everything on the card, as it was read.
    """

    label_names: tuple[str, ...]
    resolution: int
    latent_size: int
    combinations: tuple[Combination, ...]
    values: dict[str, Any] = field(repr=False)

    def deciding(self) -> list[Any]:
        """The part that decides which images are made for which labels, as JSON values."""
        combinations = [[list(one.labels), one.vector.tolist(), one.train] for one in self.combinations]
        return [list(self.label_names), self.resolution, self.latent_size, combinations]


def read_generator_card(folder: Path) -> GeneratorCard:
    """The card in a generator's folder. Raises `DataError` where there is no generator, or its card is damaged."""
    values = _read(folder)
    try:
        return GeneratorCard(
            tuple(values["label_names"]),
            int(values["resolution"]),
            int(values["latent_size"]),
            tuple(
                Combination(tuple(entry["labels"]), np.asarray(entry["vector"], np.float32), int(entry["train"]))
                for entry in values["combinations"]
            ),
            values,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"{folder}: {CARD} has a missing or wrong value ({error}); export the generator again"
        ) from error


def _read(folder: Path) -> dict[str, Any]:
    path = folder / "assets" / CARD
    if not (folder / FILE).is_file() or not path.is_file():
        raise DataError(
            f"no generator in {folder}: expected {FILE} and assets/{CARD}; "
            "`medgan-tf train` writes it into the run folder as generator/"
        )
    if path.stat().st_size > _LARGEST:
        raise DataError(f"{path} is larger than {_LARGEST >> 20} MB, so it is not a generator's card")
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is damaged: not JSON ({error})") from error
    if not isinstance(card, dict):
        raise DataError(f"{path} is damaged: expected a JSON object")
    return card
