"""Whether images from elsewhere have the grey levels of the real ones, and the window that would give them.

The distance of two grey-level histograms is Wasserstein's: the mean number of grey levels by which values would have to
move. It is a mean over images once the sign of the difference is known at each level, so its variance is the sum of
that over synthetic images and that over patients. Limits are Student's with Welch and Satterthwaite's degrees of
freedom.

*Right*: the upper limit is below `SMALL`. *Wrong*: the lower limit is above `LARGE`, and one linear change of grey, as
another window or another scale makes it, would take away most of the distance. All else is undecided: a generator whose
images are too dark or too flat is not refused, but measured. Simulated errors: docs/statistics.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from medgan_tf.metrics.bootstrap import patient_numbers
from medgan_tf.synthesis.external.checks.finding import RIGHT, UNDECIDED, WRONG, CheckFinding

NAME = "histogram"
LEVEL = 0.95
FEWEST = 5
"""Images, and patients, below which nothing is decided."""
SMALL, LARGE = 8.0, 16.0
"""Distances in grey levels of 0..255."""
EXPLAINED = 2 / 3
"""Least share of the distance that the linear change takes away."""
_LEVELS = np.linspace(0.005, 0.995, 199)
_SHOWN = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Window:
    """A linear change of the real grey levels that gives those of others: ``clip(slope * grey + offset, 0, 255)``.

    Attributes:
        slope, offset: Of the change.
        explained: Share of the distance that it explains, 0..1.
    """

    slope: float
    offset: float
    explained: float

    @property
    def ends(self) -> tuple[float, float]:
        """The real grey levels that become 0 and 255: the ends of the window."""
        return -self.offset / self.slope, (255 - self.offset) / self.slope


def check_histogram(images: np.ndarray, real: np.ndarray, patients: np.ndarray | None = None) -> CheckFinding:
    """Whether the synthetic images have the grey levels of the real ones.

    Args:
        images: Synthetic images, uint8 [N, R, R].
        real: Real ones, uint8 [M, R, R].
        patients: str [M], the patient of each real image; "" counts as one of its own. None: each image is.
    """
    own, other = grey_shares(images), grey_shares(real)
    units = np.arange(len(real)) if patients is None else patient_numbers(np.asarray(patients))
    value, (low, high) = distance(own, other, units)
    quantiles, wanted = (_quantiles(shares.mean(axis=0), np.array(_SHOWN)) for shares in (own, other))
    numbers = {"distance": value, "interval": [low, high], "quantiles": list(quantiles), "real": list(wanted)}
    seen = f"5 %, 50 % and 95 % of the pixels are up to {_listed(quantiles)}, of the real ones up to {_listed(wanted)}"
    found = f"grey levels differ by {value:.1f} of 255 (limits {low:.1f} and {high:.1f}): {seen}"
    if min(len(own), units.max() + 1) < FEWEST:
        return CheckFinding(NAME, UNDECIDED, f"{seen}; too few images to tell", numbers)
    if high < SMALL:
        return CheckFinding(NAME, RIGHT, found, numbers)
    if value < SMALL:
        return CheckFinding(NAME, UNDECIDED, f"{found}; too few images to tell", numbers)
    window = matching_window(own.mean(axis=0), other.mean(axis=0))
    numbers["window"] = {"slope": window.slope, "offset": window.offset, "explained": window.explained}
    begin, end = window.ends
    sign = "-" if window.offset < 0 else "+"
    like = (
        f"as if the real ones were changed to {window.slope:.2f} * grey {sign} {abs(window.offset):.0f}, that is shown "
        f"through a window from {round(begin)} to {round(end)} of their 0 to 255"
    )
    if low > LARGE and window.explained >= EXPLAINED:
        words = (
            f"expected the grey levels of the real images; received others, {like}: {found}; write them with the "
            "window of the real ones"
        )
        return CheckFinding(NAME, WRONG, words, numbers)
    reason = f"{like}; compare the windows" if window.explained >= EXPLAINED else "no other window explains it"
    return CheckFinding(NAME, UNDECIDED, f"{found}; {reason}", numbers)


def grey_shares(images: np.ndarray) -> np.ndarray:
    """Share of the pixels of each image at each grey level, float64 [N, 256], of uint8 [N, R, R]."""
    flat = images.reshape(len(images), -1)
    return np.stack([np.bincount(image, minlength=256) for image in flat]) / flat.shape[1]


def distance(own: np.ndarray, other: np.ndarray, units: np.ndarray) -> tuple[float, tuple[float, float]]:
    """Wasserstein's distance of two pooled histograms in grey levels, and its one-sided limits.

    Args:
        own: Shares of N synthetic images [N, 256].
        other: Of M real ones [M, 256].
        units: int [M], the patient of each real image, from 0.

    Returns:
        The distance, and the lower and the upper limit, each at `LEVEL`.
    """
    below, wanted = (np.cumsum(shares, axis=1)[:, :-1] for shares in (own, other))
    sign = np.sign(below.mean(axis=0) - wanted.mean(axis=0))
    value = float((below @ sign).mean() - (wanted @ sign).mean())
    wide = 0.0
    # The same for the mean grey: where chance mixes the signs, few images look more alike than they are.
    for direction in (sign, np.ones_like(sign)):
        parts = [
            _variance(below @ direction, np.arange(len(below))),
            _variance(wanted @ direction, units),
        ]
        total, squares = sum(one for one, _ in parts), sum(one**2 / freedom for one, freedom in parts)
        freedom = total**2 / squares if squares > 0 else 1.0
        wide = max(wide, float(special.stdtrit(freedom, LEVEL)) * total**0.5)
    return value, (max(0.0, value - wide), value + wide)


def _variance(values: np.ndarray, units: np.ndarray) -> tuple[float, int]:
    """Variance of the mean of values [N] over units, and its degrees of freedom."""
    count = int(units.max()) + 1
    sums = np.bincount(units, values - values.mean())
    freedom = max(count - 1, 1)
    return float(np.square(sums).sum()) * count / freedom / len(values) ** 2, freedom


def matching_window(own: np.ndarray, other: np.ndarray) -> Window:
    """The window that explains best how a pooled histogram [256] comes from a real one.

    It is sought in both directions, as a window that is too wide loses nothing, and one that is too narrow cuts off
    what no change brings back.
    """
    mine, wanted = _quantiles(own, _LEVELS), _quantiles(other, _LEVELS)
    slope, offset, share = _fitted(wanted, mine)
    back_slope, back_offset, back_share = _fitted(mine, wanted)
    if back_share > share:
        slope, offset, share = 1 / back_slope, -back_offset / back_slope, back_share
    return Window(slope, offset, share)


def _fitted(start: np.ndarray, end: np.ndarray) -> tuple[float, float, float]:
    """Slope and offset of the linear change that brings quantiles nearest to others, and the explained share."""

    def left(change: Sequence[float]) -> float:
        return float(np.abs(np.clip(change[0] * start + change[1], 0, 255) - end).mean())

    before, begin = left((1.0, 0.0)), (1.0, 0.0)
    # Ends that were cut off, on either side, say nothing of the change.
    inside = (start > 0) & (start < 255) & (end > 0) & (end < 255)
    if len(np.unique(start[inside])) > 1:
        begin = tuple(np.polyfit(start[inside], end[inside], 1))
    best = optimize.minimize(left, begin, method="Nelder-Mead", options={"maxiter": 80}).x
    if best[0] <= 1e-3 or before <= 0:
        return 1.0, 0.0, 0.0
    return float(best[0]), float(best[1]), max(0.0, 1 - left(best) / before)


def _quantiles(shares: np.ndarray, levels: np.ndarray) -> np.ndarray:
    return np.searchsorted(np.cumsum(shares), levels - 1e-12).clip(0, 255).astype(np.float64)


def _listed(values: np.ndarray) -> str:
    first, second, third = (f"{value:.0f}" for value in values)
    return f"{first}, {second} and {third}"
