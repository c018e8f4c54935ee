"""A mean over training seeds that were tested on the same patients: an interval that counts both kinds of chance.

Another training gives another value, and so do other test patients. Seeds are like the readers of a study in which all
readers see the same cases (Obuchowski and Rockette 1995). The variance over seeds s^2 holds the chance of training, and
the part of the patients' chance that differs from seed to seed. The mean covariance c between seeds is the part that
all seeds share. The variance of the mean of S seeds is s^2 / S + c. Adding the whole sampling variance would count the
first part twice. Leaving c out takes the test patients for all patients.

The two parts have different degrees of freedom, S - 1 and many, so their limits are joined in squares (MOVER; Zou and
Donner 2008): m +- sqrt(t^2 s^2 / S + z^2 c), with the quantile t of Student's distribution for S - 1 degrees of freedom
and z of the normal (or of Student's with the patients' degrees of freedom, where few have a finding).

N. Obuchowski, H. Rockette, Communications in Statistics - Simulation 24, 1995. G. Zou, A. Donner, Statistics in
Medicine 27, 2008. Simulated error rates: docs/statistics.md.
"""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

_SMALLEST_P = 1e-12


@dataclass(frozen=True)
class SeedPatientMean:
    """A mean over seeds and its two kinds of chance.

    Attributes:
        mean: Mean over seeds.
        seeds: Number of seeds S.
        seed_variance: s^2, variance over seeds; NaN for one seed.
        shared_variance: c, mean covariance between seeds over patients, cut at 0. For one seed, its whole variance over
            patients.
        patient_degrees: Degrees of freedom of the patients' part; few where few patients have a finding.
    """

    mean: float
    seeds: int
    seed_variance: float
    shared_variance: float
    patient_degrees: float = float("inf")

    def half_width(self, tail: float) -> float:
        """Distance from the mean to the limit that leaves a probability `tail` on its side; NaN for one seed."""
        if self.seeds < 2 or not np.isfinite(self.shared_variance):
            return float("nan")
        t, z = stats.t.isf(tail, self.seeds - 1), stats.t.isf(tail, self.patient_degrees)
        return float(np.sqrt(t**2 * self.seed_variance / self.seeds + z**2 * self.shared_variance))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Two-sided interval; NaN for one seed."""
        half = self.half_width((1 - level) / 2)
        return self.mean - half, self.mean + half

    def p_below(self, limit: float) -> float:
        """One-sided p-value of "the true mean is at or above `limit`": small when it is shown to be below."""
        return self._p(limit - self.mean)

    def p_above(self, limit: float) -> float:
        """One-sided p-value of "the true mean is at or below `limit`": small when it is shown to be above."""
        return self._p(self.mean - limit)

    def _p(self, distance: float) -> float:
        """The tail at which the limit lies `distance` from the mean; above one half for a negative distance."""
        if not np.isfinite(self.half_width(0.05)):
            return float("nan")
        if distance == 0 or self.half_width(0.05) == 0:
            return 0.5 if distance == 0 else float(distance < 0)
        if self.half_width(_SMALLEST_P) <= abs(distance):
            tail = _SMALLEST_P
        else:
            tail = optimize.brentq(lambda one: self.half_width(one) - abs(distance), _SMALLEST_P, 0.5)
        return float(tail if distance > 0 else 1 - tail)

    def detectable(self, power: float = 0.8, alpha: float = 0.05) -> float:
        """The smallest true difference that a one-sided test at `alpha` finds with this power; NaN for one seed."""
        return self.half_width(alpha) + self.half_width(1 - power)


def seed_patient_mean(
    values: np.ndarray, covariance: np.ndarray, patient_degrees: float = float("inf")
) -> SeedPatientMean:
    """The mean of one value for each seed.

    Args:
        values: [S], one for each seed.
        covariance: [S, S], their covariance over patients, given the trained networks.
        patient_degrees: Degrees of freedom of that covariance.

    Raises:
        ValueError: The shapes differ.
    """
    values, covariance = np.asarray(values, np.float64), np.asarray(covariance, np.float64)
    seeds = len(values)
    if covariance.shape != (seeds, seeds) or not seeds:
        raise ValueError(f"expected S values and their covariance [S, S]. Received: {values.shape}, {covariance.shape}")
    if seeds == 1:
        return SeedPatientMean(float(values[0]), 1, float("nan"), float(covariance[0, 0]), patient_degrees)
    shared = float(np.maximum((covariance.sum() - np.trace(covariance)) / (seeds * (seeds - 1)), 0))
    return SeedPatientMean(float(values.mean()), seeds, float(values.var(ddof=1)), shared, patient_degrees)
