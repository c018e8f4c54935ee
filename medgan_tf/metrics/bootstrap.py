"""Bootstrap over patients: a patient is drawn with all of their images, because images of one patient are alike.

B. Efron, R. Tibshirani, An Introduction to the Bootstrap, 1993 (percentile interval).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from medgan_tf.metrics.streams import stream

_DRAWS_AT_A_TIME = 256


@dataclass(frozen=True)
class Interval:
    """A percentile interval.

    Attributes:
        low, high: Its ends; NaN when fewer than half of the draws have a value.
        level: Its coverage, e.g. 0.95.
        draws: Bootstrap draws.
        undefined: Draws without a value, e.g. because no positive patient was drawn.
    """

    low: float
    high: float
    level: float
    draws: int
    undefined: int


def patient_weights(patients: np.ndarray, draws: int, seed: int) -> Iterator[np.ndarray]:
    """Number of times that each image is drawn when P of the P patients are drawn with replacement.

    Args:
        patients: str [N]; images with the empty name count as patients of their own.
        draws: Number of bootstrap draws.
        seed: Seed of the draws: the same seed and patients give the same draws, so that two classifiers tested on the
            same images are compared on the same resamples.

    Yields:
        float64 [b, N] with b at most 256, `draws` rows in all.
    """
    groups = patient_numbers(patients)
    count = int(groups.max()) + 1
    random = stream(seed, "bootstrap over patients")
    for start in range(0, draws, _DRAWS_AT_A_TIME):
        rows = min(_DRAWS_AT_A_TIME, draws - start)
        yield random.multinomial(count, np.full(count, 1 / count), size=rows)[:, groups].astype(np.float64)


def patient_numbers(patients: np.ndarray) -> np.ndarray:
    """Patients as numbers 0 .. P - 1, int64 [N]; each image with the empty name gets a number of its own."""
    patients = np.asarray(patients)
    if not len(patients):
        raise ValueError("expected at least one image. Received: none")
    known = patients != ""
    _, numbers = np.unique(patients[known], return_inverse=True)
    groups = np.zeros(len(patients), np.int64)
    groups[known] = numbers
    first = numbers.max() + 1 if known.any() else 0
    groups[~known] = np.arange(first, first + np.count_nonzero(~known))
    return groups


def percentile_interval(samples: np.ndarray, level: float = 0.95) -> Interval:
    """The middle `level` of bootstrap values [B]."""
    finite = samples[np.isfinite(samples)]
    undefined = len(samples) - len(finite)
    if len(finite) * 2 < len(samples) or not len(finite):
        return Interval(float("nan"), float("nan"), level, len(samples), undefined)
    low, high = np.quantile(finite, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high), level, len(samples), undefined)
