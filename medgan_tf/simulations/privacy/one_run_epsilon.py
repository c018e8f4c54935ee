"""Lower bounds on epsilon from one training, for mechanisms whose epsilon is known.

Randomised response tells each coin rightly with probability e^epsilon / (1 + e^epsilon): nothing leaks more at the same
epsilon. The Gaussian mechanism adds noise to each coin; at the same epsilon an attack finds less.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from medgan_tf.metrics.privacy.one_run_epsilon import audited_epsilon
from medgan_tf.simulations.row import ERROR, POWER, Row

RESPONSE, GAUSSIAN = "randomised response", "Gaussian mechanism"
_DELTA = 1e-5


@dataclass(frozen=True)
class Setting:
    """A mechanism and the number of canaries."""

    mechanism: str
    epsilon: float
    canaries: int


SETTINGS = tuple(
    Setting(mechanism, epsilon, canaries)
    for mechanism in (RESPONSE, GAUSSIAN)
    for canaries in (100, 1000)
    for epsilon in (0.0, 1.0, 4.0, 8.0)
    if epsilon or mechanism == RESPONSE
)


def simulate(draws: int, seed: int, settings: Sequence[Setting] = SETTINGS) -> list[Row]:
    """The share of bounds above the truth, and of bounds above half of it."""
    random = np.random.default_rng(seed)
    rows = []
    for setting in settings:
        found = bounds(setting, draws, random)
        words = f"{setting.mechanism}, {setting.canaries:,} canaries"
        above = int((found > setting.epsilon).sum())
        rows.append(Row(f"{words}: bound above the truth", f"epsilon {setting.epsilon:g}", ERROR, above, draws))
        if setting.epsilon:
            half = int((found > setting.epsilon / 2).sum())
            median = f"median bound {np.median(found):.2f}"
            truth = f"epsilon {setting.epsilon:g}; {median}"
            rows.append(Row(f"{words}: bound above half of the truth", truth, POWER, half, draws))
    return rows


def bounds(setting: Setting, draws: int, random: np.random.Generator) -> np.ndarray:
    """The bound of each study, float64 [draws]."""
    found = np.empty(draws)
    for draw in range(draws):
        inside = random.random(setting.canaries) < 0.5
        scores = _scores(setting, inside, random)
        delta = _DELTA if setting.mechanism == GAUSSIAN else 0.0
        found[draw] = audited_epsilon(scores, inside, delta=delta, seed=draw).bound
    return found


def _scores(setting: Setting, inside: np.ndarray, random: np.random.Generator) -> np.ndarray:
    if setting.mechanism == GAUSSIAN:
        return inside + gaussian_noise(setting.epsilon, _DELTA) * random.normal(size=len(inside))
    told = random.random(len(inside)) < 1 / (1 + np.exp(-setting.epsilon))
    return np.where(told, inside, ~inside).astype(np.float64)


def gaussian_noise(epsilon: float, delta: float) -> float:
    """Standard deviation at which noise on a number of sensitivity 1 is exactly (epsilon, delta) private.

    B. Balle and Y.-X. Wang, Improving the Gaussian mechanism for differential privacy, ICML 2018, theorem 8.
    """

    def excess(noise: float) -> float:
        near, far = 1 / (2 * noise), epsilon * noise
        return float(stats.norm.cdf(near - far) - np.exp(epsilon) * stats.norm.cdf(-near - far)) - delta

    return float(optimize.brentq(excess, 1e-2, 1e3))
