"""All checks of pixels and labels of a set from elsewhere, in the order of causes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from medgan_tf.metrics.streams import chosen_rows, stream
from medgan_tf.synthesis.external.checks.finding import CheckFinding
from medgan_tf.synthesis.external.checks.histogram import check_histogram
from medgan_tf.synthesis.external.checks.orientation import check_orientation, wrong_change
from medgan_tf.synthesis.external.checks.plain import check_empty, is_empty
from medgan_tf.synthesis.external.checks.tables import check_combinations, check_folds

MOST_IMAGES = 2000
"""Images of each set that orientation and histogram look at; more would say nothing new."""


@dataclass(frozen=True)
class RealSet:
    """The real training images that a set is compared with.

    Attributes:
        images: uint8 [M, R, R].
        labels: 0 and 1, [M, L].
        patients: str [M], pseudonyms; "" counts as a patient of its own.
        names: The L labels.
        counts: Numbers of real images by fold.
    """

    images: np.ndarray
    labels: np.ndarray
    patients: np.ndarray
    names: tuple[str, ...]
    counts: Mapping[str, int]


def check_against_real(
    images: np.ndarray, labels: Mapping[str, np.ndarray], real: RealSet, seed: int
) -> list[CheckFinding]:
    """Folds, combinations, empty images, orientation and grey levels.

    Args:
        images: Synthetic images of all folds, uint8 [N, R, R], in any order; or a random part of them.
        labels: Their labels by fold, 0 and 1, [N, L], in the order of `real.names`.
        real: The real training images.
        seed: Chooses images where there are more than `MOST_IMAGES`.
    """
    every = np.concatenate([np.asarray(values) for values in labels.values()])
    folds = check_folds(labels, real.counts)
    findings = [folds, check_combinations(every, real.labels, real.names)] if len(every) else [folds]
    empty = [int(is_empty(part).sum()) for part in (images, real.images)]
    findings.append(check_empty(empty[0], len(images), empty[1], len(real.images)))
    if not len(images):
        return findings
    own = images[chosen_rows(len(images), MOST_IMAGES, stream(seed, "synthetic images for checks"))]
    rows = chosen_rows(len(real.images), MOST_IMAGES, stream(seed, "real images for checks"))
    other, patients = real.images[rows], real.patients[rows]
    findings.append(check_orientation(own, other, patients))
    change = wrong_change(own, other, patients)
    # An inverted image has other grey levels; that is one mistake, not two.
    own = 255 - own if change is not None and change.inverted else own
    findings.append(check_histogram(own, other, patients))
    return findings
