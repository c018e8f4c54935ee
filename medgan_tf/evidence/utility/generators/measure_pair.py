"""The difference between the gaps of two generators, with its error over seeds and patients.

Both gaps have the same real-trained classifier, whose AUC cancels out. What is left is the AUC of the classifier that
was trained on the second generator's images less that of the first, on the same patients: it has the error that the gap
itself has, see `metrics.seed_patient`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from medgan_tf.evidence.utility.estimates.joint_aucs import joint_aucs
from medgan_tf.evidence.utility.estimates.seed_scores import SeedScores
from medgan_tf.evidence.utility.verdict import UNDEFINED, against_margin

FIRST, SECOND = "first", "second"
"""Names of the two generators' predictions in `SeedScores.predictions`."""
LEVEL = 0.95


@dataclass(frozen=True)
class GapDifference:
    """The gap of the first generator less that of the second.

    Attributes:
        value: Its mean over seeds.
        low, high: 95 % interval, for other trainings and other patients; NaN with one seed or too few patients.
        p_smaller, p_larger: One-sided p-values; None where nothing can be decided.
        reason: Why, where this is so.
    """

    value: float
    low: float
    high: float
    p_smaller: float | None = None
    p_larger: float | None = None
    reason: str = ""


def gap_difference(seeds: Sequence[SeedScores], switches: Sequence[str]) -> GapDifference:
    """Compares two generators over shared seeds.

    Args:
        seeds: Predictions `FIRST` and `SECOND` of each seed, all on the same images.
        switches: Switches of `original_code` that are on.
    """
    joint = joint_aucs(seeds, (SECOND, FIRST), switches)
    contrast = joint.contrast((1.0, -1.0), joint.counted)
    both, interval = contrast.over_both, contrast.interval(LEVEL)
    ends = float(both.mean), interval["low"], interval["high"]
    if both.seeds < 2:
        return GapDifference(*ends, reason="one training")
    if not contrast.enough_for_a_verdict:
        return GapDifference(*ends, reason="too few test patients")
    if against_margin(both, 0.0)[0] == UNDEFINED:
        return GapDifference(*ends, reason="the trainings do not differ")
    p_smaller = both.p_below(0.0)
    return GapDifference(*ends, p_smaller, 1 - p_smaller)
