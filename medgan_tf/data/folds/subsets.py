"""The paper's three kinds of subset (Table S1): classes, nested samples, and all; under- and over-sampling.

Every draw takes the first images of one seeded order, so a smaller subset is contained in a larger one of the same
seed. Functions return positions into the arrays they were given.
"""

from collections.abc import Sequence

import numpy as np

from medgan_tf.errors import DataError


def seeded_order(image_ids: np.ndarray, seed: int) -> np.ndarray:
    """A random rank for every image, int64 [N], that depends on the set of ids and the seed but not on their order."""
    order = np.empty(len(image_ids), np.int64)
    order[np.argsort(np.asarray(image_ids, dtype=str), kind="stable")] = np.random.default_rng(seed).permutation(
        len(image_ids)
    )
    return order


def rank_within(combination: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Place of each image among those of its combination, int64 [N], counted from 0 along `order`."""
    if not len(combination):
        return np.zeros(0, np.int64)
    by_combination = np.lexsort((order, combination))
    sizes = np.bincount(combination)
    starts = np.repeat(np.cumsum(sizes) - sizes, sizes)
    rank = np.empty(len(combination), np.int64)
    rank[by_combination] = np.arange(len(combination)) - starts
    return rank


def per_combination(
    combination: np.ndarray, order: np.ndarray, names: Sequence[str], count: int, fold: str, oversample: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Draws `count` images of each combination of one fold.

    Args:
        combination: Combination of each image [N], as an index into `names`.
        order: Seeded order [N].
        names: The C combinations.
        count: Images of each combination.
        fold: Name of the fold, for messages.
        oversample: Repeat images of a combination that has too few, the first ones once more than the rest.

    Returns:
        Rows [C * count] and the copy number of each (0, or 1, 2, ... for repeats).

    Raises:
        DataError: A combination has too few images (none at all, when over-sampling).
    """
    sizes = np.bincount(combination, minlength=len(names))
    short = np.flatnonzero(sizes < (1 if oversample else count))
    if len(short):
        first = short[0]
        change = "set data.subset.oversample or " if fold == "train" and not oversample else ""
        raise DataError(
            f"combination {names[first]} has {sizes[first]} {fold} images, {count} asked"
            f"{_and_others(len(short) - 1)}; {change}lower data.subset.{fold}_per_combination, "
            "use fewer combinations, or try another data.split_seed"
        )
    by_combination = np.lexsort((order, combination))
    starts = np.cumsum(sizes) - sizes
    places = np.arange(count)
    rows = np.concatenate([by_combination[starts[c] + places % sizes[c]] for c in range(len(names))])
    copies = np.concatenate([places // sizes[c] for c in range(len(names))])
    return rows, copies


def _and_others(number: int) -> str:
    return f" (and {number} more combinations have too few)" if number else ""


def proportional(combination: np.ndarray, order: np.ndarray, total: int, fold: str) -> np.ndarray:
    """Draws `total` images, from each combination in proportion to its size (largest remainders rounded up).

    Returns:
        Mask of the drawn images, bool [N].

    Raises:
        DataError: There are fewer than `total` images.
    """
    if total > len(combination):
        raise DataError(
            f"the {fold} fold has {len(combination)} images, {total} asked; lower data.subset.{fold}_images"
        )
    sizes = np.bincount(combination)
    exact = sizes * (total / len(combination))
    quota = np.floor(exact).astype(np.int64)
    remainders = np.lexsort((np.arange(len(sizes)), quota - exact))
    quota[remainders[: total - quota.sum()]] += 1
    return rank_within(combination, order) < quota[combination]
