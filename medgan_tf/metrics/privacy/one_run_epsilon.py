"""A lower bound on epsilon from one training: who was drawn by coin into the training set, and can an attack tell?

Each canary gets a fair coin: in the training set or not. An attack gives each a score, higher for members, and guesses
the coins of those with the highest and the lowest scores. If the training is (epsilon, delta) differentially private,
when one canary is added or left out, then of r guesses at least v are right with a probability of at most

    P[Bin(r, q) >= v] + 2 m delta alpha,  q = e^epsilon / (1 + e^epsilon),  alpha = max_i P[v - i <= Bin < v] / i

for m canaries. Every epsilon for which this is below 5 % is refuted. The bound is the largest such epsilon.

T. Steinke, M. Nasr, M. Jagielski, Privacy auditing with one (1) training run, NeurIPS 2023, theorem 5.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from medgan_tf.metrics.streams import stream

GUESSED_SHARES = (0.1, 0.9)
"""Shares of the canaries that are guessed: few guesses find a few people who stand out, many find a weak but general
effect. Not all are guessed: by chance fewer or more than half of them are in, and guesses would be wrong for that."""
FEWEST_CANARIES = 20
_LARGEST = 60.0


@dataclass(frozen=True)
class EpsilonBound:
    """A lower bound on epsilon.

    Attributes:
        bound: The largest epsilon that is refuted; 0 where none is.
        ceiling: The bound if all those guesses had been right: no attack can show more with as many canaries.
        canaries: m.
        guesses: r.
        right: v.
        tried: How often r was chosen; the confidence is corrected for that.
        delta: That of the claim.
        confidence: Confidence in the bound, over all choices of r together.
    """

    bound: float
    ceiling: float
    canaries: int
    guesses: int
    right: int
    tried: int
    delta: float
    confidence: float


def p_value(canaries: int, guesses: int, right: int, epsilon: float, delta: float = 0.0) -> float:
    """Largest probability of so many right guesses, or more, under (epsilon, delta) differential privacy.

    Args:
        canaries: m.
        guesses: r, at most m.
        right: v, at most r.
        epsilon: 0 or more.
        delta: 0..1.
    """
    if not 0 <= right <= guesses <= canaries or epsilon < 0 or not 0 <= delta <= 1:
        raise ValueError(
            "expected 0 <= right <= guesses <= canaries, epsilon >= 0 and delta in 0..1. Received: "
            f"right={right}, guesses={guesses}, canaries={canaries}, epsilon={epsilon}, delta={delta}"
        )
    share = 1 / (1 + np.exp(-epsilon))
    chance = float(stats.binom.sf(right - 1, guesses, share))
    if right and delta:
        below = np.cumsum(stats.binom.pmf(np.arange(right - 1, -1, -1), guesses, share))
        chance += 2 * canaries * delta * float((below / np.arange(1, right + 1)).max())
    return min(1.0, chance)


def epsilon_bound(canaries: int, guesses: int, right: int, delta: float = 0.0, confidence: float = 0.95) -> float:
    """The largest epsilon that is refuted with this confidence, 0 where none is.

    Args:
        canaries, guesses, right, delta: As for `p_value`.
        confidence: 0.5..1.
    """

    def above(epsilon: float) -> float:
        return p_value(canaries, guesses, right, epsilon, delta) - (1 - confidence)

    if above(0.0) >= 0:
        return 0.0
    # With a delta of 0 some epsilon is always large enough. With another the chance grows as well, through alpha.
    return float(optimize.brentq(above, 0.0, _LARGEST, xtol=1e-9)) if above(_LARGEST) >= 0 else _LARGEST


def ceiling(canaries: int, guesses: int | None = None, delta: float = 0.0, confidence: float = 0.95) -> float:
    """The bound when all guesses are right; `guesses` None means that all coins are guessed."""
    guesses = canaries if guesses is None else guesses
    return epsilon_bound(canaries, guesses, guesses, delta, confidence)


def fewest_canaries(epsilon: float, confidence: float = 0.95) -> int:
    """Canaries below which no attack can contradict a claim of (epsilon, 0): even if every coin is guessed rightly.

    From q^m <= 1 - confidence with q = e^epsilon / (1 + e^epsilon).
    """
    return int(np.ceil(np.log(1 - confidence) / -np.log1p(np.exp(-epsilon))))


def right_guesses(scores: np.ndarray, inside: np.ndarray, guesses: int, seed: int = 0) -> int:
    """Right guesses when the highest half is guessed to be in, and the lowest half out.

    Args:
        scores: float64 [m], one for each canary. Equal scores are put in random order: the order in which canaries
            are given must not tell their coins.
        inside: bool [m], the coins.
        guesses: r, even.
        seed: Seed of the order of equal scores.
    """
    scores, inside = np.asarray(scores, np.float64), np.asarray(inside, bool)
    mixed = stream(seed, "order of canaries with equal scores").permutation(len(scores))
    order = mixed[np.argsort(-scores[mixed], kind="stable")]
    half = guesses // 2
    return int(inside[order[:half]].sum() + (~inside[order[len(order) - half :]]).sum())


def audited_epsilon(
    scores: np.ndarray,
    inside: np.ndarray,
    *,
    shares: Sequence[float] = GUESSED_SHARES,
    delta: float = 0.0,
    confidence: float = 0.95,
    seed: int = 0,
) -> EpsilonBound:
    """The bound from scores and coins. Of several numbers of guesses the best counts, with Bonferroni's correction.

    Args:
        scores: float64 [m], one for each canary, higher for members; finite.
        inside: bool [m], the coins: whether the canary is in the training set.
        shares: Shares of the canaries that are guessed. They must be chosen before anyone looks at the scores.
        delta: That of the claim.
        confidence: 0.5..1.
        seed: Seed of the order of equal scores.

    Raises:
        ValueError: There are fewer than `FEWEST_CANARIES` canaries, or a score is not finite.
    """
    scores, inside = np.asarray(scores, np.float64), np.asarray(inside, bool)
    count = len(scores)
    if scores.shape != inside.shape or count < FEWEST_CANARIES or not np.isfinite(scores).all():
        raise ValueError(
            f"expected finite scores and coins of at least {FEWEST_CANARIES} canaries. Received: {scores.shape} scores "
            f"and {inside.shape} coins"
        )
    numbers = sorted({max(2, 2 * int(share * count / 2)) for share in shares})
    each = 1 - (1 - confidence) / len(numbers)
    found = []
    for guesses in numbers:
        right = right_guesses(scores, inside, guesses, seed)
        bound = epsilon_bound(count, guesses, right, delta, each)
        most = ceiling(count, guesses, delta, each)
        found.append(EpsilonBound(bound, most, count, guesses, right, len(numbers), delta, confidence))
    highest = max(one.ceiling for one in found)
    best = max(found, key=lambda one: (one.bound, one.guesses))
    return EpsilonBound(**{**best.__dict__, "ceiling": highest})
