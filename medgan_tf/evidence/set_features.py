"""Features of sets of images, kept in a folder under the hashes of the images and the extractor.

Features say something about every single image, so the folder needs the same protection as the images.
"""

import hashlib
import json
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np

from medgan_tf.errors import DataError
from medgan_tf.features.extractor import Extractor, ExtractorRequest
from medgan_tf.features.load import load_extractor
from medgan_tf.features.settings import FeatureSettings
from medgan_tf.files.atomic import atomic_path
from medgan_tf.files.json_files import parse_json
from medgan_tf.files.npz_files import read_arrays
from medgan_tf.files.result_files import json_text

log = logging.getLogger(__name__)


def settings_extractor(settings: FeatureSettings, classifier: Path) -> Extractor:
    """The extractor that a section asks for.

    Args:
        settings: The section.
        classifier: SavedModel of the experiment's real-trained classifier, whether or not it exists.

    Raises:
        ConfigError, DataError: It is not known, or its weights cannot be had.
    """
    request = ExtractorRequest(settings.weights, settings.sha256, settings.download, classifier)
    return load_extractor(settings.extractor, request)


class FeatureStore:
    """Features of images, computed once.

    Args:
        extractor: Computes the features.
        batch: Images at a time.
        folder: Folder that keeps them; None keeps none.
    """

    def __init__(self, extractor: Extractor, batch: int, folder: Path | None = None):
        self.extractor = extractor
        self.batch = batch
        self.folder = folder

    def path(self, images: np.ndarray) -> Path | None:
        """The file for these images and this extractor."""
        if self.folder is None:
            return None
        described = json.dumps([list(images.shape), self.extractor.describe()], sort_keys=True).encode()
        digest = hashlib.sha256(described)
        digest.update(np.ascontiguousarray(images))
        return self.folder / f"{self.extractor.description.name}-{digest.hexdigest()[:32]}.npz"

    def features(
        self, images: np.ndarray, progress: Callable[[int, int], None] = lambda done, total: None
    ) -> np.ndarray:
        """float32 [N, D] of uint8 images [N, R, R, 1].

        Raises:
            DataError: The extractor cannot take the images, or the file for them holds features of another extractor.
        """
        path = self.path(images)
        found = self._read(path, len(images)) if path is not None and path.is_file() else None
        if found is None:
            found = self.extractor.shared_features(images, self.batch, progress)
            if path is not None:
                self._write(path, found)
        else:
            self.extractor.keep(images, found)
            progress(len(images), len(images))
        return found

    def _read(self, path: Path, count: int) -> np.ndarray | None:
        try:
            arrays = read_arrays(path)
            features, described = arrays["features"], parse_json(str(arrays["extractor"]))
            if not isinstance(described, dict) or features.dtype != np.float32:
                raise ValueError("no features")
        except (DataError, ValueError, KeyError):
            log.warning("%s is damaged; the features are computed again", path)
            return None
        if described != self.extractor.describe() or features.shape != (count, self.extractor.description.feature_size):
            raise DataError(
                f"{path} holds features of another extractor ({described.get('name')}, weights "
                f"{str(described.get('weights_sha256'))[:12]}...); expected {self.extractor.description.name}, weights "
                f"{self.extractor.description.weights_sha256[:12]}...; remove the file"
            )
        return features

    def _write(self, path: Path, features: np.ndarray) -> None:
        with atomic_path(path, shared=True) as partial:
            np.savez(partial, features=features, extractor=json_text(self.extractor.describe(), sort_keys=True))
