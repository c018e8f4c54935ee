"""Coverage of the interval of one classifier's mean AUC over labels, of which some are rare."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from medgan_tf.classification.scores import mean_interval
from medgan_tf.metrics.clustered_auc import clustered_aucs
from medgan_tf.simulations.row import COVERAGE, Row
from medgan_tf.simulations.studies import Study, drawn

_STUDY = Study((60,) * 14, 200, images=2, seeds=1, seed_sd=0.0)
RARE = (2, 3, 5, 8)
SETTINGS = tuple(
    replace(_STUDY, positive=positive, auc=auc)
    for auc in (0.7, 0.85, 0.95)
    for positive in (*((count,) * 4 + (60,) * 10 for count in RARE), (5,) * 14, (10,), (50,))
)


def simulate(draws: int, seed: int, settings: Sequence[Study] = SETTINGS) -> list[Row]:
    """The share of intervals that hold the true mean AUC of the labels that are in the interval."""
    random = np.random.default_rng(seed)
    rows = []
    for study in settings:
        covered = 0
        for _ in range(draws):
            predictions = drawn(study, random)[0].predictions["real"]
            aucs = clustered_aucs(predictions.truth, predictions.scores, predictions.patients)
            interval = mean_interval(aucs)
            covered += interval["low"] <= study.auc <= interval["high"]
        counts = {count: study.positive.count(count) for count in study.positive}
        setting = ", ".join(f"{number} label{'s' if number > 1 else ''} of {count}" for count, number in counts.items())
        rows.append(
            Row(f"{setting} positive patients, of {study.patients}", f"AUC {study.auc:g}", COVERAGE, covered, draws)
        )
    return rows
