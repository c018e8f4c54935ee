"""Errors of the answer of `medgan-tf combinations`: is the share of right combinations at least twice chance?

The shares of runs are drawn from a beta distribution around a known mean. Where the mean is twice chance, both answers
count as wrong.
"""

from collections.abc import Sequence

import numpy as np

from medgan_tf.evidence.utility.right_combination import REFUTED, SHOWN, answer, mean_over_runs
from medgan_tf.metrics.streams import stream
from medgan_tf.simulations.row import ERROR, POWER, Row

CHANCE = 1 / 6
SETTINGS = tuple((runs, spread) for runs in (2, 3, 5, 10) for spread in (0.05, 0.13))
"""Number of runs, and standard deviation of a run's share."""
MEANS = {"chance": CHANCE, "twice chance": 2 * CHANCE, "0.6": 0.6}


def simulate(draws: int, seed: int, settings: Sequence[tuple[int, float]] = SETTINGS) -> list[Row]:
    """Six rows for each setting: both answers at each of `MEANS`."""
    return [row for runs, spread in settings for row in _rows(runs, spread, draws, seed)]


def _rows(runs: int, spread: float, draws: int, seed: int) -> list[Row]:
    setting, rows = f"{runs} runs, sd {spread:g} of a run", []
    for name, mean in MEANS.items():
        found = _answers(mean, spread, runs, draws, stream(seed, f"simulated right combinations {setting} {name}"))
        right = {"chance": REFUTED, "0.6": SHOWN}.get(name)
        rows += [
            Row(f"{setting}: {word}", f"mean {name}", POWER if word == right else ERROR, found.count(word), draws)
            for word in (SHOWN, REFUTED)
        ]
    return rows


def _answers(mean: float, spread: float, runs: int, draws: int, random: np.random.Generator) -> list[str]:
    """The answers of so many studies, each of some runs."""
    size = mean * (1 - mean) / spread**2 - 1
    shares = random.beta(mean * size, (1 - mean) * size, (draws, runs))
    return [answer(mean_over_runs(one)[1], CHANCE) for one in shares]
