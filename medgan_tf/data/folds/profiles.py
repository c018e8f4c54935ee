"""Patients grouped by what they bring: a split only has to say how many patients of each group are in which fold."""

from dataclasses import dataclass

import numpy as np

from medgan_tf.data.tables.combinations import FOLDS


@dataclass(frozen=True)
class Profiles:
    """Groups of patients who have the same number of images of each combination: whom of a group we take is the same.

    Groups and the patients in them are in a seeded random order, which depends on the set of patients and not on the
    order of their images.

    Attributes:
        rows, columns, images: Group, combination and number of images [E], for every combination that a patient of
            the group has; sorted by group.
        members: For each of the K groups, its patients as numbers of `index`.
        index: Patient of each image, int64 [N].
        combinations: Number C of combinations.
    """

    rows: np.ndarray
    columns: np.ndarray
    images: np.ndarray
    members: tuple[tuple[int, ...], ...]
    index: np.ndarray
    combinations: int

    def patients(self, folds: np.ndarray) -> np.ndarray:
        """How many patients of each group are in each fold, int64 [K, 3], for fold names of all images [N]."""
        home = self._home(folds)
        return np.array([np.bincount(home[list(group)], minlength=3) for group in self.members])

    def count_images(self, patients: np.ndarray) -> np.ndarray:
        """Images of each combination in each fold, int64 [C, 3], of a split [K, 3]."""
        counts = np.zeros((self.combinations, 3), np.int64)
        np.add.at(counts, self.columns, self.images[:, None] * patients[self.rows])
        return counts

    def assign(self, folds: np.ndarray, patients: np.ndarray) -> np.ndarray:
        """Fold names of all images, object [N], of a split [K, 3]; patients stay where `folds` has them if they can."""
        home = self._home(folds)
        for group, wanted in zip(self.members, patients, strict=True):
            spare = wanted - np.bincount(home[list(group)], minlength=3)
            for patient in group if spare.any() else ():
                if spare[home[patient]] < 0:
                    spare[home[patient]] += 1
                    home[patient] = int((spare > 0).argmax())
                    spare[home[patient]] -= 1
        return np.array(FOLDS, dtype=object)[home[self.index]]

    def _home(self, folds: np.ndarray) -> np.ndarray:
        home = np.zeros(int(self.index.max()) + 1, np.int64)
        for number, fold in enumerate(FOLDS):
            home[self.index[folds == fold]] = number
        return home


def find_profiles(patient_ids: np.ndarray, combination: np.ndarray, combinations: int, seed: int) -> Profiles:
    """Groups patients by their images.

    Args:
        patient_ids: Patient of each image [N].
        combination: Combination of each image [N].
        combinations: Number C of combinations.
        seed: Seed of the order.
    """
    names, index = np.unique(np.asarray(patient_ids, dtype=str), return_inverse=True)
    cells, images = np.unique(index * combinations + combination, return_counts=True)
    ends = np.searchsorted(cells // combinations, np.arange(len(names) + 1))
    groups: dict[bytes, list[int]] = {}
    for patient in np.random.default_rng((seed, 2)).permutation(len(names)).tolist():
        part = slice(ends[patient], ends[patient + 1])
        what = np.stack([cells[part] % combinations, images[part]]).tobytes()
        groups.setdefault(what, []).append(patient)
    brought = [np.frombuffer(what, np.int64).reshape(2, -1) for what in groups]
    rows = np.repeat(np.arange(len(brought)), [part.shape[1] for part in brought])
    columns, images = np.concatenate(brought, axis=1)
    return Profiles(rows, columns, images, tuple(map(tuple, groups.values())), index, combinations)
