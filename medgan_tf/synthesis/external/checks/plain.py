"""Sizes, and images without a picture."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from medgan_tf.metrics.one_sided import share_limits
from medgan_tf.synthesis.external.checks.finding import RIGHT, UNDECIDED, WRONG, CheckFinding

LEVEL = 0.95
LEAST_SPREAD = 2.0
"""Standard deviation in grey levels below which an image shows nothing."""
MOST_EMPTY = 0.01
"""Share of such images beyond that of the real ones that is too many."""


def check_sizes(sizes: Sequence[tuple[int, int]], resolution: int) -> CheckFinding:
    """Whether all images have the size of the real ones. Others would be resized, if that is accepted.

    Args:
        sizes: Height and width of each image, pixels.
        resolution: R of the real images, R x R pixels.
    """
    counts = Counter((int(height), int(width)) for height, width in sizes)
    numbers = {"sizes": [[*size, count] for size, count in counts.most_common(10)]}
    others = {size: count for size, count in counts.items() if size != (resolution, resolution)}
    if not others:
        return CheckFinding("size", RIGHT, f"all images have {resolution}x{resolution} pixels", numbers)
    (height, width), count = max(others.items(), key=lambda item: item[1])
    more = f", and {len(others) - 1} further sizes" if len(others) > 1 else ""
    words = (
        f"expected {resolution}x{resolution} pixels, as the real images; received {height}x{width} (height x width) of "
        f"{count:,} of {len(sizes):,} images{more}; write them with {resolution}x{resolution} pixels"
    )
    return CheckFinding("size", WRONG, words, numbers)


def is_empty(images: np.ndarray) -> np.ndarray:
    """Whether images uint8 [N, R, R] have one grey level, or nearly; bool [N]."""
    return np.array([float(image.std()) < LEAST_SPREAD for image in images], bool)


def check_empty(empty: int, count: int, real_empty: int, real_count: int) -> CheckFinding:
    """Whether more images show nothing than of the real ones.

    Args:
        empty, count: Synthetic images that `is_empty`, and all.
        real_empty, real_count: The same of the real ones.
    """
    share, allowed = share_limits(empty, count), real_empty / max(real_count, 1) + MOST_EMPTY
    low, high = share(LEVEL)
    numbers = {"empty": empty, "of": count, "limits": [low, high], "real_empty": real_empty, "real_of": real_count}
    found = f"{empty:,} of {count:,} images have one grey level, or nearly; {real_empty:,} of {real_count:,} real ones"
    if not empty or high < allowed:
        return CheckFinding("empty", RIGHT, found, numbers)
    if low > allowed:
        words = (
            f"expected images that show something; received others: {found}; look at the files, and write them again"
        )
        return CheckFinding("empty", WRONG, words, numbers)
    return CheckFinding("empty", UNDECIDED, found, numbers)
