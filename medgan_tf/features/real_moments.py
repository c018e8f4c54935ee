"""Moments of a dataset's features, computed once and kept under the hashes of dataset and extractor."""

import hashlib
import json
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np

from medgan_tf.data.records.manifest import Manifest
from medgan_tf.errors import DataError
from medgan_tf.features.extractor import Extractor
from medgan_tf.files.atomic import atomic_path
from medgan_tf.files.npz_files import read_arrays
from medgan_tf.metrics.moments import Moments

log = logging.getLogger(__name__)

_CHUNK = 1024


def fold_sha256(manifest: Manifest, fold: str) -> str:
    """SHA-256 of a fold's content: over the hashes of its shards, in order."""
    shards = [shard.sha256 for shard in manifest.shards if shard.fold == fold]
    return hashlib.sha256("\n".join(shards).encode()).hexdigest()


def feature_moments(
    extractor: Extractor,
    images: np.ndarray,
    batch: int = 64,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Moments:
    """Moments of the features of uint8 images [N, R, R, 1], without holding all features."""
    moments = Moments.empty(extractor.description.feature_size)
    for start in range(0, len(images), _CHUNK):
        moments = moments.add(extractor.features(images[start : start + _CHUNK], batch))
        progress(min(start + _CHUNK, len(images)), len(images))
    return moments


class MomentsCache:
    """Moments on disk. They hold means over many images, nothing of a single one.

    Args:
        folder: Their folder; made when the first one is kept.
    """

    def __init__(self, folder: Path):
        self.folder = folder

    def path(self, content: str, rows: np.ndarray, extractor: Extractor) -> Path:
        """The file for these rows of a dataset with this hash and this extractor."""
        described = json.dumps([content, extractor.describe()], sort_keys=True).encode()
        digest = hashlib.sha256(described + np.asarray(rows, "<i8").tobytes())
        return self.folder / f"{extractor.description.name}-{digest.hexdigest()[:32]}.npz"

    def get(self, content: str, rows: np.ndarray, extractor: Extractor, compute: Callable[[], Moments]) -> Moments:
        """The moments kept, or else those that `compute` gives, kept from now on."""
        path = self.path(content, rows, extractor)
        found = self._read(path, extractor.description.feature_size)
        if found is None:
            found = compute()
            self._write(path, found)
        return found

    def _read(self, path: Path, size: int) -> Moments | None:
        if not path.is_file():
            return None
        try:
            arrays = read_arrays(path)
            found = Moments(int(arrays["count"]), arrays["mean"], arrays["scatter"])
        except (DataError, ValueError, KeyError, TypeError, OverflowError):
            found = None
        if found is None or found.mean.shape != (size,) or found.scatter.shape != (size, size):
            log.warning("%s is damaged; the statistics of the real images are computed again", path)
            return None
        return found

    def _write(self, path: Path, moments: Moments) -> None:
        with atomic_path(path, shared=True) as partial:
            np.savez(partial, count=moments.count, mean=moments.mean, scatter=moments.scatter)
