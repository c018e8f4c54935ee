"""Predictions of classifiers of one seed on the real test fold, and whether two of them are about the same images."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from medgan_tf.classification.predictions import Predictions
from medgan_tf.errors import DataError


@dataclass(frozen=True)
class SeedScores:
    """Predictions of one seed's classifiers on the real test fold.

    Attributes:
        seed: The seed.
        predictions: Predictions by condition name; `real` and `synthetic` are always there.
        sha256: SHA-256 of the predictions files, by condition name.
        network: The network of all its classifiers, as they name it; None where no result says it.
        topped_up: Images that arms of rare combinations got, by condition name.
    """

    seed: int
    predictions: dict[str, Predictions]
    sha256: dict[str, str]
    topped_up: dict[str, dict[str, int]] = field(default_factory=dict)
    network: str | None = None


def check_same_test(first: Predictions, second: Predictions, path: Path) -> None:
    """Raises `DataError` unless both tested the same images with the same labels."""
    if first.label_names != second.label_names:
        raise DataError(
            f"{path} has the labels {', '.join(second.label_names)}; the real classifier has "
            f"{', '.join(first.label_names)}; train it again"
        )
    same = np.array_equal(first.image_ids, second.image_ids) and np.array_equal(first.truth, second.truth)
    if not same:
        raise DataError(f"{path} was tested on other images than the real classifier; train it again")
