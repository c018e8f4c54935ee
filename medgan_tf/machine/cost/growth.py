"""How cost grows with the number of images: linear, slower, or faster; and what it is between measured sizes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from medgan_tf.machine.cost.cases import LABELS, RESOLUTION, START
from medgan_tf.machine.cost.measurements import Costs, Measured

STEEP = 1.15
"""A slope above it, in logarithms, is no longer linear: ten times the images cost over fourteen times the time."""
_LEAST_SECONDS = 2.0
"""Less work than this beside the start says nothing about growth."""


@dataclass(frozen=True)
class Slope:
    """Growth between two neighbouring sizes.

    Attributes:
        low, high: Numbers of images.
        slope: d log(time without start) / d log(images): 1 is linear. NaN where the smaller size is nearly all start.
        bytes_per_image: Growth of the peak memory, bytes for each image.
    """

    low: int
    high: int
    slope: float
    bytes_per_image: float

    @property
    def steep(self) -> bool:
        """Whether time grows faster than the number of images."""
        return self.slope > STEEP


def series(costs: Costs, stage: str) -> list[Measured]:
    """The measurements of a stage over numbers of images, with the usual labels and resolution, small ones first."""
    found = [
        one
        for one in costs.of(stage)
        if one.done and one.case.images and (one.case.labels, one.case.resolution) == (LABELS, RESOLUTION)
    ]
    return sorted(found, key=lambda one: one.case.images)


def slopes(found: Sequence[Measured]) -> list[Slope]:
    """Growth between neighbours of a series. The smallest case is taken for the start of the command."""
    if not found or found[0].case.images != START:
        return []
    start = found[0].use.cpu_seconds
    result = []
    for one, other in zip(found[1:], found[2:], strict=False):
        low, high = one.case.images, other.case.images
        before, after = one.use.cpu_seconds - start, other.use.cpu_seconds - start
        slope = math.nan
        if before >= _LEAST_SECONDS and after > 0:
            slope = math.log(after / before) / math.log(high / low)
        growth = (other.use.peak_gib - one.use.peak_gib) * 2**30 / (high - low)
        result.append(Slope(low, high, slope, growth))
    return result


def sentence(found: Sequence[Measured]) -> str:
    """Where the cost of a series stops being linear, in words."""
    known = [slope for slope in slopes(found) if not math.isnan(slope.slope)]
    if not known:
        return "too few sizes that say more than the start"
    steep = next((slope for slope in known if slope.steep), None)
    if steep is None:
        steepest = max(known, key=lambda slope: slope.slope)
        return f"nowhere up to {known[-1].high:,} images (steepest: {steepest.slope:.2f})"
    return f"between {steep.low:,} and {steep.high:,} images ({steep.slope:.2f})"


@dataclass(frozen=True)
class Estimate:
    """What a stage will cost.

    Attributes:
        seconds: Wall time on the machine of the measurement.
        peak_gib: Peak memory.
        extrapolated: Whether the number of images lies beyond those that were measured.
    """

    seconds: float
    peak_gib: float
    extrapolated: bool


def estimate(found: Sequence[Measured], images: int) -> Estimate | None:
    """The cost at any number of images; None where a series has fewer than two sizes.

    Between two sizes time and memory are on the line between them; beyond the largest they go on as between the last
    two, but time never slower than linear. Below the smallest they are those of the smallest.
    """
    if len(found) < 2:
        return None
    sizes = [one.case.images for one in found]
    place = next((number for number, size in enumerate(sizes) if images <= size), len(sizes) - 1)
    if place == 0:
        return Estimate(found[0].use.seconds, found[0].use.peak_gib, False)
    low, high = found[place - 1], found[place]
    share = (images - low.case.images) / (high.case.images - low.case.images)
    seconds = low.use.seconds + share * (high.use.seconds - low.use.seconds)
    peak = low.use.peak_gib + share * (high.use.peak_gib - low.use.peak_gib)
    beyond = images > sizes[-1]
    if beyond:
        start, last = found[0].use.seconds, high.use.seconds
        rest = max(last - start, 0.0)
        slope = max(1.0, _last_slope(found))
        seconds = start + rest * (images / sizes[-1]) ** slope
        peak = max(peak, high.use.peak_gib)
    return Estimate(seconds, peak, beyond)


def _last_slope(found: Sequence[Measured]) -> float:
    known = [slope.slope for slope in slopes(found) if not math.isnan(slope.slope)]
    return known[-1] if known else 1.0
