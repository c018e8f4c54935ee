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
        digests: Of the stored pixels of N images, str [N].
        hashes: Perceptual hashes, uint64 [N]; 0 where there is none.
        patients: Their patients [N]; "" is a patient of its own each time.
        constant: bool [N], images of one grey level, which are left out.
        small_pictures: Gives pictures to compare; None looks for equal pixels only.
    """
    rows = np.flatnonzero(~constant)
    unknown = patients == ""
    codes = np.unique(patients, return_inverse=True)[1]
    codes = np.where(unknown, len(patients) + np.arange(len(patients)), codes)
    _, first, group = np.unique(digests[rows], return_index=True, return_inverse=True)
    heads, complete = rows[first], True
    order = np.argsort(group, kind="stable")
    members = np.split(rows[order], np.cumsum(np.bincount(group))[:-1]) if len(rows) else []
    owner = np.array([codes[m[0]] if (codes[m] == codes[m[0]]).all() else -1 for m in members], np.int64)
    joined = np.arange(len(heads))
    if small_pictures is not None:
        pairs, complete = _near(hashes[heads], owner, lambda numbers: small_pictures(heads[numbers]))
        joined = connected(len(heads), pairs)
    pictures, exact = [], []
    for numbers in _groups(joined):
        shown = np.sort(np.concatenate([members[number] for number in numbers]))
        if len(np.unique(codes[shown])) > 1:
            pictures.append(shown)
            exact.append(len(numbers) == 1)
    order = sorted(range(len(pictures)), key=lambda number: int(pictures[number][0]))
    again = sum(1 for m, one in zip(members, owner.tolist(), strict=True) if len(m) > 1 and one >= 0)
    ordered = tuple(pictures[number] for number in order)
    return Duplicates(ordered, np.array([exact[number] for number in order], bool), again, complete)


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
    return np.array([root(number) for number in range(count)], np.int64)


def _groups(joined: np.ndarray) -> list[np.ndarray]:
    order = np.argsort(joined, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(joined[order])) + 1) if len(joined) else []


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
