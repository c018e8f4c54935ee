"""A blind baseline: tells training images from held-out ones without the generator and without what it made.

It knows plain statistics of the images, which nothing was trained for. Where it succeeds, the two folds differ for a
reason that has nothing to do with training, and an attack may succeed for the same reason.

D. Das, J. Zhang, F. Tramer, Blind baselines beat membership inference attacks for foundation models, 2024. R. Fisher,
Annals of Eugenics 7, 1936 (linear discriminant).
"""

import numpy as np

_BLOCKS = 8
_QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_RIDGE = 0.01
_PIXELS = 1024


def plain_statistics(images: np.ndarray) -> np.ndarray:
    """Means of 8 x 8 blocks, quantiles of the grey values and the roughness of uint8 images [N, R, R, 1], [N, F]."""
    found = []
    for start in range(0, len(images), 512):
        pixels = images[start : start + 512, ..., 0].astype(np.float32)
        side = pixels.shape[1]
        edges = np.unique(np.linspace(0, side, min(_BLOCKS, side) + 1).astype(int))
        sums = np.add.reduceat(np.add.reduceat(pixels, edges[:-1], axis=1), edges[:-1], axis=2)
        areas = np.outer(np.diff(edges), np.diff(edges))
        flat = pixels.reshape(len(pixels), -1)
        rough = np.abs(np.diff(pixels, axis=2)).mean(axis=(1, 2)) if side > 1 else np.zeros(len(pixels))
        quantiles = np.quantile(flat[:, :: max(1, flat.shape[1] // _PIXELS)], _QUANTILES, axis=1).T
        found.append(np.column_stack([(sums / areas).reshape(len(pixels), -1), quantiles, rough]))
    return np.concatenate(found).astype(np.float64)


def blind_scores(
    members: np.ndarray, non_members: np.ndarray, folds: tuple[np.ndarray, np.ndarray]
) -> list[np.ndarray]:
    """Scores of a linear discriminant, each fold by one that was fitted to the other folds, [M] and [N].

    Args:
        members, non_members: Statistics [M, F] and [N, F].
        folds: The fold of each, [M] and [N].
    """
    sides = [np.asarray(side, np.float64) for side in (members, non_members)]
    scores = [np.zeros(len(side)) for side in sides]
    for fold in np.unique(folds[1]):
        fitted = [side[own != fold] for side, own in zip(sides, folds, strict=True)]
        if min(map(len, fitted)) < 2:
            continue
        centred = np.concatenate([side - side.mean(axis=0) for side in fitted])
        covariance = centred.T @ centred / max(len(centred) - 2, 1)
        ridge = _RIDGE * max(float(np.trace(covariance)) / len(covariance), 1e-12)
        direction = np.linalg.solve(
            covariance + ridge * np.eye(len(covariance)), fitted[0].mean(axis=0) - fitted[1].mean(axis=0)
        )
        for side, kept, own in zip(sides, scores, folds, strict=True):
            kept[own == fold] = side[own == fold] @ direction
    return scores
