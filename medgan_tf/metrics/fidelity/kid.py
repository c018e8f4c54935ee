"""Kernel distance of features (KID; Bińkowski et al. 2018)."""

from typing import Any

from medgan_tf.metrics.kernel import discrepancy_influences, kernel_distance, squared_discrepancy
from medgan_tf.metrics.metric import Direction, Options, Quantity, Sample
from medgan_tf.metrics.registry import METRICS
from medgan_tf.metrics.resampling import mean_interval


@METRICS.metric(
    "kid",
    Quantity("kid", "KID", Direction.SMALLER, factor=1000.0),
    meaning="Distance between the distributions of synthetic and real images in the features of a network, measured "
    "with a kernel. The number of images does not bias it, so it may also be slightly below 0.",
    needs_features=True,
    order=20,
)
def kid(real: Sample, synthetic: Sample, options: Options) -> dict[str, Any]:
    """KID over random subsets with an interval over images; quick: of all images at once."""
    options.step("KID")
    if options.quick:
        return {"kid": {"value": squared_discrepancy(real.features, synthetic.features)}}
    result = kernel_distance(real.features, synthetic.features, options.random("subsets of KID"))
    _, *influences = discrepancy_influences(real.features, synthetic.features)
    return {
        "kid": {
            "value": result.value,
            "standard_error": result.standard_error,
            "interval": mean_interval(result.value, influences, options.random("resamples of KID")),
            "subsets": result.subsets,
            "subset_size": result.subset_size,
        }
    }
