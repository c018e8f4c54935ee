"""Tests on repeated runs, by scipy and statsmodels: two settings, pairs that share seeds, and Holm's correction.

Every function returns NaN instead of a p-value where the test says nothing: fewer than two values, or no spread at all.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from medgan_tf.metrics.rank_distributions import can_count, rank_sum_tails, signed_rank_tails


@dataclass(frozen=True)
class TestResult:
    """A test's statistic and p-value; both NaN where it is undefined.

    Attributes:
        statistic: Its statistic.
        p: Its p-value.
        how: `exact` for a distribution that was counted, ties included; `normal approximation`, or "" for other tests.
    """

    statistic: float
    p: float
    how: str = ""

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


EXACT, APPROXIMATE = "exact", "normal approximation"
_MOST_ORDERED = 8
UNDEFINED = TestResult(float("nan"), float("nan"))


def repeats(values: np.ndarray) -> Repeats:
    """Mean, standard deviation and t interval of the values [n] of repeated runs; NaN if one of them is NaN."""
    values = np.asarray(values, np.float64)
    if len(values) < 2 or not np.isfinite(values).all():
        mean = float(values.mean()) if len(values) else float("nan")
        return Repeats(mean, float("nan"), len(values), float("nan"), float("nan"))
    mean, sd = float(values.mean()), float(values.std(ddof=1))
    # Equal values do not show that there is no spread, so they have no interval.
    low, high = DescrStatsW(values).tconfint_mean(alpha=0.05) if has_spread(values) else (float("nan"), float("nan"))
    return Repeats(mean, sd, len(values), float(low), float(high))


def mann_whitney(first: np.ndarray, second: np.ndarray, alternative: str = "less") -> TestResult:
    """The paper's one-sided Mann-Whitney U test between two settings (section S.5), exact also with ties.

    Args:
        first: Values of the repeats of one setting [n].
        second: Values of the repeats of the other setting [m].
        alternative: `less`: the first tends to be smaller; `greater`: larger; `two-sided`.

    Returns:
        U of the first sample and the p-value; from a normal approximation only above about 40 values in a group.
    """
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if not len(first) or not len(second) or not np.isfinite(np.concatenate([first, second])).all():
        return UNDEFINED
    if not can_count(len(first), len(second)):
        result = stats.mannwhitneyu(first, second, alternative=alternative, method="asymptotic")
        return TestResult(float(result.statistic), float(result.pvalue), APPROXIMATE)
    u, less, greater = rank_sum_tails(first, second)
    return TestResult(u, _tail(less, greater, alternative), EXACT)


def _tail(less: float, greater: float, alternative: str) -> float:
    return {"less": less, "greater": greater, "two-sided": min(1.0, 2 * min(less, greater))}[alternative]


def paired_t(differences: np.ndarray, alternative: str = "greater") -> TestResult:
    """Student's t test that the mean of paired differences [n] is above (`greater`), below (`less`) or not 0."""
    differences = np.asarray(differences, np.float64)
    if not has_spread(differences):
        return UNDEFINED
    result = stats.ttest_1samp(differences, 0.0, alternative=alternative)
    return TestResult(float(result.statistic), float(result.pvalue))


def wilcoxon(differences: np.ndarray, alternative: str = "greater") -> TestResult:
    """Wilcoxon's signed rank test of paired differences [n], exact also with ties; zeros are left out, as he did."""
    differences = np.asarray(differences, np.float64)
    if not has_spread(differences):
        return UNDEFINED
    statistic, less, greater = signed_rank_tails(differences[differences != 0])
    return TestResult(statistic, _tail(less, greater, alternative), EXACT)


def rank_trend(places: np.ndarray, values: np.ndarray) -> TestResult:
    """Spearman's rank correlation of values [n] with places [n], and the one-sided p-value that values fall.

    Up to 8 points the p-value is exact, also with ties: all orders of the values are counted. Above it is that of
    Student's t (`normal approximation`).
    """
    if len(values) < 3 or not has_spread(places) or not has_spread(values):
        return UNDEFINED
    found = stats.spearmanr(places, values, alternative="less")
    if len(values) > _MOST_ORDERED:
        return TestResult(float(found.statistic), float(found.pvalue), APPROXIMATE)
    ranks, others = stats.rankdata(places), stats.rankdata(values)
    orders = np.array(list(itertools.permutations(others)))
    # Of ranks, the correlation falls and rises with this sum.
    return TestResult(float(found.statistic), float(np.mean(orders @ ranks <= others @ ranks + 1e-9)), EXACT)


def holm(p_values: np.ndarray) -> np.ndarray:
    """Holm's step-down correction over labels [L]; undefined p-values stay NaN and do not count.

    Of n p-values in rising order the first counts n times, the next n - 1 times; none is below one before it (Holm,
    Scandinavian Journal of Statistics 6, 1979). statsmodels gives the same, and collects garbage at every call.
    """
    p_values = np.asarray(p_values, np.float64)
    corrected = np.full(len(p_values), np.nan)
    order = np.argsort(p_values)[: np.count_nonzero(np.isfinite(p_values))]
    corrected[order] = np.minimum(np.maximum.accumulate(p_values[order] * np.arange(len(order), 0, -1)), 1)
    return corrected


def has_spread(values: np.ndarray) -> bool:
    """Whether values [n] are at least two, finite, and differ by more than rounding."""
    if len(values) < 2 or not np.isfinite(values).all():
        return False
    return bool(np.ptp(values) > 1e-9 * np.abs(values).max())
