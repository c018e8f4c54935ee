"""What an attack finds, held against what the same attack finds without any influence of training: its null.

The null differs from chance when training images and held-out images differ for another reason: another device, other
years, other patients. Nobody then knows how much of the attack's success is due to training. So both readings count:

- A leak is shown only where the attack is above its limit both as it is and after the null is subtracted.
- That there is none is shown by the attack as it is; where the null differs from chance, by the difference as well.

Without such a difference the null adds only noise to the second reading, and can make no leak look smaller.
"""

from collections.abc import Callable
from dataclasses import dataclass

OneSided = Callable[[float], tuple[float, float]]


@dataclass(frozen=True)
class Leak:
    """An attack's strength, on the scale of its own measure.

    Attributes:
        raw, raw_limits: The attack as it is, and its one-sided limits at any confidence.
        beyond, beyond_limits: Chance + attack - null, and its limits.
        null_differs: Whether the null is shown to differ from chance, at 1 % on two sides.
    """

    raw: float
    raw_limits: OneSided
    beyond: float
    beyond_limits: OneSided
    null_differs: bool

    @property
    def value(self) -> float:
        """The attack's strength; that beyond the null where the null differs from chance."""
        return self.beyond if self.null_differs else self.raw

    def limits(self, confidence: float) -> tuple[float, float]:
        """One-sided limits: the lower one of both readings, and the upper one of those that count."""
        raw, beyond = self.raw_limits(confidence), self.beyond_limits(confidence)
        return min(raw[0], beyond[0]), max(raw[1], beyond[1]) if self.null_differs else raw[1]
