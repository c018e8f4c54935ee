"""Are the synthetic images closer to the training images than other real images are?

A generator that makes its training images again is as close to them as no independent image is. So synthetic and
held-out real images are compared with the same training images: the difference of the two squared maximum mean
discrepancies, with a Gaussian kernel that reaches no further than to the nearest neighbours. Given the training images
and the generator, the synthetic images are independent of each other, and so are the held-out patients; this is what
the interval counts. A generator that copies nothing has a difference of 0 when its images are perfect, and above 0 when
they are not. Below 0 is only one that knows its training images.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from medgan_tf.metrics.kernels.sums import Kernel, Side, gaussian_kernel, sums_between, sums_within

_SHARE = 0.5
"""Bandwidth as a share of the distance to the nearest neighbour."""
_QUERIES = 1000


@dataclass(frozen=True)
class Nearness:
    """Result of `nearness`.

    Attributes:
        difference: Discrepancy of the synthetic less that of the held-out real images, both from the training images.
        standard_error: By the jackknife over synthetic images and held-out patients, for these training images.
        interval: 95 % interval.
        bandwidth: Of the Gaussian kernel.
    """

    difference: float
    standard_error: float
    interval: tuple[float, float]
    bandwidth: float

    @property
    def closer(self) -> bool:
        """Whether it is shown that the synthetic images are closer."""
        return self.interval[1] < 0


def nearness(
    training: np.ndarray,
    held_out: np.ndarray,
    synthetic: np.ndarray,
    units: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> Nearness:
    """The difference with its interval.

    Equal images are not left out here: a copy of a training image is what is looked for.

    Args:
        training, held_out, synthetic: Features [N, D]; at least four units of the last two.
        units: The unit of each image of the three, int [N] each.
    """
    sides = [Side.of(rows, own) for rows, own in zip((training, held_out, synthetic), units, strict=True)]
    if min(side.count for side in sides[1:]) < 4:
        raise ValueError(f"needs four units of each. Received: {sides[1].count} and {sides[2].count}")
    bandwidth = _SHARE * neighbour_distance(sides[0])
    kernel = gaussian_kernel(bandwidth) if bandwidth > 0 else _equal
    parts = [_part(sides[0], side, kernel) for side in sides[1:]]
    difference = parts[1][0] - parts[0][0]
    error = float(np.sqrt(sum(variance for _, variance in parts)))
    half = float(stats.t.ppf(0.975, min(side.count for side in sides[1:]) - 1)) * error
    return Nearness(difference, error, (difference - half, difference + half), bandwidth)


def neighbour_distance(side: Side) -> float:
    """Median distance of an image, of at most 1,000, to the nearest one of another unit."""
    features, unit = side.features, np.repeat(np.arange(side.count), side.sizes)
    step = -(-len(features) // _QUERIES)
    squared = np.square(features[::step]).sum(axis=1)[:, None] - 2 * features[::step] @ features.T
    squared += np.square(features).sum(axis=1)
    squared[unit[::step, None] == unit] = np.inf
    return float(np.sqrt(max(0.0, np.median(squared.min(axis=1)))))


def _equal(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The kernel of bandwidth 0: 1 for equal vectors, where half of the training images are copies of others."""
    return (rows[:, None] == columns).all(axis=2).astype(np.float64)


def _part(training: Side, side: Side, kernel: Kernel) -> tuple[float, float]:
    """Discrepancy from the training images, but for the mean within these, and its variance over the units."""
    within = sums_within(side, kernel)
    columns = sums_between(training, side, kernel).columns / training.count
    count = side.count
    left = within.without_each() - 2 * (columns.sum() - columns) / (count - 1)
    jackknife = (count - 1) / count * np.square(left - left.mean()).sum()
    second_order = 2 * within.interaction / (count * (count - 1))
    # As in `kernel.discrepancy`: what comes from pairs is counted twice by the jackknife.
    variance = min(max(jackknife - second_order, jackknife / 2), jackknife)
    return float(within.mean - 2 * columns.mean()), float(variance)
