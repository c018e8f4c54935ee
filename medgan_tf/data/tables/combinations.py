"""Label combinations: the classes that images are counted, split and drawn by (paper S.1, Table S1)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FOLDS = ("train", "valid", "test")
NO_LABEL = "(none)"


@dataclass(frozen=True)
class Combinations:
    """The different label vectors of a set of images, most frequent first (equal counts: by label vector).

    Attributes:
        names: C names, the positive labels joined by "|".
        labels: uint8 [C, L].
        counts: int64 [C], images of each.
        index: int64 [N], the combination of each image.
    """

    names: tuple[str, ...]
    labels: np.ndarray
    counts: np.ndarray
    index: np.ndarray


def combination_name(labels: np.ndarray, label_names: Sequence[str]) -> str:
    """ "A|B" for a label vector [L] with A and B positive; "(none)" for one without positives."""
    return "|".join(name for name, value in zip(label_names, labels, strict=True) if value) or NO_LABEL


def find_combinations(labels: np.ndarray, label_names: Sequence[str]) -> Combinations:
    """The combinations that occur in labels [N, L] of 0 and 1."""
    packed = np.ascontiguousarray(np.packbits(labels.astype(bool), axis=1))
    keys = packed.view([("bytes", np.uint8, packed.shape[1])]).ravel() if packed.shape[1] > 8 else _as_numbers(packed)
    _, first, index, counts = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((np.arange(len(counts)), -counts))
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    vectors = labels[first[order]].astype(np.uint8)
    names = tuple(combination_name(vector, label_names) for vector in vectors)
    return Combinations(names, vectors, counts[order].astype(np.int64), rank[index.ravel()].astype(np.int64))


def _as_numbers(packed: np.ndarray) -> np.ndarray:
    """Big-endian numbers of up to 8 bytes a row; comparing them is faster than comparing rows."""
    whole = np.zeros((len(packed), 8), np.uint8)
    whole[:, : packed.shape[1]] = packed
    return whole.view(">u8").ravel().astype(np.uint64)


def frequent(combinations: Combinations, min_count: int) -> np.ndarray:
    """Images whose combination has more than `min_count` images, bool [N]."""
    return (combinations.counts > min_count)[combinations.index]
