"""Agreement of importance maps with known truth: how often does its interval contain it?

The agreement of an image is tanh(centre + patient + image), a correlation with a part of the patient, which all images
of one patient share, and one of the image. The truth is its mean over all patients and images.
"""

import numpy as np

from medgan_tf.evidence.importance.narrow import NARROW_ABOVE
from medgan_tf.metrics.clustered_mean import clustered_mean
from medgan_tf.simulations.row import COVERAGE, Row

PATIENTS, MOST_IMAGES = (3, 8, 20, 50), (1, 3)
CENTRES = (0.0, 0.4, 1.0)
"""Centre on the scale of Fisher's transformation: mean correlations of 0, 0.4 and 0.7."""
SPREAD = 0.3
WIDE = (1.5, 0.5)
"""Centre and spread of images that agree well on the whole and differ widely: there the coverage is too small."""


def simulate(draws: int, seed: int) -> list[Row]:
    """Coverage of the 95 % interval of `clustered_mean`.

    Args:
        draws: Studies of each setting.
        seed: Seed of all draws.
    """
    random = np.random.default_rng(seed)
    return [
        _coverage(random, patients, most, centre, spread, draws)
        for patients in PATIENTS
        for most in MOST_IMAGES
        for centre, spread in (*((one, SPREAD) for one in CENTRES), WIDE)
    ]


def _coverage(random: np.random.Generator, patients: int, most: int, centre: float, spread: float, draws: int) -> Row:
    truth = true_mean(centre, spread)
    inside = 0
    for _ in range(draws):
        groups = np.repeat(np.arange(patients), random.integers(1, most + 1, patients))
        parts = random.normal(0, spread, patients)[groups] + random.normal(0, spread, len(groups))
        found = clustered_mean(np.tanh(centre + parts), groups.astype(str))
        inside += found.low <= truth <= found.high
    images = "1 image each" if most == 1 else f"1 to {most} images each"
    remark = ", images differ widely" if (centre, spread) == WIDE else ""
    words, warning = f"{patients} patients, {images}{remark}", "called too narrow" if truth > NARROW_ABOVE else ""
    return Row(words, f"mean correlation {truth:.2f}", COVERAGE, inside, draws, warning)


def true_mean(centre: float, spread: float) -> float:
    """Mean of tanh(centre + z), where z has twice the variance `spread` squared; by Gauss-Hermite quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    return float(weights @ np.tanh(centre + np.sqrt(2) * spread * nodes) / weights.sum())
