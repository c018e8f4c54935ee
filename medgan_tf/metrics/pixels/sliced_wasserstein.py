"""Sliced Wasserstein distance of image patches at every scale (Karras et al. 2018, section 5)."""

import numpy as np
from scipy import ndimage

from medgan_tf.metrics.threads import mapped_in_threads

_PATCH = 7
SMALLEST = 16
"""Smallest side of an image, and of the coarsest level, in pixels."""
# The 5-tap binomial kernel of Burt and Adelson 1983.
_BINOMIAL = np.array([1, 4, 6, 4, 1]) / 16
_DESCRIPTORS = 2**16
_DESCRIPTORS_PER_IMAGE = 128
# Few, so that what is sorted stays in the cache.
_DIRECTIONS_AT_ONCE = 8


def laplacian_levels(side: int) -> tuple[int, ...]:
    """Sides of the pyramid's levels, from the full one down to 16 pixels."""
    levels = [side]
    while levels[-1] // 2 >= SMALLEST:
        levels.append(levels[-1] // 2)
    return tuple(levels)


def patch_descriptors(images: np.ndarray, random: np.random.Generator) -> dict[int, np.ndarray]:
    """Random 7x7 patches of every level of the Laplacian pyramid.

    Args:
        images: uint8 [N, R, R, 1].
        random: Draws the places.

    Returns:
        By level: float32 [N, P, 49], P = 128 patches of each image, fewer when there are more than 512 images.
    """
    if images.shape[1] < SMALLEST:
        raise ValueError(f"images must be at least {SMALLEST} pixels wide. Received: {images.shape[1]}")
    patches = int(np.clip(_DESCRIPTORS // max(1, len(images)), 1, _DESCRIPTORS_PER_IMAGE))
    levels = laplacian_levels(images.shape[1])
    found = {side: np.empty((len(images), patches, _PATCH**2), np.float32) for side in levels}
    for start in range(0, len(images), 256):
        current = images[start : start + 256, :, :, 0].astype(np.float64)
        rows = np.arange(len(current))[:, None, None, None]
        for side in levels:
            smaller = _blurred(current)[:, ::2, ::2] if side != levels[-1] else current
            band = current - _expanded(smaller) if side != levels[-1] else current
            corners = random.integers(side - _PATCH + 1, size=(2, len(current), patches))
            window = np.arange(_PATCH)
            y = corners[0][:, :, None, None] + window[:, None]
            x = corners[1][:, :, None, None] + window
            found[side][start : start + len(current)] = band[rows, y, x].reshape(len(current), patches, -1)
            current = smaller
    return found


def sliced_distance(
    real: np.ndarray, synthetic: np.ndarray, random: np.random.Generator, directions: int = 512
) -> float:
    """Mean over random directions of the one-dimensional Wasserstein-1 distance between two sets of descriptors.

    Each set is first brought to mean 0 and standard deviation 1, as in the paper; multiply by 1,000 to compare with
    its tables.

    Args:
        real: [N, P, K] or [N, K].
        synthetic: [M, Q, K] or [M, K]; the larger set is thinned evenly to the smaller one.
        random: Draws the directions.
        directions: Number of random directions.
    """
    real, synthetic = (array.reshape(-1, array.shape[-1]) for array in (real, synthetic))
    size = min(len(real), len(synthetic))
    real, synthetic = (
        np.ascontiguousarray(_standardised(array[_evenly(len(array), size)]).T) for array in (real, synthetic)
    )
    axes = random.standard_normal((len(real), directions))
    axes /= np.linalg.norm(axes, axis=0)
    axes = np.ascontiguousarray(axes.T)

    def distances(start: int) -> float:
        chosen = axes[start : start + _DIRECTIONS_AT_ONCE]
        first, second = chosen @ real, chosen @ synthetic
        first.sort(axis=1)
        second.sort(axis=1)
        first -= second
        return float(np.abs(first, out=first).mean(axis=1).sum())

    return sum(mapped_in_threads(distances, range(0, directions, _DIRECTIONS_AT_ONCE))) / directions


def _evenly(count: int, wanted: int) -> np.ndarray:
    return np.arange(wanted) * count // wanted


def _standardised(descriptors: np.ndarray) -> np.ndarray:
    # One grey channel, so one mean and one deviation for all pixels of all patches.
    descriptors = descriptors.astype(np.float64)
    deviation = descriptors.std()
    return (descriptors - descriptors.mean()) / (deviation if deviation > 0 else 1.0)


def _blurred(images: np.ndarray) -> np.ndarray:
    smooth = ndimage.convolve1d(images, _BINOMIAL, axis=1, mode="mirror")
    return ndimage.convolve1d(smooth, _BINOMIAL, axis=2, mode="mirror")


def _expanded(images: np.ndarray) -> np.ndarray:
    """Twice the side: zeros between the pixels, blurred, times 4."""
    count, height, width = images.shape
    spread = np.zeros((count, 2 * height, 2 * width))
    spread[:, ::2, ::2] = 4 * images
    return _blurred(spread)
