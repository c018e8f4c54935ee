"""What a picture looks like, in 64 bits, and whether two small pictures are the same one.

Chest radiographs all look alike, so a hash of the coarsest structure finds everybody. This one takes the signs of
64 coefficients of the discrete cosine transform beyond the 40 coarsest (after Zauner, Implementation and benchmarking
of perceptual image hash functions, 2010), of an image whose contrast is made equal everywhere. It stays nearly the
same when a picture is resized, compressed again or shown in another window. `docs/prepare.md` has the rates.
"""

import cv2
import numpy as np

UNKNOWN_SHAPE = "0" * 16
"""The hash of an image without a shape, and of one that was not looked at."""
MOST_DIFFERENT_BITS = 8
"""Hashes of the same picture differ in at most as many bits, mostly."""
ALIKE = 0.92
"""Correlation of two small pictures from which on they are the same one."""
SIDE = 32
"""Side of the small pictures, pixels."""

_FIRST_COEFFICIENT = 40
_BITS = 64
_HASH_BLUR, _DETAIL_BLUR = 4.0, 1.2
_LEAST_CONTRAST = 0.05
_EDGE = 1
_BETWEEN = 4 * SIDE


def _coefficients() -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the coefficients in the hash, by their distance from the coarsest."""
    places = sorted((row**2 + column**2, row, column) for row in range(SIDE // 2) for column in range(SIDE // 2))
    chosen = places[_FIRST_COEFFICIENT : _FIRST_COEFFICIENT + _BITS]
    return np.array([row for _, row, _ in chosen]), np.array([column for _, _, column in chosen])


_ROWS, _COLUMNS = _coefficients()


def shape_hash(image: np.ndarray) -> str:
    """The perceptual hash of a grey image, uint8 [H, W] of any size: 16 hexadecimal digits.

    An image of one grey value has no shape: `UNKNOWN_SHAPE`.
    """
    small = small_picture(image)
    if small.min(initial=255) == small.max(initial=0):
        return UNKNOWN_SHAPE
    waves = cv2.dct(_even_contrast(small, _HASH_BLUR))
    return np.packbits(waves[_ROWS, _COLUMNS] > 0).tobytes().hex()


def small_picture(image: np.ndarray) -> np.ndarray:
    """A grey image, uint8 [H, W] of any size, as uint8 [SIDE, SIDE], averaged over areas."""
    image = _shrunk(image)
    height, width = image.shape
    between = min(width, _BETWEEN), min(height, _BETWEEN)
    if between != (width, height):
        # Not exact areas, at a twentieth of their time; the step to SIDE averages the rest.
        image = cv2.resize(image, between, interpolation=cv2.INTER_LINEAR)
    if image.shape != (SIDE, SIDE):
        image = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return image


def _shrunk(image: np.ndarray) -> np.ndarray:
    """A large image averaged over whole blocks, which is fast; less than 0.4 % of its height and width fall off."""
    height, width = image.shape
    block = min(height, width) // (2 * _BETWEEN)
    if block < 2:
        return image
    rows, columns = height // block, width // block
    top, left = (height - rows * block) // 2, (width - columns * block) // 2
    whole = image[top : top + rows * block, left : left + columns * block]
    return cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA)


def details(small: np.ndarray) -> np.ndarray:
    """The fine structure of a small picture, uint8 [SIDE, SIDE], as a unit vector, float32 [D].

    The product of two such vectors is their correlation. It is zero for a picture of one grey value.
    """
    fine = _even_contrast(small, _DETAIL_BLUR)[_EDGE:-_EDGE, _EDGE:-_EDGE].ravel()
    fine = fine - fine.mean()
    length = float(np.linalg.norm(fine))
    # Less is rounding.
    return fine / length if length > 1e-3 else np.zeros_like(fine)


def _even_contrast(small: np.ndarray, blur: float) -> np.ndarray:
    """Grey values as their ranks 0..1, without their local mean and in units of their local spread, float32."""
    counts = np.bincount(small.ravel(), minlength=256)
    # Equal values share the middle of their ranks: a black background stays even.
    ranks = ((np.cumsum(counts) - counts / 2) / small.size).astype(np.float32)[small]
    difference = ranks - cv2.GaussianBlur(ranks, (0, 0), blur)
    spread = cv2.GaussianBlur(difference * difference, (0, 0), blur)
    return difference / (np.sqrt(spread) + np.float32(_LEAST_CONTRAST))
