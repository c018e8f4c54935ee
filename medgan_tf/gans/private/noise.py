"""The Gaussian noise of a private step."""

import math

import tensorflow as tf


def gaussian_noise(seeds: tf.Tensor, shapes: list[tf.TensorShape], deviation: float) -> list[tf.Tensor]:
    """Independent normal numbers for every entry.

    They are the sum of several draws divided by the root of their number. Each draw lies on a grid of floating-point
    numbers, from which its size could be told apart; the sum lies on no such grid (Holohan and Braghin 2021).

    Args:
        seeds: int64 [draws, 2], secret.
        shapes: Shape of each tensor.
        deviation: Standard deviation.

    Returns:
        float32 tensors of these shapes; zeros if the deviation is 0.
    """
    if not deviation:
        return [tf.zeros(shape) for shape in shapes]
    sizes = [math.prod(shape) for shape in shapes]
    draws = tf.unstack(seeds, axis=0)
    # One draw for all tensors uses the whole seed; a seed for each would be a hash of half of it.
    total = tf.add_n([tf.random.stateless_normal([sum(sizes)], seed, alg="philox") for seed in draws])
    scaled = total * (deviation / math.sqrt(len(draws)))
    return [tf.reshape(part, shape) for part, shape in zip(tf.split(scaled, sizes), shapes, strict=True)]
