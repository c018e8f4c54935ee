"""The grey values of a small image as features: for classifiers in seconds, without any download."""

import hashlib

import tensorflow as tf

from medgan_tf.features.extractor import Extractor, ExtractorDescription, ExtractorRequest, check_sha256
from medgan_tf.features.preparation import resize_smooth
from medgan_tf.registry import EXTRACTORS

SIDE = 16
_PROTOCOL = f"grey values at {SIDE} x {SIDE}, -1..1"


@EXTRACTORS.register("pixels")
def pixels_extractor(request: ExtractorRequest) -> Extractor:
    """The image at 16 x 16 pixels, row by row: 256 dimensions."""
    digest = hashlib.sha256(_PROTOCOL.encode()).hexdigest()
    check_sha256("the features of `pixels`", digest, request.sha256)

    def network(images: tf.Tensor) -> tf.Tensor:
        return tf.reshape(resize_smooth(images, SIDE) / 127.5 - 1.0, [-1, SIDE * SIDE])

    description = ExtractorDescription(
        name="pixels",
        feature_size=SIDE * SIDE,
        input="1 channel, -1..1",
        resize=f"bilinear with antialiasing to {SIDE} pixels",
        weights_sha256=digest,
        comparable=False,
    )
    return Extractor(description, network)
