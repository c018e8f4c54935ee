"""The nulls: a shift of the folds is in the null of training images, and not in one of held-out images."""

import numpy as np
import pytest
from point_worlds import world_inputs

from medgan_tf.evidence.privacy.membership.attacks import Features, blind_attack, model_attack, released_attacks
from medgan_tf.evidence.privacy.membership.candidates import candidates
from medgan_tf.metrics.auc import weighted_auc
from medgan_tf.simulations.privacy.worlds import World


def _aucs(attacked):
    scores = np.concatenate([attacked.members, attacked.non_members])
    truth = np.repeat([1.0, 0.0], [len(attacked.members), len(attacked.non_members)])
    return [weighted_auc(truth, scores[:, k], np.ones((1, len(truth))))[0] for k in range(3)]


def _features(inputs, reference=None):
    return Features(inputs.train_features, inputs.held_out_features, inputs.synthetic_features, reference)


@pytest.fixture(scope="module")
def shifted():
    return world_inputs(World(300, shift=1.5))


@pytest.fixture(scope="module")
def chosen(shifted):
    return candidates(shifted)


def test_a_shift_is_in_the_null(shifted, chosen):
    for attacked in released_attacks(shifted, chosen, _features(shifted)).values():
        raw, paired, null = _aucs(attacked)
        assert raw > 0.6 and abs(raw - null) < 0.05 and raw == paired
        assert "real images of other training patients" in attacked.null


def test_held_out_images_would_be_no_null_for_a_shift(shifted, chosen):
    """They are drawn as the reference is, so the attack is at chance with them."""
    other = world_inputs(World(300, shift=1.5), seed=7)
    found = released_attacks(shifted, chosen, _features(shifted, other.held_out_features))
    for attacked in found.values():
        raw, _, null = _aucs(attacked)
        assert raw > 0.6 and abs(null - 0.5) < 0.05
        assert "a generator trained on none of them" in attacked.null


def test_a_generator_of_the_same_patients_distribution_is_a_null(shifted, chosen):
    other = world_inputs(World(300, shift=1.5), seed=8)
    for attacked in released_attacks(shifted, chosen, _features(shifted, other.synthetic_features)).values():
        raw, _, null = _aucs(attacked)
        assert abs(raw - null) < 0.05


def test_a_leak_is_not_in_the_null():
    inputs = world_inputs(World(200, "memorised", 0.6))
    for attacked in released_attacks(inputs, candidates(inputs), _features(inputs)).values():
        raw, _, null = _aucs(attacked)
        assert raw > 0.56 and raw - null > 0.04


def test_a_small_null_thins_the_released_set(shifted, chosen):
    """The attack itself keeps all released images."""
    few = shifted.synthetic_features[:100]
    found = released_attacks(shifted, chosen, _features(shifted, few))["distance"]
    assert found.null.startswith("100 ") and (found.members[:, 0] != found.members[:, 1]).any()
    # Fewer released images are farther away: the score falls or stays.
    assert (found.members[:, 1] <= found.members[:, 0] + 1e-12).all()


def test_the_discriminators_null_is_blind(shifted, chosen):
    blind = blind_attack(shifted, chosen)
    shifted.train = shifted.train.without_labels()
    object.__setattr__(shifted.train, "labels", np.zeros((len(shifted.train), 1)))
    object.__setattr__(shifted.held_out, "labels", np.zeros((len(shifted.held_out), 1)))
    found = model_attack(shifted, chosen, lambda images, labels, covariates: images.mean(axis=(1, 2, 3)), blind)
    expected = shifted.train.images[chosen.members.rows].mean(axis=(1, 2, 3))
    np.testing.assert_allclose(found.members[:, 0], expected)
    np.testing.assert_allclose(found.members[:, 2], blind[0])
    assert _aucs(found)[2] > 0.65
