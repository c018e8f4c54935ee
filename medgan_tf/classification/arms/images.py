"""The images of an arm: whole patients, rare combinations topped up, and any multiple of the synthetic set."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from medgan_tf.classification.arms.names import MULTIPLE, RARE, Arm
from medgan_tf.classification.training_set import Examples
from medgan_tf.data.records.reader import DatasetFolder, FoldArrays
from medgan_tf.errors import DataError
from medgan_tf.metrics.streams import chosen_rows, stream

_MOST_ADDED = 20
"""Synthetic images for each real one, above which no set is topped up."""


def arm_examples(
    arm: Arm, real: DatasetFolder, synthetic: DatasetFolder | None, further: Sequence[DatasetFolder], seed: int
) -> tuple[Examples, Examples]:
    """Training and validation images of an arm's own training.

    Args:
        arm: The arm. A fine-tuned one has real images only: it has seen the synthetic ones before.
        real: The prepared dataset. Its whole validation fold validates every arm but multiples of the synthetic set.
        synthetic: The synthetic set; its validation fold validates its multiples.
        further: For a multiple above 1, the further sets in their order; for a rare one, the set of images of rare
            combinations, or none: then they are taken from the synthetic set.
        seed: Seed of the choice of patients and images.

    Raises:
        DataError: A damaged set, or more images asked for than a set may be topped up with.
    """
    if arm.kind == MULTIPLE:
        sets = (dataset.read_fold("train") for dataset in (synthetic, *further))
        return _joined([_plain(fold, rows) for fold, rows in _multiple(sets, arm.size, seed)]), _plain(
            synthetic.read_fold("valid")
        )
    fold, valid = real.read_fold("train"), _plain(real.read_fold("valid"))
    if arm.kind != RARE:
        return _plain(fold, patient_rows(fold.patients, arm.size, seed)), valid
    pool = (further[0] if further else synthetic).read_fold("train")
    return _joined([_plain(fold), _plain(pool, pool_rows(fold.labels, pool.labels, arm.up_to, seed))]), valid


def patient_rows(patients: np.ndarray, share: float, seed: int) -> np.ndarray:
    """The images of a share of the patients, at least one of them, in their order.

    Larger shares contain smaller ones. An image without a patient counts as one.

    Args:
        patients: str [N].
        share: Share of the patients, above 0 and at most 1.
        seed: Seed of the choice.
    """
    names = np.where(patients == "", [f" {row}" for row in range(len(patients))], patients)
    order = stream(seed, "patients of a share").permutation(np.unique(names))
    return np.flatnonzero(np.isin(names, order[: max(1, round(len(order) * share))]))


@dataclass(frozen=True)
class Need:
    """A label combination of which more images are needed.

    Attributes:
        vector: [L].
        rows: Rows of the real images that have it, int64 [n].
        images: Number of images that are needed.
    """

    vector: np.ndarray
    rows: np.ndarray
    images: int


def needs(labels: np.ndarray, up_to: int | None) -> list[Need]:
    """The combinations of fewer than `up_to` real training images, and how many images each needs.

    Args:
        labels: [N, L] of the real training images.
        up_to: Images that each combination shall have; None: as many as the most frequent one.

    Raises:
        DataError: None needs any, or that would be more than twenty synthetic images for each real one.
    """
    vectors, numbers, counts = np.unique(labels, axis=0, return_inverse=True, return_counts=True)
    wanted = int(counts.max()) if up_to is None else up_to
    found = [
        Need(vector, np.flatnonzero(numbers.ravel() == place), wanted - int(count))
        for place, (vector, count) in enumerate(zip(vectors, counts, strict=True))
        if count < wanted
    ]
    if not found:
        raise DataError(
            f"classifier.rare_augmentation adds nothing: each of {len(vectors):,} label combinations has {wanted:,} or "
            "more training images; leave it out or give a larger number"
        )
    added = sum(need.images for need in found)
    if added > _MOST_ADDED * len(labels):
        raise DataError(
            f"classifier.rare_augmentation would add {added:,} synthetic images to {len(labels):,} real ones to give "
            f"each of {len(vectors):,} label combinations {wanted:,}; at most {_MOST_ADDED} for each real image are "
            "added; give a smaller number"
        )
    return found


def pool_rows(labels: np.ndarray, pool: np.ndarray, up_to: int | None, seed: int) -> np.ndarray:
    """Rows of synthetic images that top up rare combinations; fewer where the pool has no more of one.

    Args:
        labels: [N, L] of the real training images.
        pool: [M, L] of the synthetic images.
        up_to: See `needs`.
        seed: Seed of the choice.
    """
    rows = []
    for need in needs(labels, up_to):
        own = np.flatnonzero((pool == need.vector).all(axis=1))
        random = stream(seed, f"rare combination {''.join(str(int(value)) for value in need.vector)}")
        rows.append(own[chosen_rows(len(own), need.images, random)])
    return np.sort(np.concatenate(rows))


def _multiple(sets: Iterator[FoldArrays], size: float, seed: int) -> Iterator[tuple[FoldArrays, np.ndarray | slice]]:
    """Whole sets one after the other, and a share of the last; larger multiples contain smaller ones."""
    for number, fold in enumerate(sets):
        left, count = size - number, len(fold.images)
        if left >= 1:
            yield fold, slice(None)
        else:
            random = stream(seed, f"images of a multiple, set {number + 1}")
            yield fold, chosen_rows(count, max(1, round(count * left)), random)


def _plain(fold: FoldArrays, rows: np.ndarray | slice = slice(None)) -> Examples:
    return Examples(fold.images[rows], fold.labels[rows])


def _joined(parts: list[Examples]) -> Examples:
    if len(parts) == 1:
        return parts[0]
    return Examples(np.concatenate([one.images for one in parts]), np.concatenate([one.labels for one in parts]))
