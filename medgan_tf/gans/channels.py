"""Layer widths of the paper's networks."""

import math


def stage_channels(stage: int, base_channels: int, max_channels: int) -> int:
    """Feature channels at a stage: ``min(base_channels / 2**stage, max_channels)``, at least 1.

    The block that works at resolution 2**r has ``stage_channels(r - 1)`` channels and ``stage_channels(r - 2)`` on its
    low-resolution side.
    """
    return max(1, min(base_channels >> stage, max_channels))


def resolution_stages(resolution: int) -> range:
    """Exponents r of the blocks above 4x4: 3 for 8x8 up to log2(resolution)."""
    return range(3, int(math.log2(resolution)) + 1)
