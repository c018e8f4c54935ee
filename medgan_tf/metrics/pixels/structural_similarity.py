"""Multi-scale structural similarity (Wang et al. 2003) of grey images: near 1 for copies, so a measure of diversity."""

import numpy as np

WINDOW = 11
"""Side of the Gaussian window, and so of the smallest image, in pixels."""
_SIGMA = 1.5
# Wang et al. 2003, section 3.2.
_WEIGHTS = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])
_LUMINANCE, _CONTRAST = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_CHUNK_PIXELS = 2**21


def scales_for(side: int) -> int:
    """How often images of `side` pixels can be halved, plus one, until the 11-pixel window no longer fits: 1 to 5."""
    scales = 1
    while scales < len(_WEIGHTS) and side // 2**scales >= WINDOW:
        scales += 1
    return scales


def multiscale_similarity(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """MS-SSIM of image pairs.

    Small images have fewer scales than the published five (2 at 32 pixels, 3 at 64, 4 at 128); their weights are
    scaled to add up to 1. Contrast and structure below zero count as zero, as in other implementations.

    Args:
        first: uint8 [N, R, R, 1], R even at every scale but the last and at least 11.
        second: The same shape.

    Returns:
        float64 [N], 0..1.
    """
    if first.shape != second.shape or first.ndim != 4 or first.shape[3] != 1:
        raise ValueError(f"images must be pairs [N, R, R, 1]. Received: shapes={first.shape} and {second.shape}")
    if first.shape[1] < WINDOW:
        raise ValueError(f"images must be at least {WINDOW} pixels wide. Received: {first.shape[1]}")
    step = max(1, _CHUNK_PIXELS // first.shape[1] ** 2)
    parts = [_similarity(first[i : i + step], second[i : i + step]) for i in range(0, len(first), step)]
    return np.concatenate(parts) if parts else np.zeros(0)


def _similarity(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    first, second = first[..., 0].astype(np.float64), second[..., 0].astype(np.float64)
    scales = scales_for(first.shape[1])
    weights = _WEIGHTS[:scales] / _WEIGHTS[:scales].sum()
    result = np.ones(len(first))
    for scale, weight in enumerate(weights):
        luminance, structure = _terms(first, second)
        last = scale == scales - 1
        term = (luminance * structure if last else structure).mean(axis=(1, 2))
        result *= np.maximum(term, 0.0) ** weight
        if not last:
            first, second = _halved(first), _halved(second)
    return result


def _terms(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Luminance and contrast-structure terms at every position of the window."""
    blur = _window_matrix(first.shape[1])

    def local_mean(images: np.ndarray) -> np.ndarray:
        return blur @ images @ blur.T

    first_mean, second_mean = local_mean(first), local_mean(second)
    product, squares = first_mean * second_mean, first_mean**2 + second_mean**2
    covariance = local_mean(first * second) - product
    variances = local_mean(first**2 + second**2) - squares
    luminance = (2 * product + _LUMINANCE) / (squares + _LUMINANCE)
    return luminance, (2 * covariance + _CONTRAST) / (variances + _CONTRAST)


def _window_matrix(side: int) -> np.ndarray:
    """[side - 10, side]: a Gaussian window at each position along one axis."""
    offsets = np.arange(WINDOW) - WINDOW // 2
    window = np.exp(-0.5 * (offsets / _SIGMA) ** 2)
    window /= window.sum()
    matrix = np.zeros((side - WINDOW + 1, side))
    for row in range(len(matrix)):
        matrix[row, row : row + WINDOW] = window
    return matrix


def _halved(images: np.ndarray) -> np.ndarray:
    side = images.shape[1] // 2 * 2
    quarters = images[:, :side, :side].reshape(len(images), side // 2, 2, side // 2, 2)
    return quarters.mean(axis=(2, 4))


def random_pairs(labels: np.ndarray, pairs: int, within: bool, random: np.random.Generator) -> np.ndarray:
    """Pairs of different images whose label vectors are equal (`within`) or differ.

    Args:
        labels: [N, L].
        pairs: Number of pairs wanted.
        within: Whether the two images of a pair share their label combination.
        random: Draws the pairs.

    Returns:
        int64 [pairs, 2] image numbers; [0, 2] when there is no such pair.
    """
    _, combination = np.unique(np.asarray(labels), axis=0, return_inverse=True)
    combination = combination.reshape(-1)
    sizes = np.bincount(combination)[combination]
    partners = sizes - 1 if within else len(combination) - sizes
    if not partners.sum():
        return np.zeros((0, 2), np.int64)
    # Every pair that qualifies is as likely as any other.
    first = random.choice(len(combination), size=pairs, p=partners / partners.sum())
    order = np.argsort(combination, kind="stable")
    starts = np.searchsorted(combination[order], combination[first])
    skip = random.integers(partners[first])
    if within:
        position = np.argsort(order)[first] - starts
        second = order[starts + skip + (skip >= position)]
    else:
        second = order[np.where(skip < starts, skip, skip + sizes[first])]
    return np.stack([first, second], axis=1)
