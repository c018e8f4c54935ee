"""The gain of an arm over its control, on made-up predictions: coverage of its interval, and errors of its finding.

The estimator is that of the gap, and an arm stands where the real classifiers stand, so the way is that of
`gap_predictions`. What differs is the truth: there is no gain, so a gain that is shown and one that is refuted are both
wrong. Trainings of small shares of the patients vary more than others, and arms that share their start vary less.
"""

from collections.abc import Sequence
from dataclasses import replace

from medgan_tf.simulations import gap_predictions
from medgan_tf.simulations.row import Row
from medgan_tf.simulations.studies import Study

_STUDY = Study((50,), 200, images=2, gap=0.0, seed_sd=0.01)
SETTINGS = (
    *(replace(_STUDY, positive=(count,), auc=auc) for auc in (0.6, 0.85) for count in (20, 50)),
    *(replace(_STUDY, seeds=seeds) for seeds in (2, 3, 10)),
    *(replace(_STUDY, seed_sd=sd) for sd in (0.0, 0.05)),
    replace(_STUDY, positive=(20, 30, 50, 60)),
)


def simulate(draws: int, seed: int, settings: Sequence[Study] = SETTINGS) -> list[Row]:
    """Three rows for each setting: the interval of the gain, and the two findings, at a true gain of 0."""
    return gap_predictions.simulate(draws, seed, settings)
