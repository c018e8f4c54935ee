"""Exact nearest neighbours by cosine distance (paper S.6), tile by tile, so that memory stays bounded."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

_QUERY_ROWS = 1024
_BASE_ROWS = 8192
_PAIRS_AT_A_TIME = 8192
_GROUPS = 256


@dataclass(frozen=True)
class Neighbours:
    """The k nearest base vectors of each query.

    Attributes:
        index: int64 [M, k], rows of the base, nearest first; equal distances: lower row first.
        distance: float64 [M, k], 1 - cosine similarity, 0..2.
    """

    index: np.ndarray
    distance: np.ndarray


def nearest(
    queries: np.ndarray,
    base: np.ndarray,
    count: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Neighbours:
    """The nearest base vectors of each query, as a search in float64 over all pairs finds them, ties included.

    Tiles of the matrix product say which pairs can be among the nearest; these are computed again one by one, because
    the last digit of a matrix product depends on where in the matrix a pair stands, and would part equal vectors.

    Args:
        queries: [M, D].
        base: [N, D], kept in its own precision; only a tile of it is converted at a time.
        count: k, at most N.
        progress: Called with finished and all tiles.

    Returns:
        The neighbours. A vector of zeros has no direction; its distance to everything is 1.

    Raises:
        ValueError: Shapes do not fit, a value is not finite, or there are fewer than k base vectors.
    """
    if queries.ndim != 2 or base.ndim != 2 or queries.shape[1] != base.shape[1]:
        raise ValueError(f"expected vectors of equal length. Received: {queries.shape} and {base.shape}")
    if not 1 <= count <= len(base):
        raise ValueError(f"{count} neighbours need at least as many vectors. Received: {len(base)}")
    index = np.zeros((len(queries), count), np.int64)
    distance = np.full((len(queries), count), np.inf)
    blocks = [slice(start, min(start + _QUERY_ROWS, len(queries))) for start in range(0, len(queries), _QUERY_ROWS)]
    units = [unit_rows(queries[block]) for block in blocks] if len(blocks) <= 8 else None
    tiles, done = range(0, len(base), _BASE_ROWS), 0
    for start in tiles:
        tile = unit_rows(base[start : start + _BASE_ROWS])
        for number, block in enumerate(blocks):
            query = units[number] if units else unit_rows(queries[block])
            found = _merged(query, tile, start, Neighbours(index[block], distance[block]))
            index[block], distance[block] = found.index, found.distance
            done += 1
            progress(done, len(tiles) * len(blocks))
    return Neighbours(index, distance)


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """float64 rows of length 1; rows of zeros stay. Raises `ValueError` for values that are not finite."""
    vectors = np.asarray(vectors, np.float64)
    if not np.isfinite(vectors).all():
        raise ValueError("vectors must be finite. Received: NaN or infinity")
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)


def _at_most_the_kth_largest(values: np.ndarray, count: int) -> np.ndarray:
    """A number for each row that at least `count` of its values reach: the k-th largest of the maxima of groups.

    To sort out the k-th largest value of the whole row would take far longer than the matrix product before it.
    """
    if count == 1:
        return values.max(axis=1)
    groups = max(_GROUPS, 2 * count)
    if values.shape[1] < 2 * groups:
        return np.partition(values, -count, axis=1)[:, -count]
    whole = values.shape[1] // groups * groups
    largest = values[:, :whole].reshape(len(values), -1, groups).max(axis=1)
    return np.partition(largest, -count, axis=1)[:, -count]


def _merged(query: np.ndarray, tile: np.ndarray, start: int, known: Neighbours) -> Neighbours:
    """The nearest among those known and the rows of a tile that starts at row `start` of the base."""
    count = known.index.shape[1]
    similarity = query @ tile.T
    wanted = 1.0 - known.distance[:, -1]
    if len(tile) >= count:
        wanted = np.maximum(wanted, _at_most_the_kth_largest(similarity, count))
    # A generous bound of the rounding of both ways to compute a scalar product of unit vectors.
    margin = 4 * query.shape[1] * np.finfo(np.float64).eps
    # Many times faster than `nonzero` of a matrix.
    rows, columns = np.divmod(np.flatnonzero(similarity >= (wanted - margin)[:, None]), similarity.shape[1])
    exact = np.empty(len(rows))
    for first in range(0, len(rows), _PAIRS_AT_A_TIME):
        part = slice(first, first + _PAIRS_AT_A_TIME)
        exact[part] = 1.0 - (query[rows[part]] * tile[columns[part]]).sum(axis=1)
    np.clip(exact, 0.0, 2.0, out=exact)
    held = np.isfinite(known.distance)
    all_rows = np.concatenate([np.nonzero(held)[0], rows])
    all_index = np.concatenate([known.index[held], columns + start])
    all_distance = np.concatenate([known.distance[held], exact])
    order = np.lexsort((all_index, all_distance, all_rows))
    sizes = np.bincount(all_rows, minlength=len(query))
    rank = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    kept = order[rank < count]
    place = (all_rows[kept], rank[rank < count])
    index, distance = np.zeros_like(known.index), np.full_like(known.distance, np.inf)
    index[place], distance[place] = all_index[kept], all_distance[kept]
    return Neighbours(index, distance)
