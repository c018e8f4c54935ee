"""A mean over training seeds that were tested on the same patients: an interval that counts both kinds of chance.

Another training gives another value, and so do other test patients. Seeds are like the readers of a study in which all
readers see the same cases (Obuchowski and Rockette 1995). The variance over seeds s^2 holds the chance of training, and
the part of the patients' chance that differs from seed to seed. The mean covariance c between seeds is the part that
all seeds share. The variance of the mean of S seeds is s^2 / S + c. Adding the whole sampling variance would count the
first part twice. Leaving c out takes the test patients for all patients.

The two parts have different degrees of freedom, S - 1 and many, so their limits are joined in squares (MOVER; Zou and
Donner 2008): m +- sqrt(t^2 s^2 / S + z^2 c), with the quantile t of Student's distribution for S - 1 degrees of freedom
and z of the normal (or of Student's with the patients' degrees of freedom, where few have a finding). For AUCs, whose
error is lopsided near 1, the patients' part z^2 c is replaced by the squares of two distances, see `auc_arms`.

N. Obuchowski, H. Rockette, Communications in Statistics - Simulation 24, 1995. G. Zou, A. Donner, Statistics in
Medicine 27, 2008. Simulated error rates: docs/statistics.md.
"""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from medgan_tf.metrics.auc_arms import AucArms

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
        arms: The AUCs whose weighted sum the mean is, with the covariance that all seeds share; they have the patients'
            part below and above the mean. Without them it is symmetric.
    """

    mean: float
    seeds: int
    seed_variance: float
    shared_variance: float
    patient_degrees: float = float("inf")
    arms: AucArms | None = None

    def distances(self, tail: float) -> tuple[float, float]:
        """How far the limits lie below and above the mean, each with a probability `tail` beyond; NaN for one seed."""
        if self.arms is None or self.seeds < 2 or not np.isfinite(self.shared_variance):
            return (self.half_width(tail),) * 2
        of_seeds = special.stdtrit(self.seeds - 1, tail) ** 2 * self.seed_variance / self.seeds
        below, above = (float(np.sqrt(of_seeds + part**2)) for part in self.arms.distances(tail))
        return below, above

    def half_width(self, tail: float) -> float:
        """The same where both distances are equal: for a normal patients' part."""
        if self.seeds < 2 or not np.isfinite(self.shared_variance):
            return float("nan")
        t, z = special.stdtrit(self.seeds - 1, tail), special.stdtrit(self.patient_degrees, tail)
        return float(np.sqrt(t**2 * self.seed_variance / self.seeds + z**2 * self.shared_variance))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Two-sided interval; NaN for one seed."""
        below, above = self.distances((1 - level) / 2)
        return self.mean - below, self.mean + above

    def p_below(self, limit: float) -> float:
        """One-sided p-value of "the true mean is at or above `limit`": small when it is shown to be below."""
        return self._p(limit - self.mean, upwards=True)

    def p_above(self, limit: float) -> float:
        """One-sided p-value of "the true mean is at or below `limit`": small when it is shown to be above."""
        return self._p(self.mean - limit, upwards=False)

    def _p(self, distance: float, upwards: bool) -> float:
        """The tail at which the limit lies `distance` from the mean; above one half for a negative distance."""
        # The limit on the other side of the mean is the other end of the interval.
        side = int(upwards == (distance >= 0))

        def reach(tail: float) -> float:
            return self.distances(tail)[side]

        if not np.isfinite(reach(0.05)):
            return float("nan")
        if distance == 0 or reach(0.05) == 0:
            return 0.5 if distance == 0 else float(distance < 0)
        if reach(_SMALLEST_P) <= abs(distance):
            tail = _SMALLEST_P
        elif reach(0.5) >= abs(distance):
            tail = 0.5
        else:
            tail = optimize.brentq(lambda one: reach(one) - abs(distance), _SMALLEST_P, 0.5)
        return float(tail if distance > 0 else 1 - tail)

    def detectable(self, power: float = 0.8, alpha: float = 0.05) -> float:
        """The smallest true difference that a one-sided test at `alpha` finds with this power; NaN for one seed."""
        return self.half_width(alpha) + self.half_width(1 - power)


def seed_patient_mean(
    values: np.ndarray,
    covariance: np.ndarray,
    patient_degrees: float = float("inf"),
    arms: AucArms | None = None,
) -> SeedPatientMean:
    """The mean of one value for each seed.

    Args:
        values: [S], one for each seed.
        covariance: [S, S], their covariance over patients, given the trained networks.
        patient_degrees: Degrees of freedom of that covariance.
        arms: See `SeedPatientMean`.

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
    return SeedPatientMean(float(values.mean()), seeds, float(values.var(ddof=1)), shared, patient_degrees, arms)
