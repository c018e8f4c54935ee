"""Sliced Wasserstein distance of image patches at every scale (Karras et al. 2018, section 5)."""

from collections.abc import Callable
from typing import Any

import numpy as np

from medgan_tf.metrics.metric import Direction, Options, Quantity, Sample
from medgan_tf.metrics.overlap import overlap_of
from medgan_tf.metrics.pixels.sliced_wasserstein import SMALLEST, patch_descriptors, sliced_distance
from medgan_tf.metrics.registry import METRICS
from medgan_tf.metrics.resampling import half_sample_error, student_interval

_DIRECTIONS, _FEW_DIRECTIONS = 512, 32
_HALVES = 10
FEWEST_UNITS = 100
"""Fewest patients (or images) of each set for an interval."""


@METRICS.metric(
    "swd",
    Quantity("swd", "SWD", Direction.SMALLER, factor=1000.0),
    meaning="Sliced Wasserstein distance: how much small patches of synthetic and real images differ, averaged over "
    "coarse and fine detail. It needs no network. It falls with the number of images; the interval is for other images "
    "in the same number, and rather wide.",
    least_images=1,
    least_side=SMALLEST,
    order=50,
)
def swd(real: Sample, synthetic: Sample, options: Options) -> dict[str, Any]:
    """Mean over the levels of the Laplacian pyramid, with an interval over patients; quick: fewer directions."""
    options.step("sliced Wasserstein distance")
    first = patch_descriptors(real.images, options.random("patches of real images"))
    second = patch_descriptors(synthetic.images, options.random("patches of synthetic images"))

    def distance(one: np.ndarray, other: np.ndarray, directions: int) -> float:
        # The same directions for every level and half, so that differences come from the images alone.
        return sliced_distance(one, other, options.random("directions of patches"), directions)

    if options.quick:
        return {"swd": {"value": float(np.mean([distance(first[s], second[s], _FEW_DIRECTIONS) for s in first]))}}

    def average(*rows: np.ndarray) -> float:
        options.step("sliced Wasserstein distance of half of the images")
        return float(np.mean([distance(first[s][rows[0]], second[s][rows[1]], _FEW_DIRECTIONS) for s in first]))

    levels = {}
    for side in first:
        options.step(f"sliced Wasserstein distance at {side} pixels")
        levels[str(side)] = distance(first[side], second[side], _DIRECTIONS)
    value = float(np.mean(list(levels.values())))
    return {"swd": {"value": value, "levels": levels} | interval_of_halves(value, average, real, synthetic, options)}


def interval_of_halves(
    value: float, average: Callable[..., float], real: Sample, synthetic: Sample, options: Options
) -> dict[str, Any]:
    """For other images in the same number; from halves of the patients."""
    units = real.units, synthetic.units
    fewest = min(int(one.max()) + 1 for one in units)
    if fewest < FEWEST_UNITS:
        return {"reason": f"too few for an interval ({fewest}; {FEWEST_UNITS} needed)"}
    shared = overlap_of(real, synthetic)
    if not shared.independent:
        return {"reason": shared.reason}
    error = half_sample_error(
        lambda *rows: np.array([average(*rows)]), units, options.random("halves of patches"), _HALVES
    )[0]
    return {"interval": tuple(max(0.0, end) for end in student_interval(value, error, _HALVES - 1))}
