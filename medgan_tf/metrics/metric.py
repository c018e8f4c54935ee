"""The arguments of a metric of fidelity, and the description that it is registered with."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np

from medgan_tf.metrics.bootstrap import patient_numbers
from medgan_tf.metrics.streams import stream

_NAN = float("nan")


class Direction(StrEnum):
    """The values of a quantity that are good."""

    SMALLER = "smaller is better"
    LARGER = "larger is better"
    AS_REAL = "best as high as for real images"


@dataclass(frozen=True)
class Sample:
    """Images of one set.

    Attributes:
        images: uint8 [N, R, R, 1].
        labels: float32 [N, L] of 0 and 1; None where they are not known.
        features: float32 [N, D]; None when no chosen metric needs them.
        patients: str [N], pseudonyms; "" where a patient is not known, as for synthetic images. None: none is known.
        hashes: str [N], equal for equal images; None: no image is known to be in another set too.
    """

    images: np.ndarray
    labels: np.ndarray | None = None
    features: np.ndarray | None = None
    patients: np.ndarray | None = None
    hashes: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.images)

    def take(self, rows: np.ndarray) -> "Sample":
        """Some of the images, by their row numbers."""
        parts = (self.labels, self.features, self.patients, self.hashes)
        return Sample(self.images[rows], *(None if one is None else one[rows] for one in parts))

    @property
    def units(self) -> np.ndarray:
        """The patient of each image as a number 0 .. P - 1, int64 [N]; an image of no known patient is its own unit."""
        if not len(self):
            return np.zeros(0, np.int64)
        return patient_numbers(np.full(len(self), "", "U1") if self.patients is None else self.patients)

    @property
    def unit(self) -> str:
        """What the units are, in words: "patients" or "images"."""
        known = self.patients is not None and bool(np.any(self.patients != ""))
        return "patients" if known else "images"


def _silent(note: str) -> None:
    """Reports no progress."""


@dataclass(frozen=True)
class Options:
    """The options with which a metric is computed.

    Attributes:
        seed: Seed of all random choices.
        neighbours: k of precision, recall, density and coverage.
        bootstrap: Halves of the patients behind an interval of precision, recall, density and coverage.
        quick: Only the values are wanted, without intervals: for the floor and for label combinations.
        step: Called with words for the next step of the work.
    """

    seed: int
    neighbours: int = 5
    bootstrap: int = 20
    quick: bool = False
    step: Callable[[str], None] = _silent

    def random(self, name: str) -> np.random.Generator:
        """The random stream of this name, see `streams.stream`."""
        return stream(self.seed, name)


@dataclass(frozen=True)
class Quantity:
    """One number that a metric gives.

    Attributes:
        key: Its name in result files.
        title: Its name in tables and figures.
        direction: The values that are good.
        factor: Tables and figures show the value times this factor.
        quick: Whether it is also computed for the floor and for every label combination.
        place: Where it stands in the part `metrics` of a result, as keys from the outside in; by default `key` alone.
    """

    key: str
    title: str
    direction: Direction
    factor: float = 1.0
    quick: bool = True
    place: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """The title with the factor, e.g. "KID x 1000"."""
        return self.title if self.factor == 1 else f"{self.title} x {self.factor:g}"

    def found(self, metrics: dict[str, Any]) -> dict[str, Any] | None:
        """`value`, perhaps `interval`, and what else belongs to this quantity; None when it was not computed.

        Args:
            metrics: The part `metrics` of a result, as computed or as read from its file.
        """
        here: Any = metrics
        for name in self.place or (self.key,):
            here = here.get(name) if isinstance(here, dict) else None
        return here if here is None or isinstance(here, dict) else {"value": here}

    def shown(self, value: float | None) -> float | None:
        """A value in the unit of the heading; None stays None."""
        return None if value is None else value * self.factor


Measure = Callable[[Sample, Sample, Options], dict[str, Any]]
"""Function from real and synthetic images to the part `metrics` of a result: by key a dict with `value` and, unless
`Options.quick`, `interval` (a pair) and whatever else is worth keeping."""


@dataclass(frozen=True)
class Metric:
    """A metric of fidelity: the function, and everything that tables, options and reports need to know about it.

    Attributes:
        name: Registered name, as in `medgan-tf fid --metrics`.
        measure: The function.
        quantities: The quantities that it gives.
        title: Its name in the glossary.
        meaning: Meaning of its values, in plain words, for the glossary.
        needs_features: Whether it needs features; pixels and labels are always there.
        least_images: Fewest images of each set; with fewer, everything is NaN.
        least_side: Smallest side R of the images, in pixels; with less, everything is NaN.
        order: Place among the metrics, small numbers first.
    """

    name: str
    measure: Measure
    quantities: tuple[Quantity, ...]
    title: str
    meaning: str
    needs_features: bool
    least_images: int
    least_side: int
    order: int

    def __post_init__(self) -> None:
        # The registry compares modules to see whether a name is registered twice.
        object.__setattr__(self, "__module__", self.measure.__module__)

    def __call__(self, real: Sample, synthetic: Sample, options: Options) -> dict[str, Any]:
        """Values with intervals, as from `Measure`; NaN where there are too few images or they are too small."""
        return self.measure(real, synthetic, options) if self._enough(real, synthetic) else self._undefined()

    def values(self, real: Sample, synthetic: Sample, options: Options) -> dict[str, float]:
        """Values, by key, of the quantities that are marked `quick`, without intervals; NaN where undefined."""
        quantities = [quantity for quantity in self.quantities if quantity.quick]
        if not self._enough(real, synthetic):
            return {quantity.key: _NAN for quantity in quantities}
        metrics = self.measure(real, synthetic, replace(options, quick=True, step=_silent))
        found = {quantity.key: quantity.found(metrics) for quantity in quantities}
        return {key: one["value"] for key, one in found.items() if one is not None}

    def _enough(self, real: Sample, synthetic: Sample) -> bool:
        return min(len(real), len(synthetic)) >= self.least_images and real.images.shape[1] >= self.least_side

    def _undefined(self) -> dict[str, Any]:
        metrics: dict[str, Any] = {}
        for quantity in self.quantities:
            here = metrics
            for name in quantity.place or (quantity.key,):
                here = here.setdefault(name, {})
            here["value"] = _NAN
        return metrics
