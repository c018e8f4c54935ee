"""A mark that people see: the letters SYN in the upper left corner of an image."""

import numpy as np

_LETTERS = ("111 1 1 111",
            "1   1 1 1 1",
            "111  1  1 1",
            "  1  1  1 1",
            "111  1  1 1")  # fmt: skip
_PIXELS_PER_DOT = 64
"""A dot of a letter is one pixel up to twice this resolution, and one more for each further time."""


def with_corner_mark(image: np.ndarray) -> np.ndarray:
    """A copy of an image with white letters on black in its corner.

    Args:
        image: uint8 [R, R] or [R, R, 1], R at least 16.
    """
    dots = np.array([[255 * (dot == "1") for dot in line] for line in _LETTERS], np.uint8)
    scale = max(1, image.shape[0] // _PIXELS_PER_DOT // 2)
    mark = np.kron(np.pad(dots, 1), np.ones((scale, scale), np.uint8))
    marked = image.copy()
    marked[: mark.shape[0], : mark.shape[1]] = mark.reshape(*mark.shape, *[1] * (image.ndim - 2))
    return marked
