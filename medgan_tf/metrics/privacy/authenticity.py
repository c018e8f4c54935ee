"""Authenticity: the distance of an image to the nearest real one, relative to distances between real images.

A. Alaa et al., How faithful is your synthetic data?, ICML 2022: a synthetic image is authentic when it is farther from
its nearest real image than that is from the next real one. Here the next real one is of another patient, because two
images of one patient are alike without any copying.

Training and held-out images stand in one pool. So every image has one nearest real image and one scale, whatever the
numbers of training and held-out images are, and `data_copying` can ask which of the two sets it belongs to.
"""

from dataclasses import dataclass, replace

import numpy as np

from medgan_tf.metrics.neighbours import nearest

_FIRST_LOOK = 4
# Cosine distances of float32 features are not more exact than this: nearer ones count as equal.
_ROUNDING = 1e-7
# Two equal images of two patients leave no distance to compare with. No scale counts as smaller than this part of the
# median one, else a copy of such an image would look authentic.
_SMALLEST_SCALE = 0.1
_NO_DISTANCE = 1e-12


@dataclass(frozen=True)
class Places:
    """The position of images among real ones.

    Attributes:
        row: int64 [M], the nearest real image.
        distance: float64 [M], cosine distance to it.
        relative: float64 [M], the distance divided by the distance between that real image and the nearest one of
            another patient. An image with a value below 1 is not authentic.
        ratio: float64 [M], the distance divided by that to the nearest image of another patient: small if the image
            points to one patient.
        trained: float64 [M], the share of training images among the nearest real images: 0 or 1, and between where
            several are equally near.
        mirrored: bool [M], whether the mirrored image is the nearer one.
    """

    row: np.ndarray
    distance: np.ndarray
    relative: np.ndarray
    ratio: np.ndarray
    trained: np.ndarray
    mirrored: np.ndarray

    def or_mirrored(self, other: "Places") -> "Places":
        """These places, or those of the mirrored images where they are relatively nearer."""
        nearer = other.relative < self.relative
        names = ("row", "distance", "relative", "ratio", "trained")
        chosen = {name: np.where(nearer, getattr(other, name), getattr(self, name)) for name in names}
        return replace(self, **chosen, mirrored=nearer)


class RealPool:
    """Training and held-out images together, and how far each is from the nearest of another patient.

    Args:
        features: [N, D].
        patients: int [N], their patients as numbers.
        trained: bool [N], which are training images.

    Raises:
        ValueError: All images are of one patient.
    """

    def __init__(self, features: np.ndarray, patients: np.ndarray, trained: np.ndarray):
        self.features, self.patients, self.trained = features, np.asarray(patients), np.asarray(trained, bool)
        if len(np.unique(self.patients)) == 1:
            raise ValueError("expected images of at least two patients. Received: one")
        self._scale = np.full(len(features), np.nan)

    def __len__(self) -> int:
        return len(self.features)

    def take(self, rows: np.ndarray) -> "RealPool":
        """A pool of some of the images."""
        return RealPool(self.features[rows], self.patients[rows], self.trained[rows])

    def scale(self, rows: np.ndarray) -> np.ndarray:
        """Distance of real images to the nearest one of another patient, float64, computed when first asked for.

        No distance counts as smaller than a tenth of the median of all that are known.
        """
        open_rows = np.unique(rows[np.isnan(self._scale[rows])])
        if len(open_rows):
            _, other = self._first_and_other(self.features[open_rows], self.patients[open_rows])
            self._scale[open_rows] = other
        return np.maximum(self._scale[rows], max(_SMALLEST_SCALE * float(np.nanmedian(self._scale)), _NO_DISTANCE))

    def place(self, features: np.ndarray) -> Places:
        """Finds the position of images [M, D] among the real ones."""
        first, other = self._first_and_other(features)
        row, distance = first.index[:, 0], first.distance[:, 0]
        tied = first.distance <= distance[:, None] * (1 + _ROUNDING) + _ROUNDING
        trained = (tied * self.trained[first.index]).sum(axis=1) / tied.sum(axis=1)
        ratio = distance / np.maximum(other, _NO_DISTANCE)
        return Places(row, distance, distance / self.scale(row), ratio, trained, np.zeros(len(row), bool))

    def _first_and_other(self, features: np.ndarray, own: np.ndarray | None = None):
        """The first neighbours of each image, and its distance to the nearest one of another patient.

        The other patient is another than `own` [M], or than that of the nearest image.
        """
        first, other = None, np.empty(len(features))
        open_rows, count = np.arange(len(features)), _FIRST_LOOK
        while len(open_rows):
            count = min(count, len(self.features))
            found = nearest(features[open_rows], self.features, count)
            first = first or found
            patients = self.patients[found.index]
            is_other = patients != (patients[:, :1] if own is None else own[open_rows, None])
            done = is_other.any(axis=1)
            other[open_rows[done]] = found.distance[done, is_other[done].argmax(axis=1)]
            open_rows, count = open_rows[~done], 4 * count
        return first, other
