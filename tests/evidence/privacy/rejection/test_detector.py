"""The detector finds training images in disguise, and few images of other patients."""

import numpy as np
import pytest
from traced_phantoms import traced_phantoms

from medgan_tf.evidence.privacy.rejection.detector import Detector
from medgan_tf.evidence.privacy.settings import PrivacyConfig

SETTINGS = PrivacyConfig(planted=20)


def features(images):
    """Pixels, averaged by fours: like images have like features."""
    count, side = images.shape[:2]
    small = images.reshape(count, side // 4, 4, side // 4, 4).mean(axis=(2, 4)).reshape(count, -1)
    return (small - small.mean(axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def train():
    return traced_phantoms("training", 60, 1, "train")


def detector(train, searches):
    held_out = traced_phantoms("held-out", 60, 2, "test")
    return Detector.of(train, held_out, (features, features(train.images)), searches, SETTINGS, seed=1)


@pytest.fixture(scope="module")
def both(train):
    return detector(train, ("copies", "reidentified"))


def test_training_images_in_disguise_are_flagged(both, train):
    images = train.images[:30]
    noise = np.random.default_rng(3).normal(0, 3, images.shape)
    for disguised in (
        images,
        images[:, :, ::-1],
        np.rot90(images, axes=(1, 2)),
        255 - images,
        np.clip(images + noise, 0, 255).astype(np.uint8),
    ):
        assert both.flagged(np.ascontiguousarray(disguised)).mean() > 0.9


def test_few_images_of_other_patients_are_flagged(both):
    """Each search is set to 1 % of held-out images; 120 others, so 1 or 2 of each."""
    assert both.flagged(traced_phantoms("others", 60, 3).images).sum() <= 8


def test_exact_copies_are_flagged_by_any_search(train):
    """One that points to nobody as two patients have it: equal images of two patients."""
    twice = train.take(np.r_[0:120, 0:1])
    twice.patients[-1] = "another"
    only = detector(twice, ("reidentified",))
    assert only.flagged(train.images[:1]).all()


def test_the_searches_asked_for_decide(both, train):
    others = traced_phantoms("others", 60, 3).images
    parts = [detector(train, (name,)).flagged(others) for name in ("copies", "reidentified")]
    np.testing.assert_array_equal(parts[0] | parts[1], both.flagged(others))
