"""One simulated rate: a setting, the truth in it, and how often something happened."""

from dataclasses import dataclass
from typing import Literal

from scipy import stats

COVERAGE, ERROR, POWER = "coverage", "error rate", "power"
LEAST_COVERAGE, MOST_COVERAGE, MOST_ERROR = 0.92, 0.98, 0.06


@dataclass(frozen=True)
class Row:
    """A rate in one setting.

    Attributes:
        setting: What was varied, in words.
        truth: The true value.
        what: `coverage` of an interval of 95 %, `error rate` of a test or verdict of 5 %, or `power`.
        count: Draws in which it happened: the interval held the truth, or the verdict was wrong, or it was found.
        draws: Draws in all.
    """

    setting: str
    truth: str
    what: Literal["coverage", "error rate", "power"]
    count: int
    draws: int

    @property
    def rate(self) -> float:
        """Share of the draws."""
        return self.count / self.draws

    @property
    def interval(self) -> tuple[float, float]:
        """Clopper-Pearson interval of the rate, 95 %."""
        found = stats.binomtest(self.count, self.draws).proportion_ci(0.95)
        return float(found.low), float(found.high)

    @property
    def remark(self) -> str:
        """Empty where the rate is what is promised, as far as so many draws can tell."""
        low, high = self.interval
        if self.what == COVERAGE:
            return "too low" if high < LEAST_COVERAGE else "conservative" if low > MOST_COVERAGE else ""
        return "too high" if self.what == ERROR and low > MOST_ERROR else ""

    @property
    def fails(self) -> bool:
        """Whether the rate is shown to break its promise. An interval that is too wide breaks none."""
        return self.remark in ("too low", "too high")
