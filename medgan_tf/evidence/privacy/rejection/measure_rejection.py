"""Draws noise again for images that a detector flags, and measures what such a detector leaves through."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from medgan_tf.data.tables.combinations import combination_name
from medgan_tf.errors import DataError
from medgan_tf.synthesis.labels import LabelTable

ROUNDS = 20
_NAMED = 5

Flag = Callable[[np.ndarray], np.ndarray]
"""Function from uint8 images [N, R, R, 1] to which of them are flagged, bool [N]."""

Make = Callable[[str, np.ndarray, np.ndarray], np.ndarray]
"""Function from fold, rows [N] and attempts [N] to the images uint8 [N, R, R, 1] of these rows and draws of noise."""


@dataclass(frozen=True)
class Choice:
    """The noise that is kept.

    Attributes:
        attempts: int64 [N] by fold: which draw of the noise gives an image that is not flagged; 0 is the first.
        images: uint8 [N, R, R, 1] by fold: these images. Made again in other batches, one might differ by a grey level.
        drawn: Images drawn in all.
        rejected: How many were flagged, by label combination.
    """

    attempts: dict[str, np.ndarray]
    images: dict[str, np.ndarray]
    drawn: int
    rejected: Counter


def choose_noise(
    table: LabelTable, make: Make, flag: Flag, report: Callable[[int, int], None], batch: int, rounds: int = ROUNDS
) -> Choice:
    """Draws each image until it is not flagged. So every label combination keeps its number of images.

    Args:
        table: The labels to generate images for.
        make: Makes images.
        flag: Finds those that must not be released.
        report: Called with images that are decided, and all.
        batch: Images at a time.
        rounds: Largest number of draws of an image.

    Raises:
        DataError: Some image is flagged in every round; the message names the label combinations.
    """
    attempts, images, rejected, drawn, done = {}, {}, Counter(), 0, 0
    total, stuck = sum(map(len, table.folds.values())), Counter()
    for fold, labels in table.folds.items():
        names = _names(table, labels)
        attempts[fold], rows = np.zeros(len(labels), np.int64), np.arange(len(labels))
        for _ in range(rounds):
            still = []
            for start in range(0, len(rows), batch):
                part = rows[start : start + batch]
                made = make(fold, part, attempts[fold][part])
                if fold not in images:
                    images[fold] = np.zeros((len(labels), *made.shape[1:]), np.uint8)
                images[fold][part] = made
                still.append(part[flag(made)])
                done += len(part) - len(still[-1])
                report(done, total)
            drawn += len(rows)
            rows = np.concatenate([*still, np.zeros(0, np.int64)])
            rejected.update(names[rows].tolist())
            if not len(rows):
                break
            attempts[fold][rows] += 1
        stuck.update(names[rows].tolist())
    if stuck:
        listed = ", ".join(name for name, _ in stuck.most_common(_NAMED))
        raise DataError(
            f"{sum(stuck.values())} images were rejected in each of {rounds} draws, most of the labels {listed}: the "
            "generator gives almost nothing else there; train it on more patients or shorter, or leave these labels out"
        )
    return Choice(attempts, images, drawn, rejected)


def _names(table: LabelTable, labels: np.ndarray) -> np.ndarray:
    vectors, inverse = np.unique(labels, axis=0, return_inverse=True)
    return np.array([combination_name(one, table.names) for one in vectors], object)[inverse.ravel()]


@dataclass(frozen=True)
class LeftThrough:
    """What a detector that knows half of the training patients leaves through.

    Attributes:
        passed: Images that the detector with one half does not flag; each half had its turn.
        flagged: Those of them that the detector with the other half flags.
        before: Share that the detector with the other half flags of all images.
    """

    passed: int
    flagged: int
    before: float


def left_through(images: np.ndarray, halves: tuple[Flag, Flag]) -> LeftThrough:
    """Rejects with one half of the training patients and looks with the other one, with both roles.

    Args:
        images: uint8 [N, R, R, 1], as the generator gives them.
        halves: The detectors with the halves.
    """
    first, second = (flag(images) for flag in halves)
    passed = int((~first).sum() + (~second).sum())
    flagged = int((~first & second).sum() + (~second & first).sum())
    return LeftThrough(passed, flagged, float((first.mean() + second.mean()) / 2))
