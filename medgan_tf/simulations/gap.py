"""Errors of the verdict on the gap: a study is drawn with a true gap, and its finding is compared with the truth."""

import numpy as np

from medgan_tf.evidence.utility.verdict import ABOVE, BELOW, against_margin
from medgan_tf.metrics.seed_patient import SeedPatientMean
from medgan_tf.metrics.streams import stream
from medgan_tf.simulations.row import ERROR, POWER, Row

MARGIN = 0.05
SEEDS = (2, 3, 5, 10)
SEED_SD, SHARED_SD = (0.01, 0.02), (0.0, 0.005, 0.01, 0.02)
GAPS = (0.0, 0.5, 1.0, 1.5)
"""True gaps, as multiples of the margin."""


def simulate(draws: int, seed: int) -> list[Row]:
    """Normal gaps of seeds around a true gap, with a part that all seeds share because of the test patients."""
    rows = []
    for seeds in SEEDS:
        for spread in SEED_SD:
            for shared in SHARED_SD:
                rows += _rows(seeds, spread, shared, draws, seed)
    return rows


def _rows(seeds: int, spread: float, shared: float, draws: int, seed: int) -> list[Row]:
    setting = f"{seeds} seeds, sd {spread:g} over seeds, {shared:g} shared"
    rows = []
    for multiple in GAPS:
        random = stream(seed, f"simulated gap {setting} {multiple}")
        found = [verdict(multiple * MARGIN, seeds, spread, shared, random) for _ in range(draws)]
        truth = f"gap {multiple:g} x margin"
        if multiple == 1:
            # At the margin both findings are wrong.
            rows += [Row(f"{setting}: {word}", truth, ERROR, found.count(word), draws) for word in (BELOW, ABOVE)]
        elif multiple in (0.0, 1.5):
            word = BELOW if multiple < 1 else ABOVE
            rows.append(Row(f"{setting}: {word}", truth, POWER, found.count(word), draws))
        else:
            rows.append(Row(f"{setting}: {ABOVE}", truth, ERROR, found.count(ABOVE), draws))
    return rows


def verdict(gap: float, seeds: int, spread: float, shared: float, random: np.random.Generator) -> str:
    """What one simulated study finds: below, above or open."""
    values = gap + spread * random.normal(size=seeds) + shared * random.normal()
    mean = SeedPatientMean(float(values.mean()), seeds, float(values.var(ddof=1)), shared**2)
    return against_margin(mean, MARGIN)[0]
