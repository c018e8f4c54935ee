"""The same picture under several patients: it makes one patient of two, and puts one picture into two folds.

Pictures are equal if their stored pixels are. They are nearly equal, resized, compressed again or shown in another
window, if their perceptual hashes differ in few bits and their fine structure agrees. Images of one grey level are not
the same picture.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from medgan_tf.data.looks.near_pairs import near_pairs
from medgan_tf.data.looks.perceptual import ALIKE, MOST_DIFFERENT_BITS, details

SmallPictures = Callable[[np.ndarray], np.ndarray]
"""Rows, int64 [K], to their pictures, uint8 [K, SIDE, SIDE]."""

_PAIRS_AT_ONCE = 2**13
_MOST_CANDIDATES = 2**25


@dataclass(frozen=True)
class Duplicates:
    """Pictures that several images show.

    Attributes:
        pictures: Rows of the images that show a picture, sorted, for each picture under several patients; the pictures
            are in the order of their first rows.
        exact: bool [P], whether all images of a picture have equal pixels.
        same_patient: Number of pictures that occur more than once with equal pixels, always under one patient.
        complete: False where so many hashes were alike that not all of them could be compared.
    """

    pictures: tuple[np.ndarray, ...]
    exact: np.ndarray
    same_patient: int
    complete: bool = True


def find_duplicates(
    digests: np.ndarray,
    hashes: np.ndarray,
    patients: np.ndarray,
    constant: np.ndarray,
    small_pictures: SmallPictures | None = None,
) -> Duplicates:
    """Finds pictures that occur under several patients.

    Args:
        digests: Of the stored pixels of N images, texts or bytes [N].
        hashes: Perceptual hashes, uint64 [N]; 0 where there is none.
        patients: Numbers of their patients, int64 [N], at least 0; -1 is a patient of its own each time.
        constant: bool [N], images of one grey level, which are left out.
        small_pictures: Gives pictures to compare; None looks for equal pixels only.
    """
    rows = np.flatnonzero(~constant)
    codes = np.where(patients < 0, patients.max(initial=0) + 1 + np.arange(len(patients)), patients)
    equal, complete = _Equal.of(digests, rows, codes), True
    joined = np.arange(len(equal.heads))
    if small_pictures is not None:
        pairs, complete = _near(hashes[equal.heads], equal.owner, lambda numbers: small_pictures(equal.heads[numbers]))
        joined = connected(len(equal.heads), pairs)
    # Nearly all pictures are alone and of one patient: only the others are looked at one by one.
    together = np.bincount(joined, minlength=len(joined))[joined] > 1
    pictures, exact = [], []
    for numbers in [*([one] for one in np.flatnonzero(~together & (equal.owner < 0))), *_groups(joined, together)]:
        shown = np.sort(np.concatenate([equal.members(number) for number in numbers]))
        if len(np.unique(codes[shown])) > 1:
            pictures.append(shown)
            exact.append(len(numbers) == 1)
    order = sorted(range(len(pictures)), key=lambda number: int(pictures[number][0]))
    again = int(((equal.sizes > 1) & (equal.owner >= 0)).sum())
    ordered = tuple(pictures[number] for number in order)
    return Duplicates(ordered, np.array([exact[number] for number in order], bool), again, complete)


@dataclass(frozen=True)
class _Equal:
    """Groups of images with equal pixels.

    Attributes:
        rows: All images, group by group, in rising order within each.
        starts, sizes: Where each group starts in `rows`, and how many images it has.
        heads: The first image of each group.
        owner: The patient of each group; -1 where it is of several.
    """

    rows: np.ndarray
    starts: np.ndarray
    sizes: np.ndarray
    heads: np.ndarray
    owner: np.ndarray

    @classmethod
    def of(cls, digests: np.ndarray, rows: np.ndarray, codes: np.ndarray) -> "_Equal":
        """The groups of some rows, sorted by digest."""
        order = np.argsort(digests[rows], kind="stable")
        rows = rows[order]
        found = digests[rows]
        starts = np.flatnonzero(np.append(True, found[1:] != found[:-1])) if len(rows) else np.zeros(0, np.int64)
        sizes = np.diff(starts, append=len(rows))
        owner = np.zeros(0, np.int64)
        if len(rows):
            least, most = (reduce.reduceat(codes[rows], starts) for reduce in (np.minimum, np.maximum))
            owner = np.where(least == most, least, -1)
        return cls(rows, starts, sizes, rows[starts], owner)

    def members(self, number: int) -> np.ndarray:
        """The images of a group."""
        return self.rows[self.starts[number] : self.starts[number] + self.sizes[number]]


def connected(count: int, pairs: np.ndarray) -> np.ndarray:
    """The smallest member of the group of each of `count` things, int64 [count], if pairs [P, 2] belong together."""
    parent = np.arange(count)

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = number = parent[parent[number]]
        return number

    for first, second in np.asarray(pairs, np.int64).reshape(-1, 2).tolist():
        low, high = sorted((root(first), root(second)))
        parent[high] = low
    named = np.unique(np.asarray(pairs, np.int64))
    parent[named] = [root(number) for number in named.tolist()]
    return parent


def _groups(joined: np.ndarray, wanted: np.ndarray) -> list[np.ndarray]:
    """The members of each group, of those that are wanted."""
    numbers = np.flatnonzero(wanted)
    order = numbers[np.argsort(joined[numbers], kind="stable")]
    return np.split(order, np.flatnonzero(np.diff(joined[order])) + 1) if len(order) else []


def _near(hashes: np.ndarray, owner: np.ndarray, small_pictures: SmallPictures) -> tuple[np.ndarray, bool]:
    """Pairs of nearly equal pictures [P, 2] that are not of one patient, and whether all hashes were compared."""
    known = np.flatnonzero(hashes != 0)
    found, number = [np.empty((0, 2), np.int64)], 0
    for block in near_pairs(hashes[known], MOST_DIFFERENT_BITS) if len(known) else ():
        pairs = known[block]
        one, other = owner[pairs[:, 0]], owner[pairs[:, 1]]
        pairs = pairs[(one != other) | (one < 0)]
        found.append(pairs)
        number += len(pairs)
        if number > _MOST_CANDIDATES:
            break
    candidates = np.concatenate(found)
    return candidates[_alike(candidates, small_pictures)], number <= _MOST_CANDIDATES


def _alike(pairs: np.ndarray, small_pictures: SmallPictures) -> np.ndarray:
    """bool [P]: in which pairs the fine structure agrees."""
    numbers, index = np.unique(pairs, return_inverse=True)
    index = index.reshape(pairs.shape)
    if not len(numbers):
        return np.zeros(0, bool)
    # As single bytes: a quarter of the memory, and the correlations are right to 0.001.
    table = np.array([_in_bytes(details(small)) for small in small_pictures(numbers)])
    length = np.array([max(float(np.linalg.norm(one.astype(np.float32))), 1e-9) for one in table], np.float32)
    same = np.empty(len(pairs), bool)
    for start in range(0, len(pairs), _PAIRS_AT_ONCE):
        part = slice(start, start + _PAIRS_AT_ONCE)
        one, other = index[part].T
        products = np.einsum("pd,pd->p", table[one].astype(np.float32), table[other].astype(np.float32))
        same[part] = products / (length[one] * length[other]) >= ALIKE
    return same


def _in_bytes(vector: np.ndarray) -> np.ndarray:
    return np.rint(vector * (127 / max(float(np.abs(vector).max()), 1e-9))).astype(np.int8)
