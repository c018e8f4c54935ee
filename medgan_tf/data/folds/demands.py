"""What a subset asks of the split: images of each combination in each fold, and images of a fold in all."""

from dataclasses import dataclass, replace

import numpy as np

from medgan_tf.config.schema import Subset
from medgan_tf.data.tables.combinations import FOLDS

LEAST_TOLERANCE, TOLERANCE = 3, 0.1
"""A combination may differ from its share of a fold by three images or 10 %, whichever is more."""


@dataclass(frozen=True)
class Demands:
    """Least numbers of images that the split has to give.

    Attributes:
        images: int64 [C, 3], of each combination in train, valid and test; 0 where nothing is asked.
        totals: int64 [3], of a fold in all, counted over the first `used` combinations; 0 where nothing is asked.
        used: Number of combinations that the subset keeps, the most frequent ones.
        train_is_fixed: Whether so many training images are asked that no more matter: neither all, nor repeats.
    """

    images: np.ndarray
    totals: np.ndarray
    used: int
    train_is_fixed: bool = False

    def served_by(self, counts: np.ndarray) -> bool:
        """Whether images of each combination and fold, int64 [C, 3], are enough."""
        return bool((counts >= self.images).all() and (counts[: self.used].sum(axis=0) >= self.totals).all())

    def keeping_train(self, counts: np.ndarray, fraction: float) -> "Demands":
        """The same for valid and test; in train, each combination is asked its share less the tolerance.

        So validation and test images are not taken from training images that are all used.

        Args:
            counts: Images of each combination [C].
            fraction: Share of the train fold.
        """
        share = fraction * counts
        least = np.floor(np.round(share - np.maximum(LEAST_TOLERANCE, TOLERANCE * share), 6))
        images = self.images.copy()
        images[:, 0] = np.maximum(least, np.minimum(images[:, 0], 1))
        return replace(self, images=images)


def demands_of(subset: Subset, combinations: int) -> Demands:
    """What a subset asks of a split of images in so many combinations.

    A combination that may be over-sampled needs a single training image.
    """
    used = min(subset.combinations or combinations, combinations)
    images, totals = np.zeros((combinations, 3), np.int64), np.zeros(3, np.int64)
    for number, fold in enumerate(FOLDS):
        count = getattr(subset, f"{fold}_per_combination")
        if count is not None:
            images[:used, number] = 1 if subset.oversample and fold == "train" else count
        elif fold != "train":
            totals[number] = getattr(subset, f"{fold}_images") or 0
    fixed = subset.train_per_combination is not None and not subset.oversample
    return Demands(images, totals, used, fixed)


def count_images(combination: np.ndarray, folds: np.ndarray, combinations: int) -> np.ndarray:
    """Images of each combination in each fold, int64 [C, 3].

    Args:
        combination: Combination of each image [N].
        folds: Fold name of each image [N].
        combinations: C.
    """
    counts = [np.bincount(combination[folds == fold], minlength=combinations) for fold in FOLDS]
    return np.stack(counts, axis=1).astype(np.int64)
