"""One line of a simulation: how often an interval covered the truth, or a test found something."""

from dataclasses import dataclass

from statsmodels.stats.proportion import proportion_confint

COVERAGE, ERROR, POWER = "coverage", "error rate", "power"


@dataclass(frozen=True)
class Limits:
    """What a rate must keep to.

    Attributes:
        coverage: Lowest coverage of a 95 % interval.
        conservative: Coverage above which an interval is called conservative: wider than it need be.
        error: Highest rate of errors of a test at 5 %.
        with_chance: Whether the limits of the rate's own interval must keep to them, and not the rate alone.
    """

    coverage: float
    conservative: float
    error: float
    with_chance: bool


SUITE = Limits(0.91, 0.99, 0.09, False)
"""For 200 draws."""
TIGHT = Limits(0.92, 0.98, 0.06, True)
"""For a large run."""


@dataclass(frozen=True)
class Row:
    """What one setting of a simulation gave.

    Attributes:
        setting: The setting in words, e.g. "10 positive patients, 4 images each".
        truth: The true value, e.g. "AUC 0.8".
        what: `coverage` of a 95 % interval, `error rate` of a test or verdict at 5 %, or `power`.
        count: Draws with that outcome.
        draws: Draws that had an outcome.
        warning: What the product says beside the number in this setting, or instead of it; such a row is shown, and
            must not keep to limits.
    """

    setting: str
    truth: str
    what: str
    count: int
    draws: int
    warning: str = ""

    @property
    def rate(self) -> float:
        """NaN without draws."""
        return self.count / self.draws if self.draws else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the rate; NaN without draws."""
        if not self.draws:
            return float("nan"), float("nan")
        low, high = proportion_confint(self.count, self.draws, method="wilson")
        return max(0.0, float(low)), min(1.0, float(high))

    def holds(self, limits: Limits) -> bool:
        """Whether the rate keeps to the limits; conservative intervals do, and rows with a warning, and power."""
        if self.warning or self.what == POWER:
            return True
        low, high = self.interval if limits.with_chance else (self.rate, self.rate)
        return low >= limits.coverage if self.what == COVERAGE else high <= limits.error

    def is_conservative(self, limits: Limits) -> bool:
        """Whether a 95 % interval covers more than the limits call for."""
        return self.what == COVERAGE and self.rate > limits.conservative
