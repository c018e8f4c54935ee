"""Noise for looking at a generator: truncated, and on the way between two vectors."""

import numpy as np
from scipy.special import ndtr, ndtri

from medgan_tf.metrics.streams import stream


def truncated_noise(seed: int, count: int, size: int, truncation: float | None) -> np.ndarray:
    """Standard normal noise, float32 [count, size], no value of which is farther from 0 than `truncation`.

    Brock et al. (2019, section 3.1) draw each value again until it is within the threshold; the inverse of the
    distribution function gives the same distribution in one draw. So the same seed gives similar vectors for every
    threshold: each value is a rising function of one uniform number.

    Args:
        seed: Any integer.
        count: Number of vectors; the first ones are the same for every number.
        size: Length of a vector.
        truncation: The threshold, above 0; None for none.

    Raises:
        ValueError: A threshold that is not above 0.
    """
    if truncation is not None and not truncation > 0:
        raise ValueError(f"expected a truncation above 0. Received: truncation={truncation}")
    low = 0.0 if truncation is None else ndtr(-truncation)
    # Not 0, where the inverse is infinite.
    uniform = np.maximum(stream(seed, "truncated noise").random((count, size)), 2.0**-53)
    values = ndtri(low + uniform * (1 - 2 * low)).astype(np.float32)
    return values if truncation is None else np.clip(values, -np.float32(truncation), np.float32(truncation))


def spherical(first: np.ndarray, last: np.ndarray, steps: int) -> np.ndarray:
    """`steps` vectors from `first` to `last`, both included, float32 [steps, Z], along the great circle between them.

    On a straight line the vectors in the middle would be shorter than those that the generator was trained with. Here
    the direction turns evenly, and the length changes evenly.

    Args:
        first, last: [Z].
        steps: At least 2.
    """
    first, last = np.asarray(first, np.float64), np.asarray(last, np.float64)
    lengths = np.linalg.norm(first), np.linalg.norm(last)
    share = np.linspace(0, 1, steps)[:, None]
    straight = (1 - share) * first + share * last
    cosine = float(first @ last / (lengths[0] * lengths[1])) if all(lengths) else 1.0
    angle = np.arccos(np.clip(cosine, -1, 1))
    if np.sin(angle) < 1e-6:
        # The same direction, or opposite ones, between which no great circle is the shortest.
        return straight.astype(np.float32)
    direction = np.sin((1 - share) * angle) * first / lengths[0] + np.sin(share * angle) * last / lengths[1]
    length = (1 - share) * lengths[0] + share * lengths[1]
    return (direction / np.sin(angle) * length).astype(np.float32)
