"""Images without a picture: a generator that broke down, or files that were written wrongly."""

import numpy as np

from medgan_tf.metrics.one_sided import share_limits
from medgan_tf.synthesis.external.checks.finding import RIGHT, UNDECIDED, WRONG, CheckFinding

LEVEL = 0.95
LEAST_SPREAD = 2.0
"""Standard deviation in grey levels below which an image shows nothing."""
MOST_EMPTY = 0.01
"""Share of such images beyond that of the real ones that is too many."""


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
