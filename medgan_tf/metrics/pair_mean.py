"""The error of a mean over pairs of images: two pairs with a patient in common are not independent.

The variance is the sum of the products of the deviations of all pairs that share a patient (Fafchamps and Gubert,
Journal of Development Economics 83, 2007). A jackknife that leaves out patients with all their pairs would count the
chance of drawing the pairs twice.
"""

import numpy as np


def pair_mean_error(values: np.ndarray, units: np.ndarray) -> float:
    """Standard error of the mean of the values.

    Args:
        values: [N], one for each pair.
        units: int [N, 2], the two patients of each pair, which differ.

    Returns:
        The error; at least that of independent patients' pairs.
    """
    values, units = np.asarray(values, np.float64), np.sort(np.asarray(units), axis=1)
    deviations, count = values - values.mean(), int(units.max()) + 1
    of_unit = sum(np.bincount(units[:, end], deviations, minlength=count) for end in (0, 1))
    _, place = np.unique(units[:, 0] * count + units[:, 1], return_inverse=True)
    same_pair = float(np.square(np.bincount(place, deviations)).sum())
    # Pairs of the same two patients are in the sums of both of them.
    shared = float(np.square(of_unit).sum()) - same_pair
    return float(np.sqrt(max(shared, same_pair))) / len(values)
