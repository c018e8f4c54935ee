"""What every extractor does: batches, progress, and what it refuses."""

import numpy as np
import pytest
import tensorflow as tf
from tiny_models import IMAGES, write_means_model

from medgan_tf.errors import DataError
from medgan_tf.features.extractor import Extractor, ExtractorDescription
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


def test_the_network_is_traced_once_for_images_of_one_size():
    traced = []

    def network(images):
        traced.append(images.shape.as_list())
        return tf.reduce_mean(tf.cast(images, tf.float32), axis=[1, 2])

    extractor = Extractor(ExtractorDescription("mean", 1, "", "", "", False), network)
    images = np.arange(5, dtype=np.uint8)[:, None, None, None] * np.ones((1, 8, 8, 1), np.uint8)
    for batch in (2, 3):
        assert extractor.features(images, batch)[:, 0].tolist() == [0, 1, 2, 3, 4]
    assert traced == [[None, 8, 8, 1]]
    extractor.features(np.zeros((1, 4, 4, 1), np.uint8))
    assert traced[1:] == [[None, 4, 4, 1]]


def test_shared_features_are_computed_once_and_may_come_from_an_earlier_process():
    asked = []

    class Counting(Extractor):
        def features(self, images, batch=64, progress=lambda done, total: None):
            asked.append((len(images), batch))
            return super().features(images, batch, progress)

    extractor = Counting(
        ExtractorDescription("mean", 1, "", "", "", False),
        lambda images: tf.reduce_mean(tf.cast(images, tf.float32), axis=[1, 2]),
    )
    images = np.arange(5, dtype=np.uint8)[:, None, None, None] * np.ones((1, 8, 8, 1), np.uint8)
    extractor.keep(images[:1], np.array([[-1.0]], np.float32))
    assert extractor.shared_features(images[:3], 2)[:, 0].tolist() == [-1, 1, 2]
    assert extractor.shared_features(images[::-1], 2)[:, 0].tolist() == [4, 3, 2, 1, -1]
    assert asked == [(2, 2), (2, 2)]
