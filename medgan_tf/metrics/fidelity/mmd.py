"""Maximum mean discrepancy of features with a Gaussian kernel, as in CMMD (Jayasumana et al. 2024)."""

from typing import Any

import numpy as np

from medgan_tf.metrics.kernels.result import kernel_result
from medgan_tf.metrics.kernels.sums import gaussian_kernel
from medgan_tf.metrics.metric import Direction, Options, Quantity, Sample
from medgan_tf.metrics.moments import as_features
from medgan_tf.metrics.registry import METRICS


@METRICS.metric(
    "mmd",
    Quantity("mmd", "MMD", Direction.SMALLER, factor=1000.0),
    title="MMD",
    meaning="As KID, with a Gaussian kernel, which sees differences of every kind and is not ruled by single odd "
    "images. Its bandwidth is the root mean square distance of two real images by the root of 2; the result states it. "
    "With the features of an encoder of images and texts it is known as CMMD.",
    needs_features=True,
    order=25,
)
def mmd(real: Sample, synthetic: Sample, options: Options) -> dict[str, Any]:
    """MMD of all images at once, see `kernel_result`, and its `bandwidth`."""
    options.step("MMD")
    bandwidth = real_bandwidth(real.features)
    if not bandwidth > 0:
        return {"mmd": {"value": float("nan"), "bandwidth": bandwidth}}
    return {
        "mmd": kernel_result(real, synthetic, gaussian_kernel(bandwidth), options, "MMD") | {"bandwidth": bandwidth}
    }


def real_bandwidth(features: np.ndarray) -> float:
    """Bandwidth s of real features [N, D]: s^2 is half of the mean squared distance of two of them.

    It comes from the real images alone, so every synthetic set is measured with the same kernel.
    """
    features = as_features(features)
    return float(np.sqrt(np.var(features, axis=0, ddof=1).sum())) if len(features) > 1 else 0.0
