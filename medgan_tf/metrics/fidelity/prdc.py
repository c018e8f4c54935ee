"""Precision and recall (Kynkäänniemi et al. 2019), density and coverage (Naeem et al. 2020) of features."""

from typing import Any

from medgan_tf.metrics.manifold import manifold_counts
from medgan_tf.metrics.metric import Direction, Options, Quantity, Sample
from medgan_tf.metrics.registry import METRICS
from medgan_tf.metrics.resampling import mean_interval

_KEYS = ("precision", "recall", "density", "coverage")


@METRICS.metric(
    "prdc",
    *(Quantity(key, key, Direction.LARGER) for key in _KEYS),
    title="Precision, recall, density, coverage",
    meaning="Precision: share of synthetic images that look real. Recall: share of real images that the synthetic ones "
    "cover. Density and coverage ask the same two questions and depend less on single odd images.",
    needs_features=True,
    order=30,
)
def prdc(real: Sample, synthetic: Sample, options: Options) -> dict[str, Any]:
    """The four shares with intervals over images; NaN unless each set has more than `Options.neighbours` images."""
    neighbours = options.neighbours
    if min(len(real), len(synthetic)) <= neighbours:
        return {key: {"value": float("nan"), "neighbours": neighbours} for key in _KEYS}

    def report(done: int, total: int) -> None:
        options.step(f"neighbours of {done:,} of {total:,} images")

    counts = manifold_counts(real.features, synthetic.features, neighbours, report)
    values = counts.values()
    if options.quick:
        return {key: {"value": value} for key, value in values.items()}
    return {
        # The neighbourhoods stay as they are; only the images that lie in them are resampled.
        key: {
            "value": value,
            "interval": mean_interval(value, [getattr(counts, key)], options.random(f"resamples of {key}")),
            "neighbours": neighbours,
        }
        for key, value in values.items()
    }
