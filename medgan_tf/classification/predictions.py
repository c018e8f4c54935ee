"""`predictions.csv`: the score of every test image for every label, from which every statistic can be made again."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medgan_tf.errors import DataError
from medgan_tf.files.atomic import atomic_path
from medgan_tf.files.csv_files import csv_lines, csv_rows

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
    with open(path, newline="", encoding="utf-8", errors="backslashreplace") as file:
        header, *rows = [*csv_rows(file)] or [[]]
    if header != _HEADER:
        raise DataError(f"{path}: expected the columns {', '.join(_HEADER)}. Received: {', '.join(header)}")
    names = tuple(dict.fromkeys(row[2] for row in rows if len(row) == len(_HEADER)))
    per_image = [rows[start : start + len(names)] for start in range(0, len(rows), max(1, len(names)))]
    try:
        for image in per_image:
            if tuple(row[2] for row in image) != names or len({row[0] for row in image}) != 1:
                raise ValueError(f"image {image[0][0]} does not have one row for each label")
        scores = np.array([[float(row[3]) for row in image] for image in per_image])
        truth = np.array([[float(row[4]) for row in image] for image in per_image])
    except (ValueError, IndexError) as error:
        raise DataError(f"{path} is damaged: {error}; train the classifier again") from error
    if not rows or not np.isfinite(scores).all() or not np.isin(truth, (0, 1)).all():
        raise DataError(f"{path} is damaged: expected finite scores and truths of 0 and 1; train the classifier again")
    return Predictions(
        names, np.array([image[0][0] for image in per_image]), np.array([i[0][1] for i in per_image]), truth, scores
    )
