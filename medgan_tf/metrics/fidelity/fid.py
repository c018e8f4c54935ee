"""Fréchet distance of features (FID; Heusel et al. 2017), also extrapolated to endless images."""

from collections.abc import Callable
from typing import Any

import numpy as np

from medgan_tf.metrics.frechet import frechet_distance_of
from medgan_tf.metrics.metric import Direction, Options, Quantity, Sample
from medgan_tf.metrics.registry import METRICS
from medgan_tf.metrics.resampling import bootstrap_interval, extrapolate


@METRICS.metric(
    "fid",
    Quantity("fid", "FID", Direction.SMALLER),
    Quantity("fid_infinite", "FID at infinite n", Direction.SMALLER, quick=False, place=("fid", "infinite")),
    meaning="Distance between the distributions of synthetic and real images in the features of a network, as if both "
    "were normal. Values can be compared only with the same features and the same number of images; hence the floor "
    "beside it. FID at infinite n is extrapolated from smaller sets; it needs more images than features.",
    needs_features=True,
    order=10,
)
def fid(real: Sample, synthetic: Sample, options: Options) -> dict[str, Any]:
    """FID with the interval of a bootstrap over images, and its value at infinite n."""
    features = [real.features, synthetic.features]
    options.step("FID")
    value = frechet_distance_of(*features)
    if options.quick:
        return {"fid": {"value": value}}

    def counted(what: str) -> Callable[..., float]:
        count = 0

        def statistic(*samples: np.ndarray) -> float:
            nonlocal count
            count += 1
            options.step(f"FID {what} {count}")
            return frechet_distance_of(*samples, quick=True)

        return statistic

    interval = bootstrap_interval(
        value, counted("of resample"), features, options.random("resamples of FID"), options.bootstrap
    )
    smallest = max(real.features.shape[1] + 1, min(len(real), len(synthetic)) // 2)
    infinite = extrapolate(counted("of smaller set"), features, smallest, options.random("smaller sets of FID"))
    return {"fid": {"value": value, "interval": interval, "bootstrap": options.bootstrap, "infinite": infinite}}
