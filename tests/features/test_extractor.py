"""What every extractor does: batches, progress, and what it refuses."""

import numpy as np
import pytest
from tiny_models import IMAGES, write_means_model

from medgan_tf.errors import DataError
from medgan_tf.features.load import load_extractor


def test_progress_and_no_images():
    extractor, seen = load_extractor("random"), []
    extractor.features(IMAGES, batch=2, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(2, 5), (4, 5), (5, 5)]
    assert extractor.features(IMAGES[:0]).shape == (0, 256)


def test_only_grey_bytes_are_taken():
    with pytest.raises(ValueError, match=r"must be uint8 \[N, R, R, 1\]. Received: float64"):
        load_extractor("random").features(IMAGES / 255)


def test_features_that_are_not_finite(tmp_path):
    path = write_means_model(tmp_path / "own")
    extractor = load_extractor(str(path))
    extractor.model.gain.assign(np.inf)
    with pytest.raises(DataError, match="not finite; are its weights damaged"):
        extractor.features(IMAGES)
