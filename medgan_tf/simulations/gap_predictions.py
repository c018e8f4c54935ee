"""The gap of made-up predictions with a known truth: coverage of its interval, and errors of its verdict.

The way is that of `evidence.utility.measure`: AUCs of all seeds, their joint covariance, interval, and the finding
against a margin. The true gap is the margin, so both findings are wrong.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from medgan_tf.evidence.utility.estimates.joint_aucs import joint_aucs
from medgan_tf.evidence.utility.estimates.seed_contrast import FEWEST_OF_A_GAP, FEWEST_OF_A_VERDICT
from medgan_tf.evidence.utility.verdict import ABOVE, BELOW, against_margin
from medgan_tf.simulations.row import COVERAGE, ERROR, Row
from medgan_tf.simulations.studies import Study, drawn

GAP = 0.03
_STUDY = Study((10,), 200, images=2, gap=GAP, seed_sd=0.01)
_RARE = (5,) * 4 + (60,) * 10
SETTINGS = (
    *(replace(_STUDY, positive=(count,), auc=auc) for auc in (0.85, 0.95, 0.98, 0.99) for count in (5, 10, 15, 20, 50)),
    *(replace(_STUDY, positive=(count,), auc=0.7) for count in (10, 50)),
    *(replace(_STUDY, positive=(count,), seeds=seeds) for seeds in (2, 3, 10) for count in (20, 50)),
    *(replace(_STUDY, positive=(30,), seed_sd=sd) for sd in (0.0, 0.03)),
    *(replace(_STUDY, positive=positive, auc=auc) for auc in (0.85, 0.95) for positive in ((5, 5, 10, 10), _RARE)),
)
"""The last ones have several labels, of which some are rare."""


def simulate(draws: int, seed: int, settings: Sequence[Study] = SETTINGS) -> list[Row]:
    """Three rows for each setting: the interval of the mean gap, and the two findings at the margin.

    With fewer than `FEWEST_OF_A_GAP` patients there is no interval, with fewer than `FEWEST_OF_A_VERDICT` no verdict.
    Those rows show what the formulas would give.
    """
    random = np.random.default_rng(seed)
    return [row for setting in settings for row in _rows(setting, draws, random)]


def _rows(study: Study, draws: int, random: np.random.Generator) -> list[Row]:
    count = {COVERAGE: 0, BELOW: 0, ABOVE: 0}
    shown = judged = 0
    for _ in range(draws):
        joint = joint_aucs(drawn(study, random), ("real", "synthetic"), ())
        contrast = joint.contrast((1.0, -1.0), joint.counted)
        low, high = contrast.over_both.interval(0.95)
        count[COVERAGE] += low <= study.gap <= high
        finding = against_margin(contrast.over_both, study.gap)[0]
        if finding in count:
            count[finding] += 1
        shown += contrast.enough_patients
        judged += contrast.enough_for_a_verdict
    truth = f"gap {study.gap:g}, AUC {study.auc:g} real"
    few = "not shown: fewer than {} patients"
    warning = few.format(FEWEST_OF_A_GAP) if shown < draws / 2 else ""
    rows = [Row(words(study), truth, COVERAGE, count[COVERAGE], draws, warning)]
    warning = few.format(FEWEST_OF_A_VERDICT) if judged < draws / 2 else ""
    found = [(f"{words(study)}: {side} a margin of {study.gap:g}", count[side]) for side in (BELOW, ABOVE)]
    return rows + [Row(setting, truth, ERROR, number, draws, warning) for setting, number in found]


def words(study: Study) -> str:
    """The study in words."""
    counts = {count: study.positive.count(count) for count in study.positive}
    if len(study.positive) == 1:
        labels = f"{study.positive[0]} positive patients"
    else:
        labels = " and ".join(f"{number} labels of {count}" for count, number in counts.items()) + " positive patients"
    return f"{study.seeds} seeds, sd {study.seed_sd:g} over seeds, {labels} of {study.patients}"
