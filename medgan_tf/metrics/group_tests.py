"""Tests on repeated runs, by scipy and statsmodels: two settings, pairs that share seeds, and Holm's correction.

Every function returns NaN instead of a p-value where the test says nothing: fewer than two values, or no spread at all.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import DescrStatsW


@dataclass(frozen=True)
class TestResult:
    """A test's statistic and p-value; both NaN where it is undefined."""

    statistic: float
    p: float

    # pytest collects what is called Test*; this is not one.
    __test__ = False


@dataclass(frozen=True)
class Repeats:
    """A quantity over repeated runs.

    Attributes:
        mean: Mean.
        sd: Standard deviation (n - 1); NaN for one run.
        n: Number of runs.
        low, high: 95 % interval of the mean by Student's t; NaN for one run.
    """

    mean: float
    sd: float
    n: int
    low: float
    high: float


UNDEFINED = TestResult(float("nan"), float("nan"))


def repeats(values: np.ndarray) -> Repeats:
    """Mean, standard deviation and t interval of the values [n] of repeated runs; NaN if one of them is NaN."""
    values = np.asarray(values, np.float64)
    if len(values) < 2 or not np.isfinite(values).all():
        mean = float(values.mean()) if len(values) else float("nan")
        return Repeats(mean, float("nan"), len(values), float("nan"), float("nan"))
    mean, sd = float(values.mean()), float(values.std(ddof=1))
    low, high = (mean, mean) if not has_spread(values) else DescrStatsW(values).tconfint_mean(alpha=0.05)
    return Repeats(mean, sd, len(values), float(low), float(high))


def mann_whitney(first: np.ndarray, second: np.ndarray, alternative: str = "less") -> TestResult:
    """The paper's one-sided Mann-Whitney U test between two settings (section S.5), exact where there are no ties.

    Args:
        first: Values of the repeats of one setting [n].
        second: Values of the repeats of the other setting [m].
        alternative: `less`: the first tends to be smaller; `greater`: larger; `two-sided`.

    Returns:
        U of the first sample and the p-value.
    """
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if not len(first) or not len(second) or not np.isfinite(np.concatenate([first, second])).all():
        return UNDEFINED
    result = stats.mannwhitneyu(first, second, alternative=alternative)
    return TestResult(float(result.statistic), float(result.pvalue))


def paired_t(differences: np.ndarray, alternative: str = "greater") -> TestResult:
    """Student's t test that the mean of paired differences [n] is above (`greater`), below (`less`) or not 0."""
    differences = np.asarray(differences, np.float64)
    if not has_spread(differences):
        return UNDEFINED
    result = stats.ttest_1samp(differences, 0.0, alternative=alternative)
    return TestResult(float(result.statistic), float(result.pvalue))


def wilcoxon(differences: np.ndarray, alternative: str = "greater") -> TestResult:
    """Wilcoxon's signed rank test of paired differences [n]; zeros are left out, as Wilcoxon did."""
    differences = np.asarray(differences, np.float64)
    if not has_spread(differences):
        return UNDEFINED
    exact = len(differences) <= 50 and len(np.unique(np.abs(differences))) == len(differences) and differences.all()
    result = stats.wilcoxon(differences, alternative=alternative, method="exact" if exact else "approx")
    return TestResult(float(result.statistic), float(result.pvalue))


def holm(p_values: np.ndarray) -> np.ndarray:
    """Holm's step-down correction over labels [L]; undefined p-values stay NaN and do not count."""
    p_values = np.asarray(p_values, np.float64)
    corrected = np.full(len(p_values), np.nan)
    defined = np.isfinite(p_values)
    if defined.any():
        corrected[defined] = multipletests(p_values[defined], method="holm")[1]
    return corrected


def has_spread(values: np.ndarray) -> bool:
    """Whether values [n] are at least two, finite, and differ by more than rounding."""
    if len(values) < 2 or not np.isfinite(values).all():
        return False
    return bool(np.ptp(values) > 1e-9 * np.abs(values).max())
