"""Coverage of the interval of an AUC with few positive patients and several images of a patient."""

import numpy as np
from scipy import stats

from medgan_tf.metrics.clustered_auc import FEWEST_PATIENTS, auc_interval, clustered_aucs
from medgan_tf.metrics.streams import stream
from medgan_tf.simulations.row import COVERAGE, Row

AUCS = (0.6, 0.8, 0.92, 0.95)
POSITIVE_PATIENTS = (FEWEST_PATIENTS, 10, 20, 50)
MOST_IMAGES = (1, 4)
PATIENTS = 200
SHARED = 0.5
"""Share of the variance of a score that all images of a patient have in common."""


def simulate(draws: int, seed: int) -> list[Row]:
    """Normal scores of 200 patients with 1, or 1 to 4, images each."""
    rows = []
    for auc in AUCS:
        for most in MOST_IMAGES:
            for positives in POSITIVE_PATIENTS:
                random = stream(seed, f"simulated AUC {auc} {most} {positives}")
                count = sum(covers(auc, positives, most, random) for _ in range(draws))
                images = "1 image" if most == 1 else f"1 to {most} images"
                rows.append(
                    Row(f"{positives} positive patients, {images} a patient", f"{auc:g}", COVERAGE, count, draws)
                )
    return rows


def covers(auc: float, positives: int, most: int, random: np.random.Generator) -> bool:
    """Whether the interval of one simulated study holds the true AUC."""
    images = random.integers(1, most + 1, PATIENTS)
    groups = np.repeat(np.arange(PATIENTS), images)
    truth = groups < positives
    own = random.normal(size=PATIENTS)[groups]
    noise = np.sqrt(SHARED) * own + np.sqrt(1 - SHARED) * random.normal(size=len(groups))
    # The difference of two scores has twice the variance of one.
    scores = np.sqrt(2) * stats.norm.ppf(auc) * truth + noise
    found = auc_interval(clustered_aucs(truth[:, None], scores[:, None], groups.astype(str)), 0)
    return bool(found.low <= auc <= found.high)
