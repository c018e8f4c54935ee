"""Images and patients that are in both of two sets: the sets are not independent then."""

from dataclasses import dataclass

import numpy as np

from medgan_tf.metrics.metric import Sample

MOST = 0.01
"""Largest share of the smaller set that may be in both, for an interval or a test of two sets."""


@dataclass(frozen=True)
class Overlap:
    """What two sets have in common.

    Attributes:
        images: Number of images that are in both.
        patients: Number of known patients that are in both.
        units: int64 [E, 2], pairs of a unit of each set, see `Sample.units`, that are one patient or one image.
        share: Share of the units of the smaller set that are in both.
    """

    images: int
    patients: int
    units: np.ndarray
    share: float

    @property
    def independent(self) -> bool:
        """Whether so few are in both that the sets count as independent."""
        return self.share <= MOST

    @property
    def reason(self) -> str:
        """Why there is no interval."""
        return f"no interval: {100 * self.share:.0f} % of the smaller set are in both sets"


def overlap_of(first: Sample, second: Sample) -> Overlap:
    """Equal images by hash, each counted once (the k-th copy in one set is the k-th in the other), and equal patients.

    Sets without hashes have no image in common that is known.
    """
    own, others = first.units, second.units
    images = _images(first, second)
    patients = _patients(first, second)
    rows = np.concatenate([images, patients])
    units = np.unique(np.stack([own[rows[:, 0]], others[rows[:, 1]]], axis=1), axis=0)
    smaller = min(own.max(initial=-1), others.max(initial=-1)) + 1
    in_both = min(len(np.unique(units[:, 0])), len(np.unique(units[:, 1])))
    return Overlap(len(images), len(patients), units, in_both / smaller if smaller else 0.0)


def _images(first: Sample, second: Sample) -> np.ndarray:
    """Rows of equal images, int64 [E, 2]."""
    if first.hashes is None or second.hashes is None:
        return np.zeros((0, 2), np.int64)
    return _matched(_numbered(first.hashes), _numbered(second.hashes))


def _patients(first: Sample, second: Sample) -> np.ndarray:
    """The first rows of patients that are in both, int64 [E, 2]."""
    if first.patients is None or second.patients is None:
        return np.zeros((0, 2), np.int64)
    found = []
    for patients in (first.patients, second.patients):
        names, rows = np.unique(patients, return_index=True)
        found.append({name: row for name, row in zip(names.tolist(), rows.tolist(), strict=True) if name})
    return _matched(*found)


def _numbered(hashes: np.ndarray) -> dict[tuple[str, int], int]:
    """The row of each hash and the number of its copy."""
    rows, copies = {}, {}
    for row, one in enumerate(hashes.tolist()):
        copies[one] = copies.get(one, -1) + 1
        rows[one, copies[one]] = row
    return rows


def _matched(first: dict, second: dict) -> np.ndarray:
    pairs = [(row, second[key]) for key, row in first.items() if key in second]
    return np.array(pairs, np.int64).reshape(-1, 2)
