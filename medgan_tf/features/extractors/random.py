"""A convolutional network with fixed random weights: for smoke runs without any download.

Its features see brightness, edges and coarse structure, enough to notice a run that breaks. Values of different
versions of this network, or of this and any other extractor, cannot be compared.
"""

import hashlib

import numpy as np
import tensorflow as tf

from medgan_tf.features.extractor import Extractor, ExtractorDescription, ExtractorRequest, check_sha256
from medgan_tf.features.preparation import resize_smooth
from medgan_tf.registry import EXTRACTORS

_SIDE = 64
_CHANNELS = (1, 32, 64, 160)
_KERNEL = 3


@EXTRACTORS.register("random")
def random_extractor(request: ExtractorRequest) -> Extractor:
    """Three strided convolutions; the features are the means of each layer, 32 + 64 + 160 = 256 dimensions."""
    kernels = random_kernels()
    digest = hashlib.sha256(b"".join(kernel.astype("<f4").tobytes() for kernel in kernels)).hexdigest()
    check_sha256("the weights of `random`", digest, request.sha256)
    layers = [tf.constant(kernel) for kernel in kernels]

    def network(images: tf.Tensor) -> tf.Tensor:
        values = resize_smooth(images, _SIDE) / 127.5 - 1.0
        means = []
        for kernel in layers:
            values = tf.nn.leaky_relu(tf.nn.conv2d(values, kernel, strides=2, padding="SAME"), 0.2)
            means.append(tf.reduce_mean(values, axis=[1, 2]))
        return tf.concat(means, axis=1)

    description = ExtractorDescription(
        name="random",
        feature_size=sum(_CHANNELS[1:]),
        input="1 channel, -1..1",
        resize=f"bilinear with antialiasing to {_SIDE} pixels",
        weights_sha256=digest,
        comparable=False,
    )
    return Extractor(description, network)


def random_kernels() -> list[np.ndarray]:
    """Uniform weights of variance 2 / fan-in (He et al. 2015, eq. 10), from counters: the same on every machine."""
    kernels = []
    for layer, (incoming, outgoing) in enumerate(zip(_CHANNELS, _CHANNELS[1:], strict=False)):
        shape = (_KERNEL, _KERNEL, incoming, outgoing)
        # Raw words rather than a distribution's draw, whose algorithm may change between versions of NumPy.
        words = np.random.Philox(key=[2020, layer]).random_raw(int(np.prod(shape)))
        uniform = (words >> np.uint64(11)).astype(np.float64) / 2**53
        deviation = np.sqrt(2.0 / (_KERNEL**2 * incoming))
        kernels.append(((2 * uniform - 1) * np.sqrt(3.0) * deviation).reshape(shape).astype(np.float32))
    return kernels
