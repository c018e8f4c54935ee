"""The images that a classifier is trained and validated on."""

from dataclasses import dataclass

import numpy as np

from medgan_tf.classification.batches import Augmentation
from medgan_tf.errors import DataError


@dataclass(frozen=True)
class Examples:
    """Images uint8 [N, R, R, 1] with labels float32 [N, L]."""

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True)
class TrainingSet:
    """Training and validation images of one kind, and how training images are varied.

    Attributes:
        train, valid: The images.
        augmentation: How training images are varied.
        images_in_epoch: Images that count as one epoch where it is not the number of training images.

    Raises:
        DataError: Nothing to train on, or no label of the validation images occurs both ways, so that no validation AUC
            exists.
    """

    train: Examples
    valid: Examples
    augmentation: Augmentation
    images_in_epoch: int | None = None

    @property
    def epoch_images(self) -> int:
        """Images that count as one epoch; a smaller set comes several times in it."""
        return self.images_in_epoch or len(self.train)

    def __post_init__(self) -> None:
        if not len(self.train):
            raise DataError("the classifier has no training images")
        if not len(self.valid):
            raise DataError("the classifier has no validation images")
        present, absent = self.valid.labels.max(axis=0) > 0.5, self.valid.labels.min(axis=0) < 0.5
        if not (present & absent).any():
            raise DataError(
                f"none of the {self.valid.labels.shape[1]} labels is both present and absent among the "
                f"{len(self.valid)} validation images, so there is no validation AUC to stop by; use more images"
            )
