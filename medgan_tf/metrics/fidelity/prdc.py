"""Precision and recall (Kynkäänniemi et al. 2019), density and coverage (Naeem et al. 2020) of features."""

from typing import Any

from medgan_tf.metrics.manifold import manifold_counts
from medgan_tf.metrics.metric import Direction, Options, Quantity, Sample
from medgan_tf.metrics.registry import METRICS
from medgan_tf.metrics.resampling import mean_interval

_QUANTITIES = (
    Quantity("precision", "precision", "Share of synthetic images that look real.", Direction.LARGER),
    Quantity("recall", "recall", "Share of real images that the synthetic ones cover.", Direction.LARGER),
    Quantity(
        "density",
        "density",
        "How many real images a synthetic one lies close to, over the number expected; like precision, but one odd "
        "real image matters less.",
        Direction.LARGER,
    ),
    Quantity("coverage", "coverage", "Share of real images with a synthetic one close to them.", Direction.LARGER),
)


@METRICS.metric("prdc", *_QUANTITIES, needs_features=True, order=30)
def prdc(real: Sample, synthetic: Sample, options: Options) -> dict[str, Any]:
    """The four shares with intervals over images; NaN unless each set has more than `Options.neighbours` images."""
    neighbours = options.neighbours
    if min(len(real), len(synthetic)) <= neighbours:
        return {one.key: {"value": float("nan"), "neighbours": neighbours} for one in _QUANTITIES}

    def report(done: int, total: int) -> None:
        options.step(f"neighbours of {done:,} of {total:,} images")

    counts = manifold_counts(real.features, synthetic.features, neighbours, report)
    values = counts.values()
    if options.quick:
        return {key: {"value": value} for key, value in values.items()}
    return {
        # The neighbourhoods stay as they are; what is resampled is which images lie in them.
        key: {
            "value": value,
            "interval": mean_interval(value, [getattr(counts, key)], options.random(f"resamples of {key}")),
            "neighbours": neighbours,
        }
        for key, value in values.items()
    }
