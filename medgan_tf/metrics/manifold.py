"""Fidelity and diversity apart: improved precision and recall (Kynkäänniemi et al. 2019), density and coverage (Naeem
et al. 2020), from balls around each vector that reach to its k-th neighbour.

A vector lies in a ball when it is nearer than the radius. Distances are computed tile by tile, so memory is that of
the features and of one tile.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from medgan_tf.metrics.moments import as_features

_TILE_VALUES = 2**23


@dataclass(frozen=True)
class ManifoldCounts:
    """The contribution of every vector. Each metric is the mean of one of these arrays.

    Attributes:
        neighbours: k.
        precision: bool [M], whether a synthetic vector lies in the ball of any real one.
        recall: bool [N], whether a real vector lies in the ball of any synthetic one.
        density: float64 [M], number of real balls a synthetic vector lies in, divided by k.
        coverage: bool [N], whether the ball of a real vector holds any synthetic one.
    """

    neighbours: int
    precision: np.ndarray
    recall: np.ndarray
    density: np.ndarray
    coverage: np.ndarray

    def values(self) -> dict[str, float]:
        """The four metrics: precision, recall and coverage in 0..1, density >= 0."""
        return {name: float(getattr(self, name).mean()) for name in ("precision", "recall", "density", "coverage")}


def manifold_counts(
    real: np.ndarray,
    synthetic: np.ndarray,
    neighbours: int = 5,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> ManifoldCounts:
    """Precision, recall, density and coverage of [M, D] synthetic against [N, D] real vectors.

    Args:
        real: More than `neighbours` vectors.
        synthetic: More than `neighbours` vectors.
        neighbours: k.
        progress: Called with finished and all rows.
    """
    real, synthetic = as_features(real), as_features(synthetic)
    if min(len(real), len(synthetic)) <= neighbours:
        raise ValueError(
            f"k = {neighbours} neighbours need more than {neighbours} vectors. Received: {len(real)} real and "
            f"{len(synthetic)} synthetic"
        )
    # Differences are what matters; near the origin less of them is lost in x^2 - 2xy + y^2.
    centre = real.mean(axis=0)
    real, synthetic = real - centre, synthetic - centre
    total, done = 2 * len(real) + len(synthetic), 0

    def report(rows: int) -> None:
        nonlocal done
        done += rows
        progress(done, total)

    real_radii = _squared_radii(real, neighbours, report)
    synthetic_radii = _squared_radii(synthetic, neighbours, report)
    recall, coverage = np.empty(len(real), bool), np.empty(len(real), bool)
    inside = np.zeros(len(synthetic), np.int64)
    for rows, squared in _tiles(real, synthetic):
        recall[rows] = (squared < synthetic_radii).any(axis=1)
        in_real_ball = squared < real_radii[rows, None]
        coverage[rows] = in_real_ball.any(axis=1)
        inside += in_real_ball.sum(axis=0)
        report(len(squared))
    return ManifoldCounts(neighbours, inside > 0, recall, inside / neighbours, coverage)


def _squared_radii(features: np.ndarray, neighbours: int, report: Callable[[int], None]) -> np.ndarray:
    """Squared distance of each vector to its k-th neighbour, itself not counted, [N]."""
    radii = np.empty(len(features))
    for rows, squared in _tiles(features, features):
        squared[np.arange(len(squared)), np.arange(rows.start, rows.stop)] = -1.0
        radii[rows] = np.partition(squared, neighbours, axis=1)[:, neighbours]
        report(len(squared))
    return radii


def _tiles(first: np.ndarray, second: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Squared distances, [rows, M] at a time, with the slice of the rows."""
    first_norms, second_norms = np.square(first).sum(axis=1), np.square(second).sum(axis=1)
    step = max(1, _TILE_VALUES // len(second))
    for start in range(0, len(first), step):
        rows = slice(start, min(start + step, len(first)))
        squared = first[rows] @ second.T
        squared *= -2.0
        squared += first_norms[rows, None]
        squared += second_norms
        yield rows, np.maximum(squared, 0.0, out=squared)
