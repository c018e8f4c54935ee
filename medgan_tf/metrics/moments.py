"""Mean and covariance of features that come in batches."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Moments:
    """Count, mean and scatter of feature vectors; adding batches in any grouping gives the same sums.

    Attributes:
        count: Number of vectors n.
        mean: float64 [D].
        scatter: float64 [D, D], the sum over vectors of (x - mean)(x - mean)^T.
    """

    count: int
    mean: np.ndarray
    scatter: np.ndarray

    @classmethod
    def empty(cls, size: int) -> "Moments":
        """The moments of no vectors, with `size` dimensions."""
        return cls(0, np.zeros(size), np.zeros((size, size)))

    @classmethod
    def of(cls, features: np.ndarray) -> "Moments":
        """The moments of all rows of `features` [N, D]."""
        features = as_features(features)
        if not len(features):
            return cls.empty(features.shape[1])
        mean = features.mean(axis=0)
        centred = features - mean
        return cls(len(features), mean, centred.T @ centred)

    def add(self, features: np.ndarray) -> "Moments":
        """The moments after the rows of another batch [N, D] were added."""
        return self.merge(Moments.of(features))

    def merge(self, other: "Moments") -> "Moments":
        """The moments of both sets together (Chan, Golub and LeVeque 1983, eq. 2.1).

        Raises `ValueError` for other dimensions.
        """
        if self.mean.shape != other.mean.shape:
            raise ValueError(f"features must have {len(self.mean)} dimensions. Received: {len(other.mean)}")
        count = self.count + other.count
        if not self.count or not other.count:
            return other if other.count else self
        difference = other.mean - self.mean
        mean = self.mean + difference * (other.count / count)
        between = np.outer(difference, difference) * (self.count * other.count / count)
        return Moments(count, mean, self.scatter + other.scatter + between)

    def without(self, part: "Moments") -> "Moments":
        """The moments of the vectors that are left when a part of them is taken out: the reverse of `merge`."""
        count = self.count - part.count
        if count < 1 or not part.count:
            return self if not part.count else Moments.empty(len(self.mean))
        mean = self.mean + (self.mean - part.mean) * (part.count / count)
        difference = part.mean - mean
        between = np.outer(difference, difference) * (count * part.count / self.count)
        return Moments(count, mean, self.scatter - part.scatter - between)

    @property
    def covariance(self) -> np.ndarray:
        """float64 [D, D], divided by n - 1. Raises `ValueError` for fewer than two vectors."""
        if self.count < 2:
            raise ValueError(f"a covariance needs at least two feature vectors. Received: {self.count}")
        return self.scatter / (self.count - 1)


def as_features(features: np.ndarray) -> np.ndarray:
    """The features as float64 [N, D]. Raises `ValueError` for another rank or for values that are not finite."""
    features = np.asarray(features, np.float64)
    if features.ndim != 2:
        raise ValueError(f"features must have shape [N, D]. Received: shape={features.shape}")
    if not np.isfinite(features).all():
        raise ValueError("features must be finite. Received: NaN or infinite values")
    return features
