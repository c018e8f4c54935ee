"""The finding on a gain: shown, refuted, or not decided."""

from typing import Any

from medgan_tf.evidence.utility.estimates.seed_contrast import SeedContrast
from medgan_tf.evidence.utility.verdict import (
    ABOVE,
    ALPHA,
    BELOW,
    ONE_TRAINING,
    OPEN,
    TOO_FEW,
    UNDEFINED,
    against_margin,
)

SHOWN, REFUTED = "shown", "refuted"
"""A gain is shown; it is refuted: a loss is shown. Else the finding is open, or says why nothing can be decided."""


def gain_verdict(contrast: SeedContrast) -> dict[str, Any]:
    """What is shown about a gain, for other trainings and other patients.

    Returns:
        `low`, `high` (the interval of level 1 - 2 alpha, whose ends each have an error of alpha), `level`, and
        `finding`: shown, refuted, open, or the reason why nothing is decided (one training, too few patients,
        undefined).
    """
    level = 1 - 2 * ALPHA
    low, high = contrast.over_both.interval(level)
    against, reason = against_margin(contrast.over_both, 0.0)
    if reason != ONE_TRAINING and not contrast.enough_for_a_verdict:
        low = high = float("nan")
        finding = TOO_FEW
    else:
        finding = {ABOVE: SHOWN, BELOW: REFUTED}.get(against, reason if reason in (ONE_TRAINING, UNDEFINED) else OPEN)
    return {"finding": finding, "low": low, "high": high, "level": level}
