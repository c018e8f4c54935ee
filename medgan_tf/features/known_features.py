"""Features of images that this process has computed before, so that each image goes through a network once.

Rooms of evidence look at the same images: as they are, mirrored, or as a planted copy. The features are kept in memory
beside the extractor that computed them, and nowhere else.
"""

import hashlib
from collections.abc import Callable

import numpy as np

MOST_BYTES = 2**27
"""Memory for features of each extractor. What is beyond it is computed again."""


class KnownFeatures:
    """Features under the SHA-256 of an image's pixels.

    Args:
        most_bytes: Memory for them.
    """

    def __init__(self, most_bytes: int = MOST_BYTES):
        self._most_bytes = most_bytes
        self._rows: dict[bytes, np.ndarray] = {}

    def of(
        self,
        images: np.ndarray,
        compute: Callable[[np.ndarray, Callable[[int, int], None]], np.ndarray],
        progress: Callable[[int, int], None],
    ) -> np.ndarray:
        """float32 [N, D] of uint8 images [N, R, R, 1].

        Args:
            images: The images; those that are equal are computed once.
            compute: Computes the features of those that are not known; called with the images and a report.
            progress: Called with finished and all images.
        """
        keys = [_digest(image) for image in images]
        missing = {key: row for row, key in reversed(list(enumerate(keys))) if key not in self._rows}
        rows = np.array(sorted(missing.values()), np.int64)
        if len(rows) == len(images):
            found = compute(images, progress)
            self._keep(dict(zip(keys, found, strict=True)))
            return found
        fresh: dict[bytes, np.ndarray] = {}
        if len(rows):
            there = len(images) - len(rows)
            made = compute(images[rows], lambda done, _: progress(there + done, len(images)))
            fresh = dict(zip((keys[row] for row in rows), made, strict=True))
        else:
            progress(len(images), len(images))
        found = np.stack([self._rows[key] if key in self._rows else fresh[key] for key in keys])
        self._keep(fresh)
        return found

    def keep(self, images: np.ndarray, features: np.ndarray) -> None:
        """Takes features, float32 [N, D], that were computed by the same extractor in an earlier process."""
        self._keep(dict(zip(map(_digest, images), features, strict=True)))

    def _keep(self, features: dict[bytes, np.ndarray]) -> None:
        for key, row in features.items():
            if (len(self._rows) + 1) * row.nbytes > self._most_bytes:
                break
            # A copy: a row of a large array would keep the whole array in memory.
            self._rows.setdefault(key, row.copy())


def _digest(image: np.ndarray) -> bytes:
    return hashlib.sha256(f"{image.shape}".encode() + np.ascontiguousarray(image).tobytes()).digest()
