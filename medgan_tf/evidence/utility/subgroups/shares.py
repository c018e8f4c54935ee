"""A share of real and of synthetic images, e.g. of those with a finding, and the difference of the two.

Real images of one patient count together (`clustered_mean`); synthetic images are independent (Wilson 1927). The limits
of the difference are joined in squares (Newcombe 1998, method 10; Zou and Donner 2008).
"""

from dataclasses import dataclass

import numpy as np
from statsmodels.stats.proportion import proportion_confint

from medgan_tf.metrics.clustered_mean import clustered_mean


@dataclass(frozen=True)
class Share:
    """A share with its interval; NaN ends where there are fewer than 3 patients."""

    value: float
    low: float
    high: float


def real_share(members: np.ndarray, patients: np.ndarray, level: float) -> Share:
    """The share of real images, with its interval over patients.

    Args:
        members: bool [N].
        patients: str [N]; images with "" count as patients.
        level: Coverage of the interval.
    """
    found = clustered_mean(np.asarray(members, np.float64), patients, (0.0, 1.0), level)
    if 0 < found.value < 1 or found.patients < 3:
        return Share(found.value, found.low, found.high)
    # All patients or none: the exact bound of as many coins that fell alike, on one side.
    bound = float(((1 - level) / 2) ** (1 / found.patients))
    return Share(1.0, bound, 1.0) if found.value else Share(0.0, 0.0, 1 - bound)


def synthetic_share(count: int, images: int, level: float) -> Share:
    """The share of `count` of `images` synthetic images."""
    low, high = proportion_confint(count, images, 1 - level, "wilson")
    return Share(count / images, max(0.0, float(low)), min(1.0, float(high)))


def share_difference(synthetic: Share, real: Share) -> Share:
    """The synthetic less the real share; with intervals of one level, that of the difference has this level too."""
    value = synthetic.value - real.value
    below = np.hypot(synthetic.value - synthetic.low, real.high - real.value)
    above = np.hypot(synthetic.high - synthetic.value, real.value - real.low)
    return Share(value, float(value - below), float(value + above))
