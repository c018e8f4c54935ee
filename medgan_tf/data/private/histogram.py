"""Numbers of units by label combination, with noise: the one release of labels in a private training.

Each unit adds the vector of its shares: of all its images, the share that has each label combination. Its entries are
at least 0 and add up to at most 1, so a unit more or less changes the counts by an L2 norm of at most 1. Shares are
whole multiples of 2^-20, rounded down, so sums are exact, and the bound holds for the numbers in the computer too.
"""

from dataclasses import dataclass

import numpy as np

from medgan_tf.config.schema import Experiment
from medgan_tf.data.private.label_terms import LabelTerms, label_terms
from medgan_tf.data.private.noisy_counts import NoisyCounts, public_vectors
from medgan_tf.data.private.selection import refuse_uncovered
from medgan_tf.data.private.units import training_units, unit_numbers
from medgan_tf.errors import ConfigError, RunError

_GRID = 2**20
_DRAWS = 4
_SURELY = 2.0
"""Deviations above the threshold at which a combination is found in 98 of 100 cases."""


@dataclass(frozen=True)
class ExactCounts:
    """Counts without noise. They are private: nothing but `add_noise` may read them.

    Attributes:
        vectors: uint8 [K, L], the label combinations.
        counts: float64 [K], sums of the shares.
    """

    vectors: np.ndarray
    counts: np.ndarray


def noisy_counts(
    experiment: Experiment,
    label_names: tuple[str, ...],
    labels: np.ndarray,
    patients: np.ndarray,
    delta: float,
    random: np.random.Generator,
    where: str = "the dataset",
) -> NoisyCounts:
    """The noisy numbers of units by label combination. This uses the data: make it once for a training and keep it.

    Args:
        experiment: A private experiment.
        label_names: Names of the L columns of the label vectors.
        labels: [N, L] of 0 and 1, the label vectors of the training images.
        patients: str [N], patient pseudonyms, "" where unknown.
        delta: Delta of the whole guarantee.
        random: Secret, and never used for another release: with the noise of two releases equal, their difference
            tells the exact counts.
        where: The dataset, for messages.

    Raises:
        ConfigError: A public combination has an unknown label or is named twice, or the images were chosen by exact
            counts and that is not declared public.
        DataError: The patient of an image is not known, see `training_units`.
        RunError: No combination has enough patients to be found under the guarantee.
    """
    refuse_uncovered(experiment)
    dp = experiment.privacy.dp
    units, terms = training_units(dp, patients, where), label_terms(dp, delta)
    if dp.combinations is None:
        exact = found_counts(labels, units, terms.combinations_per_unit)
    else:
        try:
            vectors = public_vectors(dp.combinations, label_names)
        except ValueError as error:
            raise ConfigError(f"privacy.dp.combinations: {error}") from error
        exact = public_counts(labels, units, vectors)
    return add_noise(exact, tuple(label_names), terms, random)


def public_counts(labels: np.ndarray, units: np.ndarray, vectors: np.ndarray) -> ExactCounts:
    """Counts of combinations that are public, in their order.

    An image with another combination is counted nowhere, but it is one of its unit's images: the shares of that unit
    add up to less than 1.

    Args:
        labels: [N, L] of 0 and 1.
        units: str [N], "" for a unit of its own.
        vectors: uint8 [K, L].
    """
    vectors = np.asarray(vectors, np.uint8)
    known, index = _combinations(np.concatenate([vectors, np.asarray(labels).astype(np.uint8)]))
    place = np.full(len(known), -1, np.int64)
    place[index[: len(vectors)]] = np.arange(len(vectors))
    pairs = _pairs(unit_numbers(units), index[len(vectors) :], len(known))
    listed = place[pairs.combination] >= 0
    shares = pairs.images[listed] * _GRID // pairs.all_images[listed]
    return ExactCounts(vectors, _sums(place[pairs.combination[listed]], shares, len(vectors)))


def found_counts(labels: np.ndarray, units: np.ndarray, most: int) -> ExactCounts:
    """Counts of the combinations that occur, in the order of their label vectors.

    A unit is counted in its `most` most frequent combinations. Of equally frequent ones the first by label vector are
    taken. So the choice depends on nobody else.

    Args:
        labels: [N, L] of 0 and 1.
        units: str [N], "" for a unit of its own.
        most: Combinations that a unit is counted in, at most.
    """
    vectors, index = _combinations(np.asarray(labels).astype(np.uint8))
    pairs = _pairs(unit_numbers(units), index, len(vectors))
    order = np.lexsort((pairs.combination, -pairs.images, pairs.unit))
    unit = pairs.unit[order]
    first = np.searchsorted(unit, unit)
    kept = order[np.arange(len(order)) - first < most]
    totals = np.bincount(pairs.unit[kept], pairs.images[kept]).astype(np.int64)
    shares = pairs.images[kept] * _GRID // totals[pairs.unit[kept]]
    return ExactCounts(vectors, _sums(pairs.combination[kept], shares, len(vectors)))


@dataclass(frozen=True)
class _Pairs:
    """Pairs of a unit and a combination that it has images of, int64 [M] each."""

    unit: np.ndarray
    combination: np.ndarray
    images: np.ndarray
    all_images: np.ndarray


def _combinations(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different label vectors, sorted: the order of two of them depends on no other; and that of each image."""
    vectors, index = np.unique(labels, axis=0, return_inverse=True)
    return vectors, index.reshape(-1)


def _pairs(unit: np.ndarray, combination: np.ndarray, combinations: int) -> _Pairs:
    keys, images = np.unique(unit * combinations + combination, return_counts=True)
    unit, combination = keys // combinations, keys % combinations
    totals = np.bincount(unit, images).astype(np.int64)
    return _Pairs(unit, combination, images.astype(np.int64), totals[unit])


def _sums(places: np.ndarray, shares: np.ndarray, count: int) -> np.ndarray:
    sums = np.zeros(count, np.int64)
    np.add.at(sums, places, shares)
    return sums / _GRID


def add_noise(
    exact: ExactCounts, label_names: tuple[str, ...], terms: LabelTerms, random: np.random.Generator
) -> NoisyCounts:
    """The counts with Gaussian noise on each, rounded; what follows the noise needs no further charge.

    The noise is half the sum of four draws, which has the deviation of one and hides the grid of floating-point numbers
    of each (Holohan and Braghin 2021).

    Raises:
        RunError: All counts are below the threshold.
    """
    draws = random.standard_normal((_DRAWS, len(exact.counts))).sum(axis=0) / np.sqrt(_DRAWS)
    noisy = exact.counts + terms.noise * draws
    vectors = exact.vectors
    if terms.threshold is not None:
        shown = noisy >= terms.threshold
        if not shown.any():
            needed = int(np.ceil(terms.threshold + _SURELY * terms.noise))
            raise RunError(
                f"no label combination can be shown under the guarantee: expected one with {needed} patients or more; "
                "name combinations that are public in privacy.dp.combinations, lower privacy.dp.label_noise, or use "
                "fewer findings (data.findings)"
            )
        noisy, vectors = noisy[shown], vectors[shown]
    # A public combination that the noise took below 1 is generated too.
    counts = np.maximum(1, np.rint(noisy)).astype(np.int64)
    return NoisyCounts(label_names, vectors, counts, terms)
