"""Who is attacked: members, and non-members who are like them in all that has nothing to do with training."""

from dataclasses import dataclass

import numpy as np

from medgan_tf.evidence.image_sets import ImageSet
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.metrics.bootstrap import patient_numbers
from medgan_tf.metrics.streams import stream

_FOLDS, _FOLDS_OF_FEW, _FEW = 8, 4, 80
_MOST_IMAGES = (8, 4, 2, 1)
_MOST_MEMBERS_PER_NON_MEMBER = 4
_ENOUGH = 0.8


@dataclass(frozen=True)
class Side:
    """The candidates of one side, members or non-members.

    Attributes:
        rows: int [N], rows of their images in the set.
        patients: int [N], the patient of each, 0 .. P - 1; an image of an unknown patient is a patient of its own.
        folds: int [P], the fold of each patient.
        names: str [P], pseudonyms; "" where unknown.
    """

    rows: np.ndarray
    patients: np.ndarray
    folds: np.ndarray
    names: np.ndarray

    def in_fold(self, fold: int) -> np.ndarray:
        """bool [N], the images of a fold's patients."""
        return self.folds[self.patients] == fold

    def others(self, whole: ImageSet, fold: int) -> np.ndarray:
        """Rows of all images of the set whose patient is not attacked in this fold."""
        numbers = patient_numbers(whole.patients)
        attacked = np.zeros(numbers.max() + 1, bool)
        attacked[numbers[self.rows[self.in_fold(fold)]]] = True
        return np.flatnonzero(~attacked[numbers])


@dataclass(frozen=True)
class Candidates:
    """Members and non-members.

    Attributes:
        members, non_members: Both sides.
        unit: What is counted: "patients", or "images" where no patient is known.
        folds: Number of folds. Each is attacked with a reference and a null set of patients who are not in it.
    """

    members: Side
    non_members: Side
    unit: str
    folds: int

    @property
    def few(self) -> int:
        """Patients of the smaller side."""
        return min(len(self.members.folds), len(self.non_members.folds))


def candidates(inputs: PrivacyInputs) -> Candidates:
    """Draws the candidates; whole patients, as they are the units.

    Of both sides equal shares have the same most frequent label combination and the same number of images. So neither
    labels nor numbers of images tell members from others. Where patients of the two sides have different numbers of
    images, only some of their images are used, drawn at random: as many as leave most of the patients.
    """
    random = stream(inputs.seed, "candidates of membership attacks")
    drawn = []
    for most in _MOST_IMAGES:
        kept = [_thinned(one, most, random) for one in (inputs.train, inputs.held_out)]
        drawn.append((kept, _matched([_strata(*one) for one in kept], inputs.settings.images, random)))
    enough = _ENOUGH * len(drawn[-1][1][1])
    (train, held_out), (members, non_members) = next(one for one in drawn if len(one[1][1]) >= enough)
    known = (inputs.train.patients != "").any() and (inputs.held_out.patients != "").any()
    folds = _FOLDS if len(non_members) >= _FEW else _FOLDS_OF_FEW
    return Candidates(
        _side(inputs.train, train[0], members, folds, random),
        _side(inputs.held_out, held_out[0], non_members, folds, random),
        "patients" if known else "images",
        folds,
    )


def _thinned(whole: ImageSet, most: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of at most `most` images of each patient, their patients, and their label combinations."""
    numbers = patient_numbers(whole.patients)
    order = random.permutation(len(numbers))
    order = order[np.argsort(numbers[order], kind="stable")]
    sizes = np.bincount(numbers)
    place = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    rows = np.sort(order[place < most])
    return rows, numbers[rows], whole.combinations()[rows]


def _strata(rows: np.ndarray, numbers: np.ndarray, combinations: np.ndarray) -> np.ndarray:
    """The most frequent label combination of each patient and the number of images, str [P]."""
    names, codes = np.unique(combinations, return_inverse=True)
    counts = np.zeros((numbers.max() + 1, len(names)), np.int32)
    np.add.at(counts, (numbers, codes), 1)
    images = counts.sum(axis=1)
    return np.array([f"{names[code]}\n{count}" for code, count in zip(counts.argmax(axis=1), images, strict=True)])


def _matched(strata: list[np.ndarray], most: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the member patients and the non-member patients, at most `most` of each."""
    ratio = max(1, min(_MOST_MEMBERS_PER_NON_MEMBER, len(strata[0]) // len(strata[1])))
    taken: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for stratum in np.unique(strata[1]):
        member, non_member = (random.permutation(np.flatnonzero(side == stratum)) for side in strata)
        count = min(len(non_member), len(member) // ratio)
        taken[0].append(member[: ratio * count])
        taken[1].append(non_member[:count])
    members, non_members = (np.sort(random.permutation(np.concatenate(side))[:most]) for side in taken)
    return members, non_members


def _side(whole: ImageSet, rows: np.ndarray, patients: np.ndarray, folds: int, random: np.random.Generator) -> Side:
    numbers = patient_numbers(whole.patients)
    rows = rows[np.isin(numbers[rows], patients)]
    names = np.full(len(patients), "", whole.patients.dtype)
    own = np.searchsorted(patients, numbers[rows])
    names[own] = whole.patients[rows]
    return Side(rows, own, random.permutation(len(patients)) % folds, names)
