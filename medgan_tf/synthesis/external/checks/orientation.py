"""Whether images from elsewhere lie as the real ones do: not turned, not mirrored, not inverted in grey.

The score of a change is the correlation of the synthetic mean image with the changed real mean image. Its margin is
this score less that of the unchanged real mean image. The margin is linear in the synthetic images, and linear in the
real ones. So its variance is the sum of the variances of two means: one over synthetic images, one over patients (the
delta method). Limits are Student's, with Welch and Satterthwaite's degrees of freedom. Few images give wide limits.

*Wrong* needs a lower limit above 0, corrected for 15 changes (Bonferroni). It also needs that the change is what
happened: the part of the synthetic mean image that the change would alter must look like the changed real one
(`LEAST_LIKENESS`), and be strong enough (`LEAST_STRENGTH`). A generator that has an asymmetry of its own, and sets that
are as much one way as the other, are not refused. *Right* needs that each of the 15 upper limits is below 0. All else
is undecided, above all nearly symmetric images. Simulated errors: docs/statistics.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from scipy import special

from medgan_tf.metrics.bootstrap import patient_numbers
from medgan_tf.synthesis.external.checks.finding import RIGHT, UNDECIDED, WRONG, CheckFinding
from medgan_tf.synthesis.external.checks.symmetries import IDENTITY, OTHERS, Symmetry

NAME = "orientation"
LEVEL = 0.95
FEWEST = 5
"""Images, and patients, below which nothing is decided."""
LEAST_LIKENESS = 0.5
"""Correlation with what the change would have made, of the part that it alters."""
LEAST_STRENGTH = 1 / 3
"""Its strength, where 1 is that of the real images after the change and 0 is as much one way as the other."""
_LARGEST_SIDE = 32
"""Larger images are averaged down: the mean image is smooth."""
_FLAT = 1e-6


@dataclass(frozen=True)
class _Set:
    """Images as rows, and who they come from.

    Attributes:
        rows: float64 [N, R * R].
        units: int [N]: what was drawn independently: an image, or a patient with several.
        pattern: The mean image around 0 with length 1, [R, R]; None where it is flat.
        length: Length of the mean image around 0.
    """

    rows: np.ndarray
    units: np.ndarray
    side: int
    pattern: np.ndarray | None = field(init=False)
    length: float = field(init=False)

    def __post_init__(self) -> None:
        mean = self.rows.mean(axis=0)
        centred = mean - mean.mean()
        length = float(np.linalg.norm(centred))
        flat = length <= _FLAT * self.side
        pattern = None if flat else (centred / length).reshape(self.side, self.side)
        object.__setattr__(self, "pattern", pattern)
        object.__setattr__(self, "length", length)

    @property
    def count(self) -> int:
        return int(self.units.max()) + 1

    def variances(self, directions: np.ndarray) -> np.ndarray:
        """Variance over units of the mean of <image, direction> / length, for directions [K, R, R]; float64 [K]."""
        values = self.rows @ directions.reshape(len(directions), -1).T / self.length
        values -= values.mean(axis=0)
        sums = np.zeros((self.count, values.shape[1]))
        np.add.at(sums, self.units, values)
        return np.square(sums).sum(axis=0) * self.count / (self.count - 1) / len(values) ** 2


@dataclass(frozen=True)
class Margin:
    """How much better a change explains the synthetic mean image than another one.

    Attributes:
        value: Difference of the two correlations.
        error: Its standard error.
        freedom: Degrees of freedom.
    """

    value: float
    error: float
    freedom: float

    def limits(self, confidence: float) -> tuple[float, float]:
        """One-sided limits, each at this confidence."""
        wide = float(special.stdtrit(self.freedom, confidence)) * self.error
        return self.value - wide, self.value + wide


def check_orientation(images: np.ndarray, real: np.ndarray, patients: np.ndarray | None = None) -> CheckFinding:
    """Whether the synthetic images lie as the real ones.

    Args:
        images: Synthetic images, uint8 [N, R, R].
        real: Real ones, uint8 [M, R, R].
        patients: str [M], the patient of each real image; "" counts as one of its own. None: each image is.

    Returns:
        `orientation` with the correlation, the best change and its margin with limits. `numbers["change"]` is the
        change in words where it is wrong; `wrong_change` gives the change itself.
    """
    return _finding(*_decided(images, real, patients))


def wrong_change(images: np.ndarray, real: np.ndarray, patients: np.ndarray | None = None) -> Symmetry | None:
    """The change that `check_orientation` found; None where it is not wrong."""
    status, _, best, *_ = _decided(images, real, patients)
    return best if status == WRONG else None


def _decided(images, real, patients):
    """Status, score of no change, the best change, all margins, and changes that cannot be told from it."""
    first, second = _set(images, None), _set(real, patients)
    if min(first.count, second.count) < FEWEST:
        few = f"{first.count} images and {second.count} real ones are too few to tell; at least {FEWEST} are needed"
        return UNDECIDED, None, IDENTITY, {}, [], few
    if first.pattern is None or second.pattern is None:
        whose = "synthetic" if first.pattern is None else "real"
        return UNDECIDED, None, IDENTITY, {}, [], f"the mean of the {whose} images is flat, so that nothing can be told"
    score = float(np.vdot(first.pattern, second.pattern))
    margins = dict(zip(OTHERS, _margins(first, second, OTHERS, (IDENTITY,) * len(OTHERS)), strict=True))
    best = max(OTHERS, key=lambda one: margins[one].value)
    corrected = 1 - (1 - LEVEL) / len(OTHERS)
    if margins[best].limits(corrected)[0] > 0 and _is_that_change(first.pattern, second.pattern, best):
        others = [one for one in OTHERS if one != best and margins[one].limits(corrected)[0] > 0]
        ahead = _margins(first, second, (best,) * len(others), others) if others else []
        alike = [one for one, margin in zip(others, ahead, strict=True) if margin.limits(LEVEL)[0] <= 0]
        return WRONG, score, best, margins, alike, ""
    possible = [one for one in OTHERS if margins[one].limits(LEVEL)[1] >= 0]
    return (UNDECIDED if possible else RIGHT), score, best, margins, possible, ""


def _set(images: np.ndarray, patients: np.ndarray | None) -> _Set:
    side = min(images.shape[-1], _LARGEST_SIDE)
    small = images if side == images.shape[-1] else _reduced(images, side)
    units = np.arange(len(images)) if patients is None else patient_numbers(np.asarray(patients))
    units = np.unique(units, return_inverse=True)[1].ravel()
    return _Set(small.reshape(len(images), -1).astype(np.float64), units, side)


def _reduced(images: np.ndarray, side: int) -> np.ndarray:
    resized = [cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA) for image in images.astype(np.float32)]
    return np.stack(resized)


def _margins(first: _Set, second: _Set, changes: Sequence[Symmetry], bases: Sequence[Symmetry]) -> list[Margin]:
    """The margin of each change against its base."""
    pairs = list(zip(changes, bases, strict=True))
    ahead = np.stack([one.of_pattern(second.pattern) - other.of_pattern(second.pattern) for one, other in pairs])
    back = np.stack(
        [one.inverse.of_pattern(first.pattern) - other.inverse.of_pattern(first.pattern) for one, other in pairs]
    )
    values = (ahead * first.pattern).sum(axis=(1, 2))
    parts = np.stack([first.variances(ahead), second.variances(back)])
    freedoms = np.array([[first.count - 1], [second.count - 1]])
    total, below = parts.sum(axis=0), (np.square(parts) / freedoms).sum(axis=0)
    # Without any spread the limits are the value, whatever the degrees of freedom.
    freedom = np.where(below > 0, np.square(total) / np.where(below > 0, below, 1), freedoms.min())
    rows = zip(values, np.sqrt(total), freedom, strict=True)
    return [Margin(*map(float, row)) for row in rows]


def strength(synthetic: np.ndarray, real: np.ndarray, change: Symmetry) -> float:
    """1 where a mean image [R, R] is the changed real one, -1 where it is the real one, 0 in the middle; NaN where the
    change alters nothing."""
    changed = change.of_pattern(real)
    whole = 1 - float(np.vdot(changed, real))
    return float(np.vdot(synthetic, changed - real)) / whole if whole > 1e-9 else float("nan")


def likeness(synthetic: np.ndarray, real: np.ndarray, change: Symmetry) -> float:
    """Correlation of what the change alters in the synthetic mean image with the changed real one; NaN if nothing."""
    own, other = (pattern - change.unchanged_part(pattern) for pattern in (synthetic, real))
    lengths = float(np.linalg.norm(own) * np.linalg.norm(other))
    return float(np.vdot(own, change.of_pattern(other))) / lengths if lengths > 1e-12 else float("nan")


def _is_that_change(synthetic: np.ndarray, real: np.ndarray, change: Symmetry) -> bool:
    return likeness(synthetic, real, change) >= LEAST_LIKENESS and strength(synthetic, real, change) >= LEAST_STRENGTH


def _finding(status, score, best, margins, others, why) -> CheckFinding:
    if why:
        return CheckFinding(NAME, UNDECIDED, why, {"score": None})
    margin = margins[best]
    low, high = margin.limits((1 + LEVEL) / 2)
    numbers = {
        "score": score,
        "best": best.words,
        "best_score": score + margin.value,
        "margin": margin.value,
        "interval": [low, high],
        "change": best.words if status == WRONG else None,
        "possible": [one.words for one in others],
    }
    found = (
        f"the mean image has the correlation {score:.3f} with the real one, and {score + margin.value:.3f} with the "
        f"real one {best.words} (margin {margin.value:.3f}, 95 % interval {low:.3f} to {high:.3f})"
    )
    if status == WRONG:
        either = "".join(f", or {one.words}" for one in others)
        words = (
            f"expected images that lie as the real ones; received images that are {best.words}{either}: {found}; "
            "change them back"
        )
        return CheckFinding(NAME, WRONG, words, numbers)
    if status == RIGHT:
        return CheckFinding(NAME, RIGHT, f"the images lie as the real ones: {found}", numbers)
    possible = ", ".join(one.words for one in others)
    words = f"cannot tell whether the images are {possible}: {found}; too few images, or too symmetric ones"
    return CheckFinding(NAME, UNDECIDED, words, numbers)
