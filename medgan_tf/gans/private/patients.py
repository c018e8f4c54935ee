"""The training images of a private run, in the order of the units that they belong to."""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf


@dataclass(frozen=True)
class Patients:
    """Images sorted by unit, in the memory of the host.

    Attributes:
        images: uint8 [N, R, R, 1].
        labels: float32 [N, L].
        starts: int64 [P + 1]: unit p has the images from starts[p] up to starts[p + 1].
    """

    images: tf.Tensor
    labels: tf.Tensor
    starts: tf.Tensor

    @classmethod
    def of(cls, images: np.ndarray, labels: np.ndarray, units: np.ndarray) -> "Patients":
        """Sorts images by unit; those of one unit keep their order.

        Args:
            images: uint8 [N, R, R, 1].
            labels: [N, L].
            units: str [N], the unit of each image; an image with "" is a unit of its own.

        Raises:
            ValueError: No images, images that are not uint8, or different lengths.
        """
        if images.dtype != np.uint8 or images.ndim != 4:
            raise ValueError(f"expected images uint8 [N, R, R, 1]. Received: {images.dtype} {list(images.shape)}")
        if not len(images) == len(labels) == len(units) or not len(images):
            found = f"{len(images)} images, {len(labels)} labels, {len(units)} units"
            raise ValueError(
                f"expected one label vector and one unit for each of at least one image. Received: {found}"
            )
        numbers = _unit_numbers(np.asarray(units))
        order = np.argsort(numbers, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(numbers))])
        if not np.array_equal(order, np.arange(len(order))):
            images, labels = images[order], labels[order]
        with tf.device("/CPU:0"):
            return cls(
                tf.constant(images), tf.constant(np.asarray(labels, np.float32)), tf.constant(starts.astype(np.int64))
            )

    @property
    def count(self) -> int:
        """Number of units P."""
        return self.starts.shape[0] - 1


def _unit_numbers(units: np.ndarray) -> np.ndarray:
    """The number of each image's unit, 0 .. P - 1: first the named ones by name, then the images without a name."""
    named = units != ""
    numbers = np.empty(len(units), np.int64)
    names, numbers[named] = np.unique(units[named], return_inverse=True)
    numbers[~named] = len(names) + np.arange(np.count_nonzero(~named))
    return numbers
