"""The verdict on a gap: below the margin, above it, or not decided."""

from typing import Any

from medgan_tf.metrics.seed_patient import SeedPatientMean

BELOW, ABOVE, OPEN, UNDEFINED = "below", "above", "open", "undefined"
BETTER, EQUIVALENT, WORSE = "better", "equivalent", "worse"
ONE_TRAINING, TOO_FEW = "one training", "too few patients"
FEWEST_SEEDS = 5
"""Seeds from which on a gap below the margin is called good. Fewer mostly miss it: the power at a gap of
0 (margin 0.05, standard deviation 0.02) is 38 % with 2 seeds, 76 % with 3, 96 % with 5."""
ALPHA = 0.05
_SPREAD = 1e-9


def gap_verdict(mean: SeedPatientMean, margin: float, enough: bool = True) -> dict[str, Any]:
    """What is shown about the mean gap, for other trainings and other patients.

    Args:
        mean: The mean gap.
        margin: The largest gap that does not matter, above 0.
        enough: Whether there are patients enough for an interval; without, nothing is decided.

    Returns:
        `margin`; `low`, `high` (the interval of level 1 - 2 alpha, whose ends each have an error of alpha); `p_below`,
        `p_above` (one-sided, against the margin), `p_equivalent` (two one-sided tests, Schuirmann 1987); `against` (the
        margin): below, above, open, undefined; `finding`: equivalent, better, worse, open, `one training`,
        `too few patients`, undefined; `seeds`, `fewest_seeds`.
    """
    level = 1 - 2 * ALPHA
    low, high = mean.interval(level)
    against, finding = against_margin(mean, margin)
    p_below, p_above = mean.p_below(margin), mean.p_above(margin)
    p_equivalent = max(p_below, mean.p_above(-margin))
    if not enough:
        low = high = p_below = p_above = p_equivalent = float("nan")
        against, finding = (OPEN, ONE_TRAINING) if mean.seeds < 2 else (UNDEFINED, TOO_FEW)
    return {
        "margin": margin,
        "level": level,
        "low": low,
        "high": high,
        "p_below": p_below,
        "p_above": p_above,
        "p_equivalent": p_equivalent,
        "against": against,
        "finding": finding,
        "seeds": mean.seeds,
        "fewest_seeds": FEWEST_SEEDS,
    }


def against_margin(mean: SeedPatientMean, margin: float) -> tuple[str, str]:
    """What is shown of the mean gap and the margin, and the finding: `against` and `finding` of `gap_verdict`."""
    low, high = mean.interval(1 - 2 * ALPHA)
    if mean.seeds < 2:
        return OPEN, ONE_TRAINING
    # Trainings without any spread are one training that was copied.
    if not low < high or not mean.seed_variance > _SPREAD**2:
        return UNDEFINED, UNDEFINED
    if high < margin:
        return BELOW, EQUIVALENT if low > -margin else BETTER if high < -margin else OPEN
    return (ABOVE, WORSE) if low > margin else (OPEN, OPEN)
