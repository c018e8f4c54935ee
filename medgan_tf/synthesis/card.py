"""The card of a generator: what its label columns mean, its sizes, and the label combinations of its training set."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from medgan_tf.accounting.filed import checked_guarantee
from medgan_tf.accounting.guarantee import Guarantee
from medgan_tf.data.conditions.columns import Conditions
from medgan_tf.errors import DataError
from medgan_tf.files.json_files import read_json
from medgan_tf.files.plain_text import name_problem
from medgan_tf.gans.exported.weights import ARCHITECTURE, WEIGHTS, has_stored_generator
from medgan_tf.saved_models.inspection import FILE
from medgan_tf.saved_models.object_inspection import CARD

_LARGEST = 64 * 2**20


@dataclass(frozen=True)
class Combination:
    """A label combination of the training set.

    Attributes:
        labels: Its positive labels, and its sex, age band and view where the generator has conditions.
        vector: float32 [L + C].
        train: Number of training images, rounded; exact in generators of earlier versions. 0 where it is not told. Of
            a private training: its noisy number of patients.
        fewer_than: Where `train` is not told: there are fewer images or patients than this. Else 0.
    """

    labels: tuple[str, ...]
    vector: np.ndarray
    train: int
    fewer_than: int = 0


@dataclass(frozen=True)
class GeneratorCard:
    """A card.

    Attributes:
        label_names: L names of findings.
        conditions: The C columns of the label vectors that follow the findings; none for most generators.
        resolution: Side of the images, pixels.
        latent_size: Z, length of the noise.
        combinations: The label combinations of the training set.
        values: Everything on the card, as it was read.
        guarantee: That of a private training; None for any other.
    """

    label_names: tuple[str, ...]
    resolution: int
    latent_size: int
    combinations: tuple[Combination, ...]
    values: dict[str, Any] = field(repr=False)
    conditions: Conditions = Conditions()
    guarantee: Guarantee | None = None

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the L + C columns of a label vector."""
        return (*self.label_names, *self.conditions.names)

    def deciding(self) -> list[Any]:
        """The part that decides which images are made for which labels, as JSON values."""
        combinations = [[list(one.labels), one.vector.tolist(), one.train] for one in self.combinations]
        return [list(self.column_names), self.resolution, self.latent_size, combinations]


def read_generator_card(folder: Path) -> GeneratorCard:
    """The card in a generator's folder. Raises `DataError` where there is no generator, or its card is damaged."""
    values = _read(folder)
    try:
        conditions = Conditions.from_json(values.get("conditions", ()))
        return GeneratorCard(
            _findings(_label_names(values["label_names"]), conditions),
            int(values["resolution"]),
            int(values["latent_size"]),
            tuple(
                Combination(
                    tuple(entry["labels"]),
                    np.asarray(entry["vector"], np.float32),
                    int(entry["train"]),
                    int(entry.get("fewer_than", 0)),
                )
                for entry in values["combinations"]
            ),
            values,
            conditions,
            checked_guarantee(values["guarantee"]) if "guarantee" in values else None,
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise DataError(
            f"{folder}: {CARD} has a missing or wrong value ({error}); export the generator again"
        ) from error


def _read(folder: Path) -> dict[str, Any]:
    # In a released folder without a SavedModel it lies beside the weights.
    path = next((one for one in (folder / "assets" / CARD, folder / CARD) if one.is_file()), folder / "assets" / CARD)
    if not (has_stored_generator(folder) or (folder / FILE).is_file()) or not path.is_file():
        raise DataError(
            f"no generator in {folder}: expected {WEIGHTS} and {ARCHITECTURE}, or {FILE}, and assets/{CARD}; "
            "`medgan-tf train` writes it into the run folder as generator/"
        )
    return read_json(path, largest=_LARGEST, advice="export or copy the generator again")


def _label_names(names: Any) -> tuple[str, ...]:
    """Names of label columns, which are shown and stored wherever the generator is used."""
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise ValueError("label_names: expected a list of texts")
    if problem := next(filter(None, map(name_problem, names)), None):
        raise ValueError(f"label_names: {problem}")
    return tuple(names)


def _findings(columns: tuple[str, ...], conditions: Conditions) -> tuple[str, ...]:
    """The names of the columns without those of the conditions, which come last."""
    count = len(columns) - len(conditions.names)
    if count < 0 or columns[count:] != conditions.names:
        raise ValueError("conditions: they are not the last columns of label_names")
    return columns[:count]
