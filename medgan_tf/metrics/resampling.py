"""Intervals of metrics by leaving patients out: the delete-a-group jackknife and subsampling.

Nothing is drawn twice. A repeated image has a neighbour at distance 0, and a set with repeats holds fewer different
images than it counts; both move the metrics of fidelity. The unit is the patient, because images of one patient are
alike. An image whose patient is not known, as every synthetic image, is a unit of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

GROUPS = 20
"""Groups of patients of the jackknife."""


@dataclass(frozen=True)
class Jackknife:
    """Result of `grouped_jackknife`.

    Attributes:
        value: The statistic of all patients.
        centre: The value without its bias of order 1/n: what the statistic would be with endless patients.
        standard_error: Of the centre.
        interval: 95 % interval about the centre.
    """

    value: float
    centre: float
    standard_error: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class PatientGroups:
    """Groups of the patients of one sample.

    Attributes:
        of_image: int64 [N], the group of each image.
        patients: int64 [G], the number of patients in each group.
    """

    of_image: np.ndarray
    patients: np.ndarray


def patient_groups(units: np.ndarray, random: np.random.Generator, groups: int = GROUPS) -> PatientGroups:
    """Random groups of patients; their numbers of patients differ by at most one.

    Args:
        units: int [N], the patient of each image as 0 .. P - 1.
        random: Draws the groups.
        groups: Number of groups, at most P.
    """
    count = int(units.max()) + 1 if len(units) else 0
    if count < groups:
        raise ValueError(f"{groups} groups need at least as many patients. Received: {count}")
    of_patient = random.permutation(np.arange(count) % groups)
    return PatientGroups(of_patient[units], np.bincount(of_patient, minlength=groups))


def grouped_jackknife(value: float, without: Callable[[int, int], float], groups: Sequence[PatientGroups]) -> Jackknife:
    """Delete-a-group jackknife of a statistic of several independent samples, each of which is set apart.

    The groups of one sample are left out one by one while the other samples stay whole. Biases and variances of the
    samples add up. Groups may differ in size (the delete-m(j) jackknife; Busing, Meijer and van der Leeden, Statistics
    and Computing 9, 1999). The interval has Student's quantile for one group less than there are.

    Args:
        value: The statistic of the whole samples.
        without: The statistic when a sample lacks one of its groups; called with the numbers of both.
        groups: The groups of each sample.
    """
    bias = variance = 0.0
    for sample, one in enumerate(groups):
        left = np.array([without(sample, group) for group in range(len(one.patients))])
        times = one.patients.sum() / one.patients
        centre = len(times) * value - np.sum((1 - 1 / times) * left)
        pseudo = times * value - (times - 1) * left
        bias += value - centre
        variance += np.mean(np.square(pseudo - centre) / (times - 1))
    error, centre = float(np.sqrt(variance)), float(value - bias)
    half = float(stats.t.ppf(0.975, min(len(one.patients) for one in groups) - 1)) * error
    return Jackknife(float(value), centre, error, (centre - half, centre + half))


def jackknife_of_rows(
    statistic: Callable[..., float], samples: Sequence[np.ndarray], groups: Sequence[PatientGroups]
) -> Jackknife:
    """`grouped_jackknife` of a statistic of arrays [N, ...], one for each sample, with one row for each image."""

    def without(sample: int, group: int) -> float:
        kept = list(samples)
        kept[sample] = samples[sample][groups[sample].of_image != group]
        return statistic(*kept)

    return grouped_jackknife(statistic(*samples), without, groups)


def half_sample_error(
    statistic: Callable[..., np.ndarray], units: Sequence[np.ndarray], random: np.random.Generator, draws: int = GROUPS
) -> np.ndarray:
    """Standard errors from halves of the patients, drawn without replacement (delete-d jackknife; Shao and Wu 1989).

    The values of random halves of the patients spread about as the values of whole samples of other patients do.

    Args:
        statistic: Called with one array of row numbers for each sample; gives the values [V].
        units: For each sample int [N], the patient of each image as 0 .. P - 1.
        random: Draws the halves.
        draws: Number of draws, at least 2.

    Returns:
        float64 [V].
    """
    values = []
    for _ in range(draws):
        rows = []
        for one in units:
            count = int(one.max()) + 1
            kept = np.zeros(count, bool)
            kept[random.permutation(count)[: count // 2]] = True
            rows.append(np.flatnonzero(kept[one]))
        values.append(statistic(*rows))
    return np.std(np.asarray(values, np.float64), axis=0, ddof=1)


def student_interval(value: float, error: float, degrees: float) -> tuple[float, float]:
    """95 % interval value +- t x error; NaN where the error is not known."""
    half = float(stats.t.ppf(0.975, degrees)) * float(error)
    return value - half, value + half
