"""Precision and recall (Kynkäänniemi et al. 2019), density and coverage (Naeem et al. 2020) of features."""

from typing import Any

import numpy as np

from medgan_tf.metrics.manifold import manifold_counts
from medgan_tf.metrics.metric import Direction, Options, Quantity, Sample
from medgan_tf.metrics.overlap import overlap_of
from medgan_tf.metrics.registry import METRICS
from medgan_tf.metrics.resampling import half_sample_error, student_interval

_KEYS = ("precision", "recall", "density", "coverage")
FEWEST_UNITS = 100
"""Fewest patients (or images) of each set for an interval."""


@METRICS.metric(
    "prdc",
    *(Quantity(key, key, Direction.LARGER) for key in _KEYS),
    title="Precision, recall, density, coverage",
    meaning="Precision: share of synthetic images that lie among the real ones in the features. Recall: share of real "
    "images that lie among the synthetic ones. Density and coverage ask the same two questions and depend less on "
    "single odd images. All four change with the number of images; the interval is for other images in the same "
    "number. With many images of a patient that of precision is wider than need be.",
    needs_features=True,
    order=30,
)
def prdc(real: Sample, synthetic: Sample, options: Options) -> dict[str, Any]:
    """The four shares with intervals from halves of the patients; NaN unless each set has more than k images."""
    neighbours = options.neighbours
    if min(len(real), len(synthetic)) <= neighbours:
        return {key: {"value": float("nan"), "neighbours": neighbours} for key in _KEYS}

    def report(done: int, total: int) -> None:
        options.step(f"neighbours of {done:,} of {total:,} images")

    values = manifold_counts(real.features, synthetic.features, neighbours, report).values()
    if options.quick:
        return {key: {"value": value} for key, value in values.items()}
    spread = _spread(real, synthetic, options)
    return {key: {"value": value, "neighbours": neighbours} | _interval(key, value, spread, options)
            for key, value in values.items()}  # fmt: skip


def _interval(key: str, value: float, spread: dict[str, float] | str, options: Options) -> dict[str, Any]:
    """A share stays within 0..1, a density above 0."""
    if isinstance(spread, str):
        return {"reason": spread}
    if not spread[key] > 0:
        # Equal values in all halves are no proof that other patients give the same one.
        return {"reason": "no interval: all halves of the patients have one value"}
    highest = np.inf if key == "density" else 1.0
    ends = np.clip(student_interval(value, spread[key], options.bootstrap - 1), 0.0, highest)
    return {"interval": tuple(map(float, ends)), "standard_error": spread[key]}


def _spread(real: Sample, synthetic: Sample, options: Options) -> dict[str, float] | str:
    """Standard errors by key, or the reason why there are none."""
    units = real.units, synthetic.units
    fewest = min(int(one.max()) + 1 for one in units)
    if fewest < FEWEST_UNITS:
        return f"too few for an interval ({fewest}; {FEWEST_UNITS} needed)"
    shared = overlap_of(real, synthetic)
    if not shared.independent:
        return shared.reason
    count = 0

    def statistic(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        nonlocal count
        count += 1
        options.step(f"neighbours in half {count} of the images")
        found = manifold_counts(real.features[first], synthetic.features[second], options.neighbours).values()
        return np.array([found[key] for key in _KEYS])

    errors = half_sample_error(statistic, units, options.random("halves for neighbours"), options.bootstrap)
    return dict(zip(_KEYS, map(float, errors), strict=True))
