"""All checks of pixels and labels of a set from elsewhere, in the order of causes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from medgan_tf.synthesis.external.checks.empty import check_empty, is_empty
from medgan_tf.synthesis.external.checks.finding import CheckFinding
from medgan_tf.synthesis.external.checks.histogram import check_histogram
from medgan_tf.synthesis.external.checks.orientation import check_orientation, wrong_change
from medgan_tf.synthesis.external.checks.tables import check_combinations, check_folds

MOST_IMAGES = 2000
"""Images of each set that are looked at; more would say nothing new. Labels are counted of all."""


@dataclass(frozen=True)
class RealSet:
    """The real training images that a set is compared with.

    Attributes:
        images: All or a random part of them, uint8 [M, R, R].
        patients: Patients of these, str [M], pseudonyms; "" counts as a patient of its own.
        labels: Of all, 0 and 1, [K, L].
        names: The L labels.
        counts: Numbers of real images by fold.
    """

    images: np.ndarray
    patients: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]
    counts: Mapping[str, int]


def check_against_real(images: np.ndarray, labels: Mapping[str, np.ndarray], real: RealSet) -> list[CheckFinding]:
    """Folds, combinations, empty images, orientation and grey levels.

    Args:
        images: Synthetic images, uint8 [N, R, R]: all, or a random part of them.
        labels: Labels of all synthetic images by fold, 0 and 1, [N, L], in the order of `real.names`.
        real: Real training images.
    """
    every = np.concatenate([np.asarray(values) for values in labels.values()])
    folds = check_folds(labels, real.counts)
    findings = [folds, check_combinations(every, real.labels, real.names)]
    empty = [int(is_empty(part).sum()) for part in (images, real.images)]
    findings.append(check_empty(empty[0], len(images), empty[1], len(real.images)))
    findings.append(check_orientation(images, real.images, real.patients))
    change = wrong_change(images, real.images, real.patients)
    # An inverted image has other grey levels; that is one mistake, not two.
    own = 255 - images if change is not None and change.inverted else images
    findings.append(check_histogram(own, real.images, real.patients))
    return findings
