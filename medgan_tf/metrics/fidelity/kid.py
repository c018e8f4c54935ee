"""Kernel distance of features (KID; Bińkowski et al. 2018), with an interval and a test over patients."""

from typing import Any

from medgan_tf.metrics.kernels.result import kernel_result
from medgan_tf.metrics.kernels.sums import cubic_kernel
from medgan_tf.metrics.metric import Direction, Options, Quantity, Sample
from medgan_tf.metrics.registry import METRICS


@METRICS.metric(
    "kid",
    Quantity("kid", "KID", Direction.SMALLER, factor=1000.0),
    meaning="Distance between the distributions of synthetic and real images in the features of a network, measured "
    "with a kernel. The number of images does not bias it, so it may also be slightly below 0. Its interval says where "
    "the true distance lies; one that holds 0 leaves open whether there is a difference. It holds from few patients "
    "on, unlike that of FID.",
    needs_features=True,
    order=20,
)
def kid(real: Sample, synthetic: Sample, options: Options) -> dict[str, Any]:
    """KID of all images at once, see `kernel_result`."""
    options.step("KID")
    return {"kid": kernel_result(real, synthetic, cubic_kernel, options, "KID")}
