"""The Siamese network: what it learns, from what, and that it can be repeated."""

import numpy as np
import pytest
from patient_textures import patient_images

from medgan_tf.errors import RunError
from medgan_tf.evidence.privacy.identity.network import build_network, train_network
from medgan_tf.evidence.privacy.identity.pairs import Known, other_pairs, own_pairs
from medgan_tf.evidence.privacy.identity.settings import IdentityConfig
from medgan_tf.metrics.auc import auc

SMALL = IdentityConfig(width=8, embedding=16, steps=60, pairs=32)


def train(known, steps=60, report=lambda done, total: None, **settings):
    return train_network(known, SMALL.model_copy(update={"steps": steps, **settings}), 1, "a", False, report)


@pytest.fixture(scope="module")
def embed():
    return train(Known.of(patient_images("training", 60, 2, 1)))


def test_it_tells_patients_apart_whom_it_never_saw(embed):
    known = Known.of(patient_images("others", 60, 2, 2))
    vectors = embed(known.images)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    assert vectors.shape == (120, 16)
    pairs = own_pairs(known, np.random.default_rng(0))
    others = other_pairs(pairs, known, np.random.default_rng(0))
    cosines = [(vectors[part[:, 0]] * vectors[part[:, 1]]).sum(axis=1) for part in (pairs, others)]
    assert auc(np.repeat([1, 0], 60), np.concatenate(cosines)) > 0.9


def test_the_label_is_no_sign_of_a_patient(embed):
    """Each patient's second image has another label. So the label alone would tell patients apart."""
    images = patient_images("others", 60, 2, 3)
    vectors, labels = embed(images.images), images.labels[:, 0]
    cosines, patients = vectors @ vectors.T, Known.of(images).patients
    other = patients[:, None] != patients[None]
    same_label = labels[:, None] == labels[None]
    found = auc(same_label[other].astype(int), cosines[other])
    assert 0.3 < found < 0.7


def test_the_same_seed_gives_the_same_network():
    known, reports = Known.of(patient_images("training", 20, 2, 1)), []
    first = train(known, 4, lambda *done: reports.append(done))(known.images)
    assert (first == train(known, 4)(known.images)).all() and reports == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_exposure_says_nothing():
    known = Known.of(patient_images("training", 4, 2, 1))
    dark = np.uint8(np.clip(known.images // 2, 20, 100))
    embed = train(known.take(np.arange(8)), 1)
    np.testing.assert_allclose(embed(dark), embed(dark + 100), atol=1e-5)


def test_size():
    assert build_network(32, SMALL, 0).count_params() == (9 + 1) * 8 + (72 + 1) * 16 + (144 + 1) * 32 + (512 + 1) * 16
    assert build_network(64, SMALL, 0).output_shape == (None, 16)


def test_a_training_by_the_clock_is_no_result():
    known = Known.of(patient_images("training", 4, 2, 1))
    with pytest.raises(RunError, match="took longer than 1e-09 s after 1 of 60 steps; allow more"):
        train(known, seconds=1e-9)
