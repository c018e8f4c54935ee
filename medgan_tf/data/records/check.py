"""Checks a dataset folder that was written, and counts its label combinations."""

import numpy as np

from medgan_tf.data.pseudonym_numbers import NONE, as_pseudonym, pseudonym_numbers
from medgan_tf.data.records.example import RecordBatch
from medgan_tf.data.records.manifest import FOLDS, Combination
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.tables.combinations import find_combinations
from medgan_tf.errors import DataError


def combination_counts(labels: np.ndarray, label_names: tuple[str, ...], folds: np.ndarray) -> list[Combination]:
    """The manifest's table of label combinations, most frequent first.

    Args:
        labels: [N, L] of 0 and 1.
        label_names: The L names.
        folds: Fold of each image [N].
    """
    found = find_combinations(labels, label_names)
    counts = {fold: np.bincount(found.index[folds == fold], minlength=len(found.names)) for fold in FOLDS}
    return [
        Combination(
            labels=[name for name, value in zip(label_names, vector, strict=True) if value],
            vector=vector.tolist(),
            **{fold: int(counts[fold][number]) for fold in FOLDS},
        )
        for number, vector in enumerate(found.labels)
    ]


def check_written(dataset: DatasetFolder) -> None:
    """Reads every record back: counts and combinations as the manifest says, no image twice, no patient in two folds.

    Raises:
        DataError: The first contradiction.
    """
    manifest = dataset.manifest
    # Without their images, and numbers in place of pseudonyms, so that memory hardly grows with them.
    parts = [(number, *_numbers(batch)) for number, fold in enumerate(FOLDS) for batch in dataset.batches(fold)]
    folds = np.concatenate([np.full(len(labels), number, np.uint8) for number, labels, *_ in parts])
    labels, images, patients, copies = (np.concatenate([part[place] for part in parts]) for place in range(1, 5))
    del parts
    order = np.lexsort((copies, images))
    twice = (images[order][1:] == images[order][:-1]) & (copies[order][1:] == copies[order][:-1])
    if twice.any():
        raise DataError(f"{dataset.path}: image {as_pseudonym(images[order][twice.argmax()])} was written twice")
    _check_one_fold(dataset, "image", images, folds)
    known = patients != NONE
    _check_one_fold(dataset, "patient", patients[known], folds[known])
    if combination_counts(labels, dataset.label_names, np.array(FOLDS, dtype=object)[folds]) != manifest.combinations:
        raise DataError(f"{dataset.path}: the labels that were written are not those of the plan")
    counts = {fold: len(np.unique(patients[known & (folds == number)])) for number, fold in enumerate(FOLDS)}
    if manifest.patients is not None and counts != manifest.patients:
        raise DataError(f"{dataset.path}: {counts} patients were written, the plan has {manifest.patients}")


def _check_one_fold(dataset: DatasetFolder, kind: str, pseudonyms: np.ndarray, folds: np.ndarray) -> None:
    names, index = np.unique(pseudonyms, return_inverse=True)
    homes = np.empty(len(names), np.uint8)
    homes[index[::-1]] = folds[::-1]
    strangers = np.flatnonzero(homes[index] != folds)
    if strangers.size:
        row = strangers[0]
        first, second = FOLDS[homes[index[row]]], FOLDS[folds[row]]
        name = as_pseudonym(pseudonyms[row])
        raise DataError(f"{dataset.path}: {kind} {name} is in both the {first} and the {second} fold")


def _numbers(batch: RecordBatch) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Labels, images, patients and numbers of repeats."""
    images, patients = pseudonym_numbers(batch.image_ids), pseudonym_numbers(batch.patients)
    return batch.labels, images, patients, batch.copies.astype(np.uint16)
