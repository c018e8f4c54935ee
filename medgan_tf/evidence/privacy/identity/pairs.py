"""Pairs of images for a verifier: two of one patient, and images of others that differ from these in nothing but that.

If the images of two patients differ in their findings, a network can tell the patients apart by the findings. So an
image is compared with those of other patients only if they have the label combination and the view of the patient's own
second image.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from medgan_tf.evidence.image_sets import ImageSet
from medgan_tf.metrics.bootstrap import patient_numbers

LATERAL = "lateral"


@dataclass(frozen=True)
class Known:
    """Images of known patients, N in all.

    Attributes:
        images: uint8 [N, S, S, 1].
        patients: int64 [N], a number for each patient.
        views: str [N], "" where it is not known.
        strata: str [N], label combination and view: images that differ in them are not compared.
    """

    images: np.ndarray
    patients: np.ndarray
    views: np.ndarray
    strata: np.ndarray

    @classmethod
    def of(cls, images: ImageSet) -> "Known":
        """From a set; an image whose patient is not known is of a patient of its own."""
        strata = np.char.add(np.char.add(images.combinations(), "; "), images.views)
        return cls(images.images, patient_numbers(images.patients), images.views, strata)

    def __len__(self) -> int:
        return len(self.images)

    def take(self, rows: np.ndarray) -> "Known":
        """Some of the images."""
        return Known(self.images[rows], self.patients[rows], self.views[rows], self.strata[rows])


def several(known: Known) -> int:
    """Number of patients of whom `own_pairs` makes a pair."""
    return len(own_pairs(known, np.random.default_rng(0)))


def own_pairs(known: Known, random: np.random.Generator) -> np.ndarray:
    """One pair of different images of each patient who has two, int [P, 2], in random order.

    A lateral image and another one make no pair: they show the body from different sides.
    """
    groups = 2 * known.patients + (known.views == LATERAL)
    order = random.permutation(len(known))
    order = order[np.argsort(groups[order], kind="stable")]
    of_group = groups[order]
    # The first two of each group of two or more; of a patient with such pairs from two sides, one of them.
    first = np.flatnonzero(np.diff(of_group, prepend=-1) != 0)
    first = first[first + 1 < len(order)]
    first = random.permutation(first[of_group[first] == of_group[first + 1]])
    _, kept = np.unique(known.patients[order[first]], return_index=True)
    return random.permutation(np.stack([order[first[kept]], order[first[kept] + 1]], axis=1))


def copies_of_themselves(known: Known, random: np.random.Generator) -> np.ndarray:
    """Each image beside itself, where it is the first of its patient, int [P, 2], in random order.

    An altered copy of it takes the second place. One image of each patient: pairs of two patients only differ in who
    they are.
    """
    order = random.permutation(len(known))
    _, kept = np.unique(known.patients[order], return_index=True)
    return random.permutation(np.repeat(order[kept][:, None], 2, axis=1))


def batches(second: np.ndarray, size: int, random: np.random.Generator) -> Iterator[np.ndarray]:
    """Rows of pairs for one pass, in batches of up to `size` whose second images have the same stratum where possible.

    Args:
        second: Stratum of the second image of each pair, [P].
        size: Pairs in a batch.
        random: Draws the order.
    """
    order = random.permutation(len(second))
    _, codes = np.unique(second, return_inverse=True)
    # Strata in random order as well, so that the borders of batches lie elsewhere in every pass.
    order = order[np.argsort(random.permutation(codes.max() + 1)[codes[order]], kind="stable")]
    parts = [order[start : start + size] for start in range(0, len(order), size)]
    for place in random.permutation(len(parts)):
        if len(parts[place]) > 1:
            yield parts[place]


def other_pairs(pairs: np.ndarray, known: Known, random: np.random.Generator) -> np.ndarray:
    """For each pair its first image with an image of another patient, of the second image's stratum, int [D, 2].

    Pairs for which there is no such image are left out.
    """
    _, codes = np.unique(known.strata, return_inverse=True)
    found = np.full(len(pairs), -1)
    for code in np.unique(codes[pairs[:, 1]]):
        members = np.flatnonzero(codes == code)
        for row in np.flatnonzero(codes[pairs[:, 1]] == code):
            others = members[known.patients[members] != known.patients[pairs[row, 0]]]
            if len(others):
                found[row] = others[random.integers(len(others))]
    return np.stack([pairs[:, 0], found], axis=1)[found >= 0]
