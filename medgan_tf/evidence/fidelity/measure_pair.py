"""A distance to the real images over seeds, and the difference between two generators in it.

Result files keep the error of each value, and not how the errors of two generators go together, although both were
measured against the same real images. So the error of a difference is taken as large as it can be: the sum of the two
(their correlation is -1). A difference that is shown in this way is shown whatever the correlation is. The spread of
the differences over seeds, which is the chance of training, is joined with it in squares (see `metrics.seed_patient`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from medgan_tf.metrics.seed_patient import SeedPatientMean


@dataclass(frozen=True)
class Measured:
    """A value of one seed.

    Attributes:
        value: The value.
        standard_error: Its error over patients and synthetic images.
        degrees: Degrees of freedom of that error.
    """

    value: float
    standard_error: float
    degrees: float


def fidelity_difference(first: Sequence[Measured], second: Sequence[Measured]) -> SeedPatientMean:
    """The value of the first less that of the second, mean over seeds.

    Args:
        first, second: One entry for each of S seeds, S >= 1, measured in the same way seed by seed. With one seed the
            chance of training is not known, and the difference speaks for these two sets of images.
    """
    differences = np.array([one.value - other.value for one, other in zip(first, second, strict=True)])
    largest = np.array([one.standard_error + other.standard_error for one, other in zip(first, second, strict=True)])
    return _over_seeds(differences, largest, min(entry.degrees for entry in (*first, *second)))


def fidelity_mean(seeds: Sequence[Measured]) -> SeedPatientMean:
    """The mean value of one generator over seeds, S >= 1. The errors of all seeds are taken as one and the same."""
    values, errors = ([getattr(entry, name) for entry in seeds] for name in ("value", "standard_error"))
    return _over_seeds(np.array(values), np.array(errors), min(entry.degrees for entry in seeds))


def _over_seeds(values: np.ndarray, errors: np.ndarray, degrees: float) -> SeedPatientMean:
    several = len(values) > 1
    return SeedPatientMean(
        mean=float(values.mean()),
        # One seed: a seeds' part of 0 leaves the patients' part alone.
        seeds=len(values) if several else 2,
        seed_variance=float(values.var(ddof=1)) if several else 0.0,
        shared_variance=float(np.square(errors).mean()),
        patient_degrees=degrees,
    )
