"""Data copying: are synthetic images nearer to training images than to equally good images that were not trained on?

Follows the three-sample idea of C. Meehan et al., A non-parametric test to detect data-copying in generative models,
AISTATS 2020. Their statistic also rises when synthetic images are merely typical; here training and held-out images
compete for being the nearest, which typical images leave undecided.
"""

from dataclasses import dataclass

import numpy as np

from medgan_tf.metrics.auc import auc
from medgan_tf.metrics.bootstrap import Interval, patient_numbers, percentile_interval
from medgan_tf.metrics.streams import stream


@dataclass(frozen=True)
class Excess:
    """Training images among the nearest real images.

    Attributes:
        share: Share of the synthetic images whose nearest real image is a training image.
        expected: The share to expect from the numbers of training and held-out images alone.
        excess: (share - expected) / (1 - expected): 0 without copying, 1 if all are nearest to training images.
        interval: Interval of `excess`, over patients.
        p: Probability of a share at least as large when training and held-out patients are exchanged at random.
    """

    share: float
    expected: float
    excess: float
    interval: Interval
    p: float


def training_excess(
    nearest_row: np.ndarray,
    trained: np.ndarray,
    patients: np.ndarray,
    strata: np.ndarray,
    seed: int,
    draws: int = 2000,
    level: float = 0.95,
) -> Excess:
    """Tests whether training images are the nearest real ones more often than their number makes likely.

    Args:
        nearest_row: int [M], nearest image of each synthetic one among all N real images.
        trained: bool [N], whether a real image is a training image.
        patients: str [N].
        strata: [N], e.g. label combinations: the expectation is that of the nearest image's stratum, because training
            and held-out images may hold other shares of the combinations.
        seed, draws: Seed and number of the bootstrap draws and permutations.
        level: Coverage of the interval.
    """
    groups = patient_numbers(patients)
    _, stratum = np.unique(strata, return_inverse=True)
    share_of_stratum = np.bincount(stratum, weights=trained) / np.bincount(stratum)
    wins = np.bincount(nearest_row, minlength=len(trained)).astype(float)
    expected_wins = wins * share_of_stratum[stratum]
    # Everything by patient: won by training images, won at all, expected.
    won = np.bincount(groups, weights=wins * trained)
    all_won, expected = np.bincount(groups, weights=wins), np.bincount(groups, weights=expected_wins)
    share, chance = won.sum() / all_won.sum(), expected.sum() / all_won.sum()
    value = _excess(share, chance)
    random, belongs = stream(seed, "data copying"), np.bincount(groups, weights=trained) > 0
    samples = []
    for start in range(0, draws, 256):
        weights = _drawn(belongs, min(256, draws - start), random)
        total = weights @ all_won
        with np.errstate(invalid="ignore", divide="ignore"):
            samples.append(_excess((weights @ won) / total, (weights @ expected) / total))
    p = _permutation_p(all_won, belongs, won.sum(), draws, random)
    return Excess(float(share), float(chance), float(value), percentile_interval(np.concatenate(samples), level), p)


def _excess(share: np.ndarray, expected: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return (share - expected) / (1 - np.asarray(expected))


def _drawn(trained: np.ndarray, rows: int, random: np.random.Generator) -> np.ndarray:
    """Number of draws of each patient, [rows, P]. The numbers of training and of held-out patients stay the same."""
    weights = np.zeros((rows, len(trained)))
    for side in (trained, ~trained):
        count = int(side.sum())
        if count:
            weights[:, side] = random.multinomial(count, np.full(count, 1 / count), size=rows)
    return weights


def _permutation_p(
    won: np.ndarray, trained: np.ndarray, observed: float, draws: int, random: np.random.Generator
) -> float:
    """One-sided p-value: how often patients drawn at random, as many as train, reach at least the same excess."""
    as_large = sum(won[random.permutation(trained)].sum() >= observed - 1e-9 for _ in range(draws))
    return (as_large + 1) / (draws + 1)


def nearer_than_held_out(synthetic: np.ndarray, held_out: np.ndarray) -> float:
    """Probability that a synthetic image is nearer to the training set than a held-out image (Meehan et al.'s U).

    Args:
        synthetic: Distances of synthetic images to their nearest training image, [M].
        held_out: Distances of held-out images to theirs, [H].

    Returns:
        0..1; above 0.5 synthetic images are nearer: copied, or only more typical than real ones.
    """
    truth = np.concatenate([np.ones(len(synthetic)), np.zeros(len(held_out))])
    return auc(truth, -np.concatenate([synthetic, held_out]))
