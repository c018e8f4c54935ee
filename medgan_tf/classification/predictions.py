"""`predictions.csv`: the score of every test image for every label, from which every statistic can be made again."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medgan_tf.errors import DataError
from medgan_tf.files.atomic import atomic_path
from medgan_tf.files.csv_files import csv_columns, csv_lines

PREDICTIONS = "predictions.csv"
"""Its name in the folder of a classifier."""
_HEADER = ["image_id", "patient", "label", "score", "truth"]


@dataclass(frozen=True)
class Predictions:
    """Probabilities of the test images.

    Attributes:
        label_names: L names.
        image_ids, patients: str [N], pseudonyms; "" for an unknown patient.
        truth: float64 [N, L], 0 or 1.
        scores: float64 [N, L], 0..1.
    """

    label_names: tuple[str, ...]
    image_ids: np.ndarray
    patients: np.ndarray
    truth: np.ndarray
    scores: np.ndarray


def write_predictions(path: Path, predictions: Predictions) -> None:
    """Writes one row for each image and label, atomically; scores with the nine digits that a float32 needs."""
    with atomic_path(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
        file.writelines(csv_lines([_HEADER]))
        for image_id, patient, truth, scores in zip(
            predictions.image_ids, predictions.patients, predictions.truth, predictions.scores, strict=True
        ):
            rows = zip(predictions.label_names, scores, truth, strict=True)
            file.writelines(
                csv_lines([image_id, patient, label, f"{score:.9g}", int(value)] for label, score, value in rows)
            )


def read_predictions(path: Path) -> Predictions:
    """Reads what `write_predictions` wrote.

    Raises:
        DataError: The file is missing, or is not such a table.
    """
    if not path.is_file():
        raise DataError(f"no predictions in {path.parent}: expected {path.name} there; `medgan-tf classify` makes it")
    columns = _columns(path)
    header = [column[0] for column in columns]
    if header != _HEADER:
        raise DataError(f"{path}: expected the columns {', '.join(_HEADER)}. Received: {', '.join(header)}")
    ids, patients, labels, scores, truth = (column[1:] for column in columns)
    names = tuple(dict.fromkeys(labels))
    try:
        _check_images(ids, labels, names)
        table = np.array([list(map(float, column)) for column in (scores, truth)]).reshape(2, -1, max(1, len(names)))
    except ValueError as error:
        raise DataError(f"{path} is damaged: {error}; train the classifier again") from error
    if not names or not np.isfinite(table[0]).all() or not np.isin(table[1], (0, 1)).all():
        raise DataError(f"{path} is damaged: expected finite scores and truths of 0 and 1; train the classifier again")
    return Predictions(names, *(np.array(column[:: len(names)]) for column in (ids, patients)), table[1], table[0])


def _columns(path: Path) -> list[list[str]]:
    with open(path, newline="", encoding="utf-8", errors="backslashreplace") as file:
        text = file.read()
    try:
        return csv_columns(text)
    except csv.Error as error:
        raise DataError(f"{path} is damaged: {error}; train the classifier again") from error


def _check_images(ids: list[str], labels: list[str], names: tuple[str, ...]) -> None:
    """Raises `ValueError` unless each image has one row for each label, in their order."""
    for start in range(0, len(ids), max(1, len(names))):
        rows = slice(start, start + len(names))
        if labels[rows] != list(names) or len(set(ids[rows])) != 1:
            raise ValueError(f"image {ids[start]} does not have one row for each label")
