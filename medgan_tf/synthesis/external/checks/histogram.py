"""Whether images from elsewhere have the grey levels of the real ones, and the window that would give them.

The distance of two grey-level histograms is Wasserstein's: the mean number of grey levels by which values would have to
move. It is a mean over images once the sign of the difference is known at each level, so its variance is the sum of
that over synthetic images and that over patients. Limits are Student's with Welch and Satterthwaite's degrees of
freedom.

*Right*: the upper limit is below `SMALL`. *Wrong*: the lower limit is above `LARGE`, and one linear change of grey, as
another window or another scale makes it, would take away most of the distance. All else is undecided: a generator whose
images are too dark or too flat is not refused, but measured. Simulated errors: docs/statistics.md.
"""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

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
    """A linear change of grey levels, ``clip(slope * grey + offset, 0, 255)``.

    Attributes:
        slope, offset: Of the change.
        explained: Share of the distance that it takes away, 0..1.
    """

    slope: float
    offset: float
    explained: float

    @property
    def ends(self) -> tuple[float, float]:
        """The grey levels that would become 0 and 255."""
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
    seen = f"5 %, 50 % and 95 % of the pixels are below {_listed(quantiles)}, of the real ones below {_listed(wanted)}"
    found = f"grey levels differ by {value:.1f} of 255 (95 % interval {low:.1f} to {high:.1f}): {seen}"
    if min(len(own), units.max() + 1) < FEWEST:
        return CheckFinding(NAME, UNDECIDED, f"{seen}; too few images to tell", numbers)
    if high < SMALL:
        return CheckFinding(NAME, RIGHT, found, numbers)
    window = matching_window(own.mean(axis=0), other.mean(axis=0))
    numbers["window"] = {"slope": window.slope, "offset": window.offset, "explained": window.explained}
    change = f"{window.slope:.2f} * grey {'-' if window.offset < 0 else '+'} {abs(window.offset):.0f}"
    if low > LARGE and window.explained >= EXPLAINED:
        begin, end = window.ends
        words = (
            f"expected the grey levels of the real images; received others: {found}; {change} would match them, which "
            f"is a window from {begin:.0f} to {end:.0f}; write the images with the window of the real ones"
        )
        return CheckFinding(NAME, WRONG, words, numbers)
    if window.explained >= EXPLAINED:
        reason = f"{change} would match them; compare the windows"
    else:
        reason = "no other window would match them, so that it seems to be the generator"
    return CheckFinding(NAME, UNDECIDED, f"{found}; {reason}", numbers)


def grey_shares(images: np.ndarray) -> np.ndarray:
    """Share of the pixels of each image at each grey level, float64 [N, 256], of uint8 [N, R, R]."""
    flat = images.reshape(len(images), -1)
    return np.stack([np.bincount(image, minlength=256) for image in flat]) / flat.shape[1]


def distance(own: np.ndarray, other: np.ndarray, units: np.ndarray) -> tuple[float, tuple[float, float]]:
    """Wasserstein's distance of two pooled histograms in grey levels, and limits: one-sided at 95 % each is inside.

    Args:
        own: Shares of N synthetic images [N, 256].
        other: Of M real ones [M, 256].
        units: int [M], the patient of each real image, from 0.

    Returns:
        The distance, and the lower and the upper one-sided limit at `LEVEL`.
    """
    below, wanted = (np.cumsum(shares, axis=1)[:, :-1] for shares in (own, other))
    sign = np.sign(below.mean(axis=0) - wanted.mean(axis=0))
    first, second = below @ sign, wanted @ sign
    value, parts = float(first.mean() - second.mean()), []
    for values, groups in ((first, np.arange(len(first))), (second, units)):
        count = int(groups.max()) + 1
        sums = np.bincount(groups, values - values.mean())
        variance = float(np.square(sums).sum()) * count / max(count - 1, 1) / len(values) ** 2
        parts.append((variance, max(count - 1, 1)))
    total, squares = sum(one for one, _ in parts), sum(one**2 / freedom for one, freedom in parts)
    freedom = total**2 / squares if squares > 0 else 1.0
    wide = float(stats.t.ppf(LEVEL, freedom)) * total**0.5
    return value, (value - wide, value + wide)


def matching_window(own: np.ndarray, other: np.ndarray) -> Window:
    """The linear change after which one pooled histogram [256] is nearest to another one."""
    mine, wanted = _quantiles(own, _LEVELS), _quantiles(other, _LEVELS)

    def left(change: np.ndarray) -> float:
        return float(np.abs(np.clip(change[0] * mine + change[1], 0, 255) - wanted).mean())

    before = left(np.array([1.0, 0.0]))
    # Ends that were cut off, on either side, say nothing of the change.
    inside = (mine > 0) & (mine < 255) & (wanted > 0) & (wanted < 255)
    starts = [(1.0, 0.0)]
    if np.ptp(mine[inside], initial=0.0) if inside.any() else 0:
        starts.append(tuple(np.polyfit(mine[inside], wanted[inside], 1)))
    found = [optimize.minimize(left, start, method="Nelder-Mead", options={"xatol": 1e-3}).x for start in starts]
    best = min(found, key=left)
    if best[0] <= 0 or before <= 0:
        return Window(1.0, 0.0, 0.0)
    return Window(float(best[0]), float(best[1]), max(0.0, 1 - left(best) / before))


def _quantiles(shares: np.ndarray, levels: np.ndarray) -> np.ndarray:
    return np.searchsorted(np.cumsum(shares), levels - 1e-12).clip(0, 255).astype(np.float64)


def _listed(values: np.ndarray) -> str:
    first, second, third = (f"{value:.0f}" for value in values)
    return f"{first}, {second} and {third}"
