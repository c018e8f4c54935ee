"""Batches of images and labels as a GAN takes them, from what a user of Keras gives to `fit`."""

from typing import Any

import numpy as np
import tensorflow as tf

DEFAULT_BATCH = 32


def array_batches(
    images: np.ndarray, labels: np.ndarray, batch_size: int | None, shuffle: bool, seed: int
) -> tf.data.Dataset:
    """Batches of arrays in host memory, in a new order in each epoch.

    The last batch of an epoch is left out if it is not full: the minibatch standard deviation needs whole groups, and
    the next epoch brings other images last.

    Args:
        images: [N, R, R, 1].
        labels: [N, L].
        batch_size: Images per training step; None means 32.
        shuffle: Whether the order changes at all.
        seed: Seed of the orders.

    Raises:
        ValueError: No labels, different lengths, or fewer images than one batch.
    """
    batch_size = batch_size or DEFAULT_BATCH
    if labels is None or len(labels) != len(images):
        found = "none" if labels is None else len(labels)
        raise ValueError(f"fit needs one label vector for each image. Received: {len(images)} images, {found} labels")
    if len(images) < batch_size:
        raise ValueError(f"fit needs at least one whole batch. Received: {len(images)} images, batch_size={batch_size}")
    with tf.device("/CPU:0"):
        dataset = tf.data.Dataset.from_tensor_slices((images, np.asarray(labels, np.float32)))
    if shuffle:
        dataset = dataset.shuffle(len(images), seed=seed, reshuffle_each_iteration=True)
    return dataset.batch(batch_size, drop_remainder=True).prefetch(1)


def as_tensors(data: Any, resolution: int, label_count: int, unit: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Images float32 [N, R, R, 1], -1..1, and labels float32 [N, L] of one batch.

    Args:
        data: A batch from `fit`: (images uint8 0..255 or float -1..1, labels of any number type).
        resolution: R.
        label_count: L.
        unit: A number that must divide N.

    Raises:
        ValueError: `data` is not such a pair, has other shapes, or holds integers that are not uint8. Where the size of
            a batch is known only when it comes, `tf.errors.InvalidArgumentError` is raised instead.
    """
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        raise ValueError(
            "a GAN is trained on pairs: fit(images, labels), or a dataset of batches (images, labels). "
            f"Received: {type(data).__name__}{f' of {len(data)}' if isinstance(data, (tuple, list)) else ''}"
        )
    images, labels = (tf.convert_to_tensor(values) for values in data)
    if images.shape.rank != 4 or labels.shape.rank != 2 or not (
        images.shape[1:].is_compatible_with([resolution, resolution, 1])
        and labels.shape[1:].is_compatible_with([label_count])
    ):  # fmt: skip
        raise ValueError(
            f"this GAN needs images [N, {resolution}, {resolution}, 1] and labels [N, {label_count}]. "
            f"Received: images {images.shape}, labels {labels.shape}"
        )
    if images.dtype.is_integer and images.dtype != tf.uint8:
        raise ValueError(f"images must be uint8 0..255 or float -1..1. Received: {images.dtype.name}")
    if images.dtype == tf.uint8:
        images = tf.cast(images, tf.float32) / 127.5 - 1.0
    return _whole_groups(tf.cast(images, tf.float32), tf.cast(labels, tf.float32), unit)


def _whole_groups(images: tf.Tensor, labels: tf.Tensor, unit: int) -> tuple[tf.Tensor, tf.Tensor]:
    explanation = (
        f"a batch must be a multiple of {unit}, the groups of the minibatch standard deviation (gan.mbstd_group_size) "
        "in each discriminator step (gan.n_critic) and part (training.accumulation); batch a dataset with "
        "drop_remainder=True"
    )
    count = images.shape[0]
    if count is None:
        check = tf.debugging.assert_equal(tf.shape(images)[0] % unit, 0, explanation)
        with tf.control_dependencies([check] if check is not None else []):
            return tf.identity(images), tf.identity(labels)
    if count % unit:
        raise ValueError(f"{explanation}. Received: {count}")
    return images, labels
