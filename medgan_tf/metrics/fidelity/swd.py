"""Sliced Wasserstein distance of image patches at every scale (Karras et al. 2018, section 5)."""

from typing import Any

import numpy as np

from medgan_tf.metrics.metric import Direction, Options, Quantity, Sample
from medgan_tf.metrics.registry import METRICS
from medgan_tf.metrics.resampling import bootstrap_interval
from medgan_tf.metrics.sliced_wasserstein import SMALLEST, patch_descriptors, sliced_distance

_DIRECTIONS, _FEW_DIRECTIONS = 512, 32
_MOST_RESAMPLES = 10


@METRICS.metric(
    "swd",
    Quantity("swd", "SWD", Direction.SMALLER, factor=1000.0),
    meaning="Sliced Wasserstein distance: how much small patches of synthetic and real images differ, averaged over "
    "coarse and fine detail. It needs no network.",
    least_images=1,
    least_side=SMALLEST,
    order=50,
)
def swd(real: Sample, synthetic: Sample, options: Options) -> dict[str, Any]:
    """Mean over the levels of the Laplacian pyramid, with an interval over images; quick: fewer directions."""
    options.step("sliced Wasserstein distance")
    first = patch_descriptors(real.images, options.random("patches of real images"))
    second = patch_descriptors(synthetic.images, options.random("patches of synthetic images"))

    def distance(one: np.ndarray, other: np.ndarray, directions: int) -> float:
        # The same directions for every level and resample, so that differences come from the images alone.
        return sliced_distance(one, other, options.random("directions of patches"), directions)

    def average(*rows: np.ndarray) -> float:
        options.step("sliced Wasserstein distance of a resample")
        return float(np.mean([distance(first[s][rows[0]], second[s][rows[1]], _FEW_DIRECTIONS) for s in first]))

    if options.quick:
        return {"swd": {"value": float(np.mean([distance(first[s], second[s], _FEW_DIRECTIONS) for s in first]))}}
    levels = {}
    for side in first:
        options.step(f"sliced Wasserstein distance at {side} pixels")
        levels[str(side)] = distance(first[side], second[side], _DIRECTIONS)
    value = float(np.mean(list(levels.values())))
    rows = [np.arange(len(real)), np.arange(len(synthetic))]
    resamples = min(options.bootstrap, _MOST_RESAMPLES)
    interval = bootstrap_interval(value, average, rows, options.random("resamples of patches"), resamples)
    return {"swd": {"value": value, "interval": interval, "levels": levels}}
