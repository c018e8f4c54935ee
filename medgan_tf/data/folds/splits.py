"""Patient-disjoint folds, stratified by label combination (paper S.1)."""

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from medgan_tf.data.tables.combinations import FOLDS
from medgan_tf.errors import DataError


def split_patients(
    patient_ids: np.ndarray,
    combination: np.ndarray,
    fractions: tuple[float, float, float],
    seed: int,
    stratified: bool = True,
) -> np.ndarray:
    """Assigns every image a fold so that no patient is in two.

    Each patient is in one stratum, that of the rarest combination among their images: rare combinations are then
    spread over all folds, the frequent ones are by their number. Strata too small to be divided are pooled. As in the
    paper, held-out patients are split off first and then divided, so 55,192 patients give 44,153 / 5,519 / 5,520.
    The result does not depend on the order of the images.

    Args:
        patient_ids: Patient of each image [N].
        combination: Combination of each image [N], numbered from the most frequent (0) to the rarest.
        fractions: Shares of the patients in train, valid and test; they add up to 1.
        seed: Seed of the split.
        stratified: False draws patients plainly at random, as the paper's published code does.

    Returns:
        Fold names, object [N].

    Raises:
        DataError: Too few patients for three folds.
    """
    patients, index = np.unique(np.asarray(patient_ids, dtype=str), return_inverse=True)
    strata = np.zeros(len(patients), np.int64)
    if stratified:
        np.maximum.at(strata, index, combination)
    held_out = fractions[1] + fractions[2]
    if len(patients) * min(fractions) < 1:
        needed = int(np.ceil(1 / min(fractions)))
        raise DataError(f"{len(patients)} patients are too few for folds of {list(fractions)}; {needed} are needed")
    everyone = np.arange(len(patients))
    train, rest = _divide(everyone, strata, held_out, seed)
    valid, test = _divide(rest, strata[rest], fractions[2] / held_out, seed + 1)
    folds = np.empty(len(patients), dtype=object)
    for name, members in zip(FOLDS, (train, valid, test), strict=True):
        folds[members] = name
    return folds[index]


def _divide(members: np.ndarray, strata: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    # Rounded first: sums such as 0.1 + 0.2 must not push ceil() over a whole number.
    second = int(np.ceil(round(len(members) * share, 6)))
    smaller = min(second, len(members) - second)
    pooled = _pool(strata, smaller)
    stratify = pooled if len(np.unique(pooled)) > 1 else None
    first_half, second_half = train_test_split(members, test_size=second, random_state=seed, stratify=stratify)
    return np.sort(first_half), np.sort(second_half)


def _pool(strata: np.ndarray, most: int) -> np.ndarray:
    """Joins the smallest strata until each has two members and there are at most `most`: what scikit-learn needs."""
    _, codes, sizes = np.unique(strata, return_inverse=True, return_counts=True)
    order = np.lexsort((np.arange(len(sizes)), -sizes))
    keep = int(min((sizes >= 2).sum(), most))
    if keep < len(sizes):
        # The pool takes one of the places; it takes in one more stratum if it would be a single patient.
        keep = max(keep - 1, 0) if keep == most else keep
        if sizes[order[keep:]].sum() < 2:
            keep = max(keep - 1, 0)
    names = np.full(len(sizes), keep)
    names[order[:keep]] = np.arange(keep)
    return names[codes]


def check_patients_disjoint(frame: pd.DataFrame) -> None:
    """Checks that no patient is in two folds. Images of unknown patients ("") are not compared.

    Args:
        frame: Columns `patient_id` and `fold`.

    Raises:
        DataError: Patients in two folds; names up to three and their folds.
    """
    pairs = frame.loc[frame["patient_id"] != "", ["patient_id", "fold"]].drop_duplicates()
    shared = pairs["patient_id"][pairs["patient_id"].duplicated()].unique()
    if len(shared):
        examples = "; ".join(
            f"{patient} in {' and '.join(sorted(pairs['fold'][pairs['patient_id'] == patient]))}"
            for patient in sorted(map(str, shared))[:3]
        )
        raise DataError(f"{len(shared)} patients are in more than one fold: {examples}")
