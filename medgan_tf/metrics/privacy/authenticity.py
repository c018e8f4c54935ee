"""Authenticity: the distance of an image to the nearest real one, relative to distances between real images.

A. Alaa et al., How faithful is your synthetic data?, ICML 2022: a synthetic image is authentic when it is farther from
its nearest real image than that is from the next real one. Here the next real one is of another patient, because two
images of one patient are alike without any copying.
"""

from dataclasses import dataclass, replace

import numpy as np
from statsmodels.stats.proportion import confint_proportions_2indep

from medgan_tf.metrics.bootstrap import Interval, patient_numbers, percentile_interval
from medgan_tf.metrics.neighbours import nearest
from medgan_tf.metrics.streams import stream

_FIRST_LOOK = 4
# Real images may coincide; a distance is never divided by less.
_SMALLEST_SCALE = 1e-9


@dataclass(frozen=True)
class RelativeDistances:
    """The position of images among real ones.

    Attributes:
        row: int64 [M], the nearest real image.
        distance: float64 [M], cosine distance to it.
        relative: float64 [M], the distance divided by the distance between that real image and the nearest one of
            another patient. An image with a value below 1 is not authentic.
        mirrored: bool [M], whether the mirrored image is nearer.
    """

    row: np.ndarray
    distance: np.ndarray
    relative: np.ndarray
    mirrored: np.ndarray


class RealScale:
    """Real images and how far each is from the nearest of another patient.

    Args:
        features: [N, D].
        patients: str [N]; images with the empty name count as patients of their own.

    Raises:
        ValueError: All images are of one patient.
    """

    def __init__(self, features: np.ndarray, patients: np.ndarray):
        self.features = features
        self.patients = patient_numbers(patients)
        if self.patients.max() == 0:
            raise ValueError("expected images of at least two patients. Received: one")
        self._scale = np.full(len(features), np.nan)

    def scale(self, rows: np.ndarray) -> np.ndarray:
        """Distance of real images to the nearest one of another patient, float64, computed when first asked for."""
        open_rows, count = np.unique(rows[np.isnan(self._scale[rows])]), _FIRST_LOOK
        while len(open_rows):
            count = min(count, len(self.features))
            found = nearest(self.features[open_rows], self.features, count)
            other = self.patients[found.index] != self.patients[open_rows, None]
            done = other.any(axis=1)
            first = other[done].argmax(axis=1)
            self._scale[open_rows[done]] = found.distance[done, first]
            open_rows, count = open_rows[~done], 4 * count
        return np.maximum(self._scale[rows], _SMALLEST_SCALE)

    def singling_out(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Ratio of each image's distance to the nearest patient to that to the next patient: small if it points to one.

        Args:
            features: [M, D].

        Returns:
            int64 [M], the nearest real image, and float64 [M], the ratio, 0..1.
        """
        row, ratio = np.empty(len(features), np.int64), np.empty(len(features))
        open_rows, count = np.arange(len(features)), _FIRST_LOOK
        while len(open_rows):
            count = min(count, len(self.features))
            found = nearest(features[open_rows], self.features, count)
            patients = self.patients[found.index]
            other = patients != patients[:, :1]
            done = other.any(axis=1)
            rows, next_patient = open_rows[done], other[done].argmax(axis=1)
            row[rows] = found.index[done, 0]
            ratio[rows] = found.distance[done, 0] / np.maximum(found.distance[done, next_patient], _SMALLEST_SCALE)
            open_rows, count = open_rows[~done], 4 * count
        return row, ratio

    def place(self, features: np.ndarray, mirrored: np.ndarray | None = None) -> RelativeDistances:
        """Finds the position of images among the real ones.

        Args:
            features: [M, D].
            mirrored: Features of the mirrored images. They count where they are relatively nearer.
        """
        found = self._placed(features)
        if mirrored is None:
            return found
        other = self._placed(mirrored)
        nearer = other.relative < found.relative
        row, distance, relative = (
            np.where(nearer, getattr(other, name), getattr(found, name)) for name in ("row", "distance", "relative")
        )
        return RelativeDistances(row, distance, relative, nearer)

    def _placed(self, features: np.ndarray) -> RelativeDistances:
        found = nearest(features, self.features)
        row, distance = found.index[:, 0], found.distance[:, 0]
        return RelativeDistances(row, distance, distance / self.scale(row), np.zeros(len(row), bool))


def excess_interval(
    hits: np.ndarray,
    patients: np.ndarray,
    control_hits: np.ndarray,
    control_patients: np.ndarray,
    seed: int,
    draws: int = 2000,
    level: float = 0.95,
) -> tuple[float, Interval]:
    """Difference of two shares of images that hit a real one, with an interval over the patients that were hit.

    Whether an image is hit depends on which patients happen to be in a set. So patients are resampled, each with all
    images that hit them. Near a share of 0 or 1 such an interval is too narrow; at 0 it has no width at all. So the
    interval reaches at least as far as that for two independent shares (Newcombe 1998, method 10).

    Args:
        hits: bool [M], which images hit an image of one real set.
        patients: Patient of the nearest real image of each, [M].
        control_hits, control_patients: The same or other images against the control set.
        seed, draws: Seed and number of the bootstrap draws.
        level: Coverage of the interval.
    """
    value = float(np.mean(hits) - np.mean(control_hits))
    random = stream(seed, "bootstrap over the patients that are hit")
    first, second = (
        _resampled_share(*pair, draws, random) for pair in ((hits, patients), (control_hits, control_patients))
    )
    drawn = percentile_interval(first - second, level)
    low, high = confint_proportions_2indep(
        np.count_nonzero(hits), len(hits), np.count_nonzero(control_hits), len(control_hits),
        method="newcomb", alpha=1 - level,
    )  # fmt: skip
    return value, replace(drawn, low=min(drawn.low, float(low)), high=max(drawn.high, float(high)))


def _resampled_share(hits: np.ndarray, patients: np.ndarray, draws: int, random: np.random.Generator) -> np.ndarray:
    """Shares over resamples of the patients, [draws]."""
    numbers = patient_numbers(patients)
    hit, all_images = np.bincount(numbers, weights=np.asarray(hits, float)), np.bincount(numbers)
    shares = []
    for start in range(0, draws, 256):
        rows = min(256, draws - start)
        weights = random.multinomial(len(hit), np.full(len(hit), 1 / len(hit)), size=rows)
        shares.append(weights @ hit / (weights @ all_images))
    return np.concatenate(shares)
