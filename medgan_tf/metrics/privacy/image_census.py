"""Which images are equal to which others, pixel for pixel, or turned, mirrored, inverted or shifted: all pairs at once.

Every image gets sums of its pixels with random whole numbers as weights, a hash that is linear in the pixels. So the
hashes of all turned images come from one matrix product with turned weights, those of inverted images by subtraction,
and those of shifted images from weights that are shifted. The sums are whole numbers below 2^53, which float64 holds
exactly: equal images always have equal hashes. Images with equal hashes are compared pixel by pixel, so nothing is
called equal by chance. The time grows with the number of images, not of pairs.

J. Carter, M. Wegman, Universal classes of hash functions, Journal of Computer and System Sciences 18, 143-154 (1979).
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from medgan_tf.metrics.streams import stream

TURNS = (
    "exact", "rotated by 90 degrees", "rotated by 180 degrees", "rotated by 270 degrees", "mirrored",
    "mirrored and rotated by 90 degrees", "mirrored and rotated by 180 degrees", "mirrored and rotated by 270 degrees",
)  # fmt: skip
INVERTED, SHIFTED = ", inverted", ", shifted by a pixel"
# Pixels that are converted to float64 at a time.
_PIXELS_AT_A_TIME = 1 << 24
# Bits of all sums of an image together. Fewer would give more pairs to compare; none would be missed.
_BITS = 64
_SHIFTS = [(down, right) for down in (0, -1, 1) for right in (0, -1, 1)]

Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Equal:
    """An image that is equal to another one.

    Attributes:
        row: Row of the image.
        real: Row of the first real image that it is equal to.
        kind: How, in words: `exact`, `mirrored`, `rotated by 90 degrees, inverted`, `exact, shifted by a pixel`.
    """

    row: int
    real: int
    kind: str


@dataclass(frozen=True)
class ImageCensus:
    """What a comparison of all images with all real ones found.

    Attributes:
        equal: One entry for each image that is equal to a real one, in order of rows.
        blank: Images of one grey level. They are equal to each other without being copies, and not compared.
        real_blank: Real images of one grey level.
        compared, real: Numbers of images and of real ones.
    """

    equal: list[Equal]
    blank: int
    real_blank: int
    compared: int
    real: int


def image_census(images: np.ndarray, real: np.ndarray, report: Report = lambda done, total: None) -> ImageCensus:
    """Compares all images with all real ones.

    Args:
        images: uint8 [M, R, R, 1].
        real: uint8 [N, R, R, 1].
        report: Called with finished and all images.

    Raises:
        ValueError: The images have another size.
    """
    if images.shape[1:] != real.shape[1:] or images.shape[1] != images.shape[2] or images.shape[1] < 4:
        raise ValueError(f"expected square images of one size, 4 or more. Received: {images.shape}, {real.shape}")
    hashes, total = _Hashes(images.shape[1]), len(images) + len(real)
    keys, white = hashes.of(images, hashes.turned, lambda done: report(done, total))
    inverted = white - keys
    whole, inner = (np.concatenate([part[:, :, kind] for part in (keys, inverted)], axis=1) for kind in (0, 1))
    others = hashes.of(real, hashes.shifted, lambda done: report(len(images) + done, total))[0][:, :, 0]
    blank, flat = _one_grey(images), _one_grey(images[:, 1:-1, 1:-1])
    found: dict[int, Equal] = {}
    # Whole images first, so that an exact copy is not called a shifted one.
    for mine, theirs, usable, shifts in ((whole, others[:, :1], ~blank, None), (inner, others[:, 1:], ~flat, _SHIFTS)):
        known = _Known(theirs)
        for column in range(mine.shape[1]):
            for row, candidates in known.matches(mine[:, column], usable):
                if row not in found:
                    match = _first_equal(_turned(images[row], column), real, candidates, shifts)
                    if match is not None:
                        found[row] = Equal(row, match, _kind(column, shifts is not None))
    listed = [found[row] for row in sorted(found)]
    return ImageCensus(listed, int(blank.sum()), int(_one_grey(real).sum()), len(images), len(real))


class _Hashes:
    """Sums of pixels with random weights, for images of one size."""

    def __init__(self, side: int):
        random = stream(0, "weights of image hashes")
        bits = math.floor(53 - math.log2(255 * side * side))
        count = math.ceil(_BITS / bits)
        whole = random.integers(1, 1 << bits, (count, side, side)).astype(np.float64)
        inner = np.zeros_like(whole)
        inner[:, 1:-1, 1:-1] = random.integers(1, 1 << bits, (count, side - 2, side - 2))
        self._mix = random.integers(1, 1 << 63, count, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
        # [turns, parts, sums, pixels] and [whole and shifts, 1, sums, pixels].
        self.turned = np.stack(
            [np.stack([_weights(one, turn) for one in (whole, inner)]) for turn in range(len(TURNS))]
        )
        moved = [np.roll(inner, shift, (1, 2)).reshape(count, -1) for shift in _SHIFTS]
        self.shifted = np.stack([whole.reshape(count, -1), *moved])[:, None]

    def of(
        self, images: np.ndarray, weights: np.ndarray, report: Callable[[int], None]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Hashes of images, uint64 [N, A, B], and that of an image of 255 everywhere, [A, B]: less the hash of an image
        this is the hash of the inverted one."""
        *kinds, count, pixels = weights.shape
        matrix = weights.reshape(-1, pixels).T
        rows = max(1, _PIXELS_AT_A_TIME // pixels)
        found = np.empty((len(images), *kinds), np.uint64)
        for start in range(0, len(images), rows):
            batch = images[start : start + rows]
            sums = batch.reshape(len(batch), -1).astype(np.float64) @ matrix
            found[start : start + rows] = self._mixed(sums.reshape(len(batch), *kinds, count))
            report(start + len(batch))
        return found, self._mixed((255 * matrix.sum(axis=0)).reshape(*kinds, count))

    def _mixed(self, sums: np.ndarray) -> np.ndarray:
        return (sums.astype(np.uint64) * self._mix).sum(axis=-1, dtype=np.uint64)


def _weights(weights: np.ndarray, turn: int) -> np.ndarray:
    """Weights [count, pixels] that give for an image what `weights` give for the turned image."""
    side = weights.shape[-1]
    places = _turned(np.arange(side * side).reshape(side, side, 1), turn).ravel()
    moved = np.empty((len(weights), side * side))
    moved[:, places] = weights.reshape(len(weights), -1)
    return moved


def _turned(image: np.ndarray, column: int) -> np.ndarray:
    """An image [R, R, 1] turned as `TURNS` says; from the eighth on also inverted."""
    if column >= len(TURNS):
        image = 255 - image
    turn = column % len(TURNS)
    return np.rot90(image[:, ::-1] if turn >= 4 else image, turn % 4)


def _kind(column: int, shifted: bool) -> str:
    inverted = INVERTED if column >= len(TURNS) else ""
    return TURNS[column % len(TURNS)] + inverted + (SHIFTED if shifted else "")


def _one_grey(images: np.ndarray) -> np.ndarray:
    """Which images have one grey level everywhere, bool [N]."""
    return images.max(axis=(1, 2, 3)) == images.min(axis=(1, 2, 3))


class _Known:
    """Hashes of real images [N, S], sorted."""

    def __init__(self, hashes: np.ndarray):
        self._per_image = hashes.shape[1]
        flat = hashes.ravel()
        self._order = np.argsort(flat, kind="stable")
        self._sorted = flat[self._order]

    def matches(self, hashes: np.ndarray, usable: np.ndarray) -> Iterator[tuple[int, Iterator[tuple[int, int]]]]:
        """Images with the hash of a real one: the row, and pairs of the real image's row and the number of its hash."""
        first, last = (np.searchsorted(self._sorted, hashes, side) for side in ("left", "right"))
        for row in np.flatnonzero(usable & (last > first)).tolist():
            yield row, (divmod(int(place), self._per_image) for place in self._order[first[row] : last[row]])


def _first_equal(
    image: np.ndarray, real: np.ndarray, candidates: Iterator[tuple[int, int]], shifts: list[tuple[int, int]] | None
) -> int | None:
    """Row of the first candidate that the image is equal to; with `shifts`, in its inner part."""
    side = len(image)
    for row, shift in candidates:
        if shifts is None:
            same = np.array_equal(image, real[row])
        else:
            down, right = shifts[shift]
            part = real[row, 1 + down : side - 1 + down, 1 + right : side - 1 + right]
            same = np.array_equal(image[1:-1, 1:-1], part)
        if same:
            return row
    return None
