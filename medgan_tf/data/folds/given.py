"""Folds that the authors of a dataset gave its images, so that results can be compared with those of others."""

import numpy as np

from medgan_tf.data.folds.splits import split_patients
from medgan_tf.data.tables.combinations import FOLDS
from medgan_tf.errors import DataError

TRAIN_VALID = "train_valid"


def split_given(
    given: np.ndarray,
    patients: np.ndarray,
    combination: np.ndarray,
    fractions: tuple[float, float, float],
    seed: int,
    stratified: bool = True,
) -> np.ndarray:
    """Keeps given folds, and divides the images of `train_valid` by patient, in the ratio of train to valid.

    Args:
        given: `train`, `valid`, `test` or `train_valid` for each image [N].
        patients: Patient of each image [N].
        combination: Combination of each image [N], numbered from the most frequent (0) to the rarest.
        fractions: Shares of the patients in train, valid and test; only the first two count here.
        seed: Seed of the split.
        stratified: As of `split_patients`.

    Returns:
        Fold names, object [N].

    Raises:
        DataError: Another word as fold, or too few patients to divide.
    """
    odd = sorted(set(given) - {*FOLDS, TRAIN_VALID})
    if odd:
        raise DataError(f"expected the folds {', '.join(FOLDS)} or {TRAIN_VALID}. Received: {str(odd[0])!r}")
    folds = np.array(given, dtype=object)
    shared = folds == TRAIN_VALID
    if shared.any():
        valid = fractions[1] / (fractions[0] + fractions[1])
        # What is held out of train is valid here, both halves of it.
        shares = (1 - valid, valid / 2, valid / 2)
        parts = split_patients(patients[shared], combination[shared], shares, seed, stratified)
        folds[shared] = np.where(parts == "train", "train", "valid")
    return folds


def patients_or_images(patient_ids: np.ndarray, image_ids: np.ndarray) -> np.ndarray:
    """The patient of each image [N] or, where it is not known, the image itself: split by itself then, object [N]."""
    # A letter in front keeps a patient and an image of the same name apart.
    return np.array(
        [f"p{patient}" if patient else f"i{image}" for patient, image in zip(patient_ids, image_ids, strict=True)],
        dtype=object,
    )
