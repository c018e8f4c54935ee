"""Is the gap below a stated margin, and which gap could n repeats have detected? By statsmodels.

No significant gap is not the same as no gap: with few repeats nothing is significant. The equivalence test turns the
question round, and the detectable gap says how blind the comparison was.

D. Schuirmann, A comparison of the two one-sided tests procedure, J. Pharmacokinet. Biopharm. 15, 1987.
"""

from dataclasses import dataclass

import numpy as np
from statsmodels.stats.power import TTestIndPower, TTestPower
from statsmodels.stats.weightstats import DescrStatsW

from medgan_tf.metrics.group_tests import has_spread


@dataclass(frozen=True)
class Equivalence:
    """Two one-sided t tests of the mean of paired differences against a margin.

    Attributes:
        margin: The largest difference that does not matter.
        p_below: p-value of the test that the mean is below +margin (non-inferiority).
        p_above: p-value of the test that the mean is above -margin.
        p: The larger of both, the p-value of the test that the mean lies within the margin.
    """

    margin: float
    p_below: float
    p_above: float

    @property
    def p(self) -> float:
        return max(self.p_below, self.p_above) if np.isfinite([self.p_below, self.p_above]).all() else float("nan")


def equivalence(differences: np.ndarray, margin: float) -> Equivalence:
    """TOST of paired differences [n], e.g. AUC_real - AUC_syn of n seeds.

    Args:
        differences: One for each repeat.
        margin: Above 0, in units of the differences.

    Returns:
        p-values; NaN for fewer than two repeats or differences without spread.
    """
    if margin <= 0:
        raise ValueError(f"margin must be above 0. Received: margin={margin}")
    differences = np.asarray(differences, np.float64)
    if not has_spread(differences):
        return Equivalence(margin, float("nan"), float("nan"))
    _, above, below = DescrStatsW(differences).ttost_mean(-margin, margin)
    return Equivalence(margin, float(below[1]), float(above[1]))


def detectable_gap(sd: float, repeats: int, power: float = 0.8, alpha: float = 0.05) -> float:
    """The smallest mean difference that a one-sided paired t test over `repeats` seeds finds with the given power.

    Args:
        sd: Standard deviation of the paired differences.
        repeats: Number of pairs.
        power: Probability of finding it.
        alpha: Level of the test.

    Returns:
        In units of `sd`'s quantity; NaN for fewer than two repeats or without a standard deviation.
    """
    if repeats < 2 or not sd > 0:
        return float("nan")
    effect = TTestPower().solve_power(nobs=repeats, alpha=alpha, power=power, alternative="larger")
    return float(np.squeeze(effect)) * sd


def detectable_difference(sd: float, first: int, second: int, power: float = 0.8, alpha: float = 0.05) -> float:
    """As `detectable_gap`, between two independent settings with `first` and `second` repeats and a common `sd`."""
    if first < 2 or second < 2 or not sd > 0:
        return float("nan")
    effect = TTestIndPower().solve_power(
        nobs1=first, alpha=alpha, power=power, ratio=second / first, alternative="larger"
    )
    return float(np.squeeze(effect)) * sd
