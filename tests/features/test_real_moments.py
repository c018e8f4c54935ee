"""Statistics of real images: in chunks as at once, and kept by what they were computed from."""

import logging

import numpy as np
import pytest

from medgan_tf.features import real_moments
from medgan_tf.features.load import load_extractor
from medgan_tf.features.real_moments import MomentsCache, feature_moments
from medgan_tf.metrics.moments import Moments

IMAGES = np.random.default_rng(0).integers(0, 256, (7, 16, 16, 1), dtype=np.uint8)
MOMENTS = Moments.of(np.random.default_rng(1).standard_normal((9, 256)))
ROWS = np.arange(3)


@pytest.fixture(scope="module")
def extractor():
    return load_extractor("random")


def test_chunks_change_nothing(extractor, monkeypatch):
    whole = Moments.of(extractor.features(IMAGES))
    monkeypatch.setattr(real_moments, "_CHUNK", 3)
    seen = []
    chunked = feature_moments(extractor, IMAGES, batch=2, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(3, 7), (6, 7), (7, 7)]
    np.testing.assert_allclose(chunked.mean, whole.mean, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(chunked.scatter, whole.scatter, rtol=1e-3, atol=1e-5)


def never():
    raise RuntimeError("computed again")


def test_computed_once(extractor, tmp_path):
    cache = MomentsCache(tmp_path / "kept")
    assert cache.get("content", ROWS, extractor, lambda: MOMENTS) is MOMENTS
    again = cache.get("content", ROWS, extractor, never)
    assert again.count == 9
    np.testing.assert_array_equal(again.scatter, MOMENTS.scatter)
    assert len(list((tmp_path / "kept").iterdir())) == 1


@pytest.mark.parametrize(("content", "rows"), [("other", ROWS), ("content", np.arange(4))])
def test_other_images_are_other_statistics(extractor, tmp_path, content, rows):
    cache = MomentsCache(tmp_path)
    cache.get("content", ROWS, extractor, lambda: MOMENTS)
    with pytest.raises(RuntimeError, match="computed again"):
        cache.get(content, rows, extractor, never)


@pytest.mark.parametrize("damage", [b"", b"damaged", "short"])
def test_damaged_statistics_are_computed_again(extractor, tmp_path, damage, caplog):
    cache = MomentsCache(tmp_path)
    cache.get("content", ROWS, extractor, lambda: MOMENTS)
    path = cache.path("content", ROWS, extractor)
    path.write_bytes(path.read_bytes()[:1000] if damage == "short" else damage)
    with caplog.at_level(logging.WARNING, logger="medgan_tf"):
        assert cache.get("content", ROWS, extractor, lambda: MOMENTS) is MOMENTS
    assert "is damaged; the statistics of the real images are computed again" in caplog.records[-1].getMessage()
