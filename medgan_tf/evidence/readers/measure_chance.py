"""Were the readers better than guessing, worse, or equivalent to it? Three questions with three tests.

Guessing gives 0.5 whatever share of the images a reader calls real: the score is the mean of sensitivity and
specificity. Here readers are the sample, and the images are those of this study. So the findings hold for these images
only; `measure_readers_and_images` takes both as samples.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from statsmodels.stats.weightstats import DescrStatsW

from medgan_tf.evidence.readers.measure_signed_rank import SignedRank, signed_rank
from medgan_tf.metrics.equivalence import equivalence

CHANCE = Fraction(1, 2)
ZEROS = {
    "drop": "zeros left out before ranking (Wilcoxon)",
    "pratt": "zeros ranked and then left out (Pratt)",
}


@dataclass(frozen=True)
class ChanceTests:
    """Scores of all readers against 0.5.

    Attributes:
        readers: Number of readers.
        mean, sd: Mean and standard deviation (n - 1) of the scores; sd is NaN for one reader.
        interval: Interval of the mean by Student's t, confidence 1 - level; NaN for one reader or equal scores.
        signed_rank: Exact test against 0.5; its `less` is the paper's test.
        margin: Half-width of the zone around 0.5 that counts as equivalent.
        equivalence_p: The larger p-value of two exact one-sided signed-rank tests, against 0.5 - margin and against
            0.5 + margin (Schuirmann 1987); small when the readers lie between.
        equivalence_t_p: The same with Student's t; NaN for one reader or equal scores.
        level: Significance level.
        zeros: Handling of zeros, `drop` or `pratt`.
    """

    readers: int
    mean: float
    sd: float
    interval: tuple[float, float]
    signed_rank: SignedRank
    margin: float
    equivalence_p: float
    equivalence_t_p: float
    level: float
    zeros: str

    @property
    def below(self) -> bool:
        """Whether readers were significantly worse than guessing (the paper's test)."""
        return self.signed_rank.less < self.level

    @property
    def above(self) -> bool:
        """Whether readers were significantly better than guessing."""
        return self.signed_rank.greater < self.level

    @property
    def equivalent(self) -> bool:
        """Whether readers were significantly within the margin around guessing."""
        return self.equivalence_p < self.level

    def to_json(self) -> dict[str, Any]:
        """All numbers and the methods in words."""
        values = asdict(self) | {"below": self.below, "above": self.above, "equivalent": self.equivalent}
        method = f"exact Wilcoxon signed-rank test from integer counts, ties by midranks, {ZEROS[self.zeros]}"
        return values | {
            "method": method,
            "equivalence_method": f"two one-sided tests (TOST), each an {method}; equivalence_t_p by Student's t",
        }


def against_chance(scores: Sequence[Fraction], level: float, margin: float, zeros: str = "drop") -> ChanceTests:
    """Tests the scores of all readers against 0.5.

    Args:
        scores: Exact score of each reader, 0 to 1.
        level: Significance level.
        margin: Half-width of the zone of equivalence.
        zeros: `drop` or `pratt`.
    """
    # The decimal that was written, not its binary neighbour, so that a reader exactly on the margin is a zero.
    exact = Fraction(str(margin))
    above_lower = signed_rank([score - (CHANCE - exact) for score in scores], zeros).greater
    below_upper = signed_rank([score - (CHANCE + exact) for score in scores], zeros).less
    numbers = np.array([float(score) for score in scores])
    spread = len(set(scores)) > 1
    interval = DescrStatsW(numbers).tconfint_mean(level) if spread else (math.nan, math.nan)
    return ChanceTests(
        readers=len(scores),
        # The exact mean, rounded once.
        mean=float(sum(scores) / len(scores)),
        sd=float(numbers.std(ddof=1)) if len(scores) > 1 else math.nan,
        interval=(float(interval[0]), float(interval[1])),
        signed_rank=signed_rank([score - CHANCE for score in scores], zeros),
        margin=margin,
        equivalence_p=max(above_lower, below_upper),
        equivalence_t_p=equivalence(numbers - 0.5, margin).p,
        level=level,
        zeros=zeros,
    )
