"""Training batches of the classifier: order and augmentation are functions of (seed, images seen)."""

import math
import zlib
from typing import Literal

import numpy as np
import tensorflow as tf

from medgan_tf.data.records.pipeline import image_indices

Augmentation = Literal["none", "flip", "classical"]

# Classical augmentation as usual for radiographs: small enough that no finding leaves the image.
_ROTATION = math.radians(10)
_SHIFT = 0.06
_ZOOM = 0.1
_BRIGHTNESS = 0.1
_CONTRAST = 0.15


def classifier_batches(
    images: np.ndarray, labels: np.ndarray, *, batch: int, seed: int, start: int = 0, augmentation: Augmentation
) -> tf.data.Dataset:
    """Endless training batches; every image comes once in each pass.

    Args:
        images: uint8 [N, R, R, 1].
        labels: float32 [N, L].
        batch: Images per step.
        seed: Seed of order and augmentation.
        start: Images seen before the first batch.
        augmentation: `none`, `flip` (left to right at random, the paper's) or `classical` (also rotation, shift, zoom,
            brightness and contrast).

    Returns:
        Dataset of (uint8 [batch, R, R, 1], float32 [batch, L]).
    """
    with tf.device("/CPU:0"):
        all_images, all_labels = tf.constant(images), tf.constant(labels)
    rows = tf.range(batch, dtype=tf.int64)

    def gather(first: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        chosen = tf.ensure_shape(image_indices(seed, len(images), first + rows), [batch])
        return augmented(tf.gather(all_images, chosen), seed, first, augmentation), tf.gather(all_labels, chosen)

    options = tf.data.Options()
    # See data.pipeline: the tuner's thread sleeps before an iterator can be freed.
    options.autotune.enabled = False
    firsts = tf.data.Dataset.range(start, np.iinfo(np.int64).max, batch)
    return firsts.map(gather, num_parallel_calls=1).prefetch(2).with_options(options)


def augmented(images: tf.Tensor, seed: int, first: tf.Tensor, augmentation: Augmentation) -> tf.Tensor:
    """Images uint8 [B, R, R, 1], each changed in its own way; a function of the seed and the number of the first."""
    if augmentation == "none":
        return images
    count = images.shape[0]
    flipped = _uniform("flip", seed, first, [count, 1, 1, 1]) < 0.5
    images = tf.where(flipped, tf.reverse(images, axis=[2]), images)
    return images if augmentation == "flip" else _classical(images, seed, first)


def _classical(images: tf.Tensor, seed: int, first: tf.Tensor) -> tf.Tensor:
    count, side = images.shape[0], images.shape[1]

    def draw(stream: str, half_width: float) -> tf.Tensor:
        return (2 * _uniform(stream, seed, first, [count]) - 1) * half_width

    angle, zoom = draw("rotation", _ROTATION), 1 + draw("zoom", _ZOOM)
    x_shift, y_shift = draw("x", _SHIFT * side), draw("y", _SHIFT * side)
    cosine, sine, centre = tf.cos(angle) * zoom, tf.sin(angle) * zoom, (side - 1) / 2
    # From output to input pixels, about the centre: rows (a0 a1 a2), (b0 b1 b2) and no perspective.
    rows = [
        cosine, -sine, centre - cosine * centre + sine * centre + x_shift,
        sine, cosine, centre - sine * centre - cosine * centre + y_shift,
        tf.zeros(count), tf.zeros(count),
    ]  # fmt: skip
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.cast(images, tf.float32),
        transforms=tf.stack(rows, axis=1),
        output_shape=tf.constant([side, side]),
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="NEAREST",
    )
    contrast = tf.reshape(1 + draw("contrast", _CONTRAST), [count, 1, 1, 1])
    brightness = tf.reshape(draw("brightness", _BRIGHTNESS * 255), [count, 1, 1, 1])
    values = (moved - 127.5) * contrast + 127.5 + brightness
    return tf.cast(tf.clip_by_value(tf.round(values), 0.0, 255.0), tf.uint8)


def _uniform(stream: str, seed: int, first: tf.Tensor, shape: list[int]) -> tf.Tensor:
    key = tf.stack([tf.constant((seed << 31) ^ zlib.crc32(stream.encode()), tf.int64), tf.cast(first, tf.int64)])
    return tf.random.stateless_uniform(shape, key)
