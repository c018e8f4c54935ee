"""Checks of images from elsewhere, where it is known whether they are mirrored, or have another window.

Orientation: real images have a symmetric mean, and on top of it an asymmetric part. Each image differs from the mean by
smooth patterns with random weights, of which those of one patient share half of the variance. Synthetic images have the
same part, its mirror image, none, or one of their own. A nearly symmetric set has no truth: neither finding is right.

Grey levels: images have random brightness, and synthetic ones are brighter by a number of grey levels. This number is
the true distance, as nothing is cut off.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from medgan_tf.metrics.streams import stream
from medgan_tf.simulations.row import ERROR, POWER, Row
from medgan_tf.synthesis.external.checks.finding import RIGHT, WRONG
from medgan_tf.synthesis.external.checks.histogram import LARGE, SMALL, check_histogram
from medgan_tf.synthesis.external.checks.orientation import check_orientation

_SIDE = 8
_PATTERNS = 8
_SIZES = ((6, 10, 1), (20, 30, 2), (400, 150, 2))
"""Synthetic images, real patients, and images of each."""


@dataclass(frozen=True)
class Mirroring:
    """Two sets of images.

    Attributes:
        asymmetry: Strength of the real asymmetric part; the spread of the images is 1 for each pattern.
        turned: That of the synthetic images, as a multiple: 1 as the real ones, -1 mirrored, 0 neither.
        own: Strength of an asymmetry that only the synthetic images have.
        alike: Its correlation with the mirrored real part.
        size: Synthetic images, patients, images of each.
    """

    asymmetry: float
    turned: float
    own: float
    alike: float
    size: tuple[int, int, int]


@dataclass(frozen=True)
class Brightness:
    """Synthetic images that are brighter by `more` grey levels; `size` as of `Mirroring`."""

    more: int
    size: tuple[int, int, int]


SETTINGS = tuple(
    setting
    for size in _SIZES
    for setting in (
        Mirroring(0.0, 0.0, 0.0, 0.0, size),
        *(Mirroring(asymmetry, turned, 0.0, 0.0, size) for asymmetry in (0.2, 1.0) for turned in (1.0, -1.0)),
        Mirroring(0.2, 0.0, 0.0, 0.0, size),
        Mirroring(0.2, 0.0, 1.0, 0.0, size),
        Mirroring(0.2, 0.0, 1.0, 0.3, size),
        *(Brightness(more, size) for more in (0, int(SMALL), int(LARGE), 2 * int(LARGE))),
    )
)


def simulate(draws: int, seed: int, settings: Sequence[Mirroring | Brightness] = SETTINGS) -> list[Row]:
    """How often sets are called right and wrong, by truth."""
    rows = []
    for setting in settings:
        random = stream(seed, f"simulated check {setting}")
        if isinstance(setting, Mirroring):
            found = [check_orientation(*mirrored_sets(setting, random)).status for _ in range(draws)]
            rows += _mirroring_rows(setting, found)
        else:
            found = [check_histogram(*brighter_sets(setting, random)).status for _ in range(draws)]
            rows += _brightness_rows(setting, found)
    return rows


def mirrored_sets(setting: Mirroring, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Synthetic images, real ones and the patients of these."""
    images, patients, each = setting.size
    across = (np.arange(_SIDE) - (_SIDE - 1) / 2) / _SIDE
    down = np.repeat(across[:, None], _SIDE, axis=1)
    side = down.T
    symmetric = 20 * (down + np.cos(2 * np.pi * side) * (1 + down))
    part = _unit(np.sin(2 * np.pi * side) * (1 + down))
    other = _unit(np.sin(4 * np.pi * side) * (1 - down))
    own = -setting.alike * part + np.sqrt(1 - setting.alike**2) * other
    waves = np.stack([_unit(np.cos(np.pi * (a * side + b * down) + b)) for a in range(4) for b in (1, 2)])
    groups = np.repeat(np.arange(patients), each)
    weights = np.sqrt(0.5) * (random.normal(size=(patients, _PATTERNS))[groups])
    weights += np.sqrt(0.5) * random.normal(size=weights.shape)
    real = symmetric + setting.asymmetry * part + np.tensordot(weights, waves, 1)
    mean = symmetric + setting.asymmetry * setting.turned * part + setting.own * own
    synthetic = mean + np.tensordot(random.normal(size=(images, _PATTERNS)), waves, 1)
    return synthetic, real, groups.astype(str)


def _unit(pattern: np.ndarray) -> np.ndarray:
    return pattern / np.linalg.norm(pattern)


def brighter_sets(setting: Brightness, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Synthetic images, real ones and the patients of these."""
    images, patients, each = setting.size
    groups = np.repeat(np.arange(patients), each)
    real = _grey(random.normal(size=patients)[groups], random)
    synthetic = _grey(random.normal(size=images), random) + np.uint8(setting.more)
    return synthetic, real, groups.astype(str)


def _grey(brightness: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Images with grey levels from 10 to 200, whose mean follows their brightness."""
    values = 100 + 10 * brightness[:, None, None] + 25 * random.normal(size=(len(brightness), _SIDE, _SIDE))
    return np.clip(np.rint(values), 10, 200).astype(np.uint8)


def _mirroring_rows(setting: Mirroring, found: list[str]) -> list[Row]:
    words, draws = f"orientation, {_size(setting.size)}", len(found)
    wrong, right = found.count(WRONG), found.count(RIGHT)
    if not setting.turned:
        own = f", one of their own of strength {setting.own:g}" if setting.own else ""
        alike = f" and likeness {setting.alike:g}" if setting.alike else ""
        truth = f"real asymmetry {setting.asymmetry:g}, synthetic 0{own}{alike}"
        rows = [Row(f"{words}: called wrong", truth, ERROR, wrong, draws)]
        # One with an asymmetry of its own lies one way or the other as it may: "right" is no error there.
        return rows if setting.own else [*rows, Row(f"{words}: called right", truth, ERROR, right, draws)]
    truth = f"real asymmetry {setting.asymmetry:g}, synthetic {'mirrored' if setting.turned < 0 else 'the same'}"
    names = (("right", right), ("wrong", wrong)) if setting.turned < 0 else (("wrong", wrong), ("right", right))
    return [
        Row(f"{words}: called {name}", truth, what, count, draws)
        for (name, count), what in zip(names, (ERROR, POWER), strict=True)
    ]


def _brightness_rows(setting: Brightness, found: list[str]) -> list[Row]:
    words, truth, draws = f"grey levels, {_size(setting.size)}", f"{setting.more} levels brighter", len(found)
    kinds = {0: (RIGHT, POWER), int(SMALL): (RIGHT, ERROR), int(LARGE): (WRONG, ERROR)}
    name, what = kinds.get(setting.more, (WRONG, POWER))
    rows = [Row(f"{words}: called {name}", truth, what, found.count(name), draws)]
    if not setting.more:
        rows.append(Row(f"{words}: called wrong", truth, ERROR, found.count(WRONG), draws))
    return rows


def _size(size: tuple[int, int, int]) -> str:
    images, patients, each = size
    return f"{images} images, {patients} patients with {each} image{'s' if each > 1 else ''}"
