"""The numbers of a private training: units, noise, steps, and how far a budget goes."""

import math

import pytest
from private_shapes import private_experiment

from medgan_tf.accounting.calibration import noise_for
from medgan_tf.accounting.epsilon import epsilon
from medgan_tf.accounting.guarantee import Charges, Guarantee
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.training.private.terms import private_terms


def test_terms_of_patients_and_of_images(tmp_path):
    terms = private_terms(private_experiment(tmp_path, dp={"images_per_patient": 3}), units=40, images=100)
    assert (terms.unit, terms.units, terms.step.sampling_probability, terms.steps) == ("patient", 40, 8 / 40, 20)
    assert (terms.step.expected_batch, terms.step.images_per_patient, terms.step.discriminator_steps) == (8, 3, 2)
    assert terms.charges(7) == Charges(0.2, 2.0, 7, (24.0,), 0.0)
    # Under 1 / (10 n).
    assert terms.delta == 1e-5
    images = private_terms(private_experiment(tmp_path, dp={"unit": "image"}), units=40, images=100)
    assert (images.unit, images.units, images.step.sampling_probability) == ("image", 100, 8 / 100)
    assert images.step.images_per_patient == 1


def test_delta_of_many_patients_is_a_tenth_of_their_inverse(tmp_path):
    assert private_terms(private_experiment(tmp_path), 20_000, 20_000).delta == 1 / 200_000


def test_combinations_that_are_found_cost_a_part_of_delta(tmp_path):
    found = private_terms(private_experiment(tmp_path, dp={"combinations": None, "delta": 1e-4}), 40, 40)
    assert 0 < found.extra_delta < found.delta == 1e-4
    assert found.charges(3).extra_delta == found.extra_delta


def test_noise_of_a_target_is_the_calibrated_one(tmp_path):
    dp = {"noise_multiplier": None, "target_epsilon": 3.0}
    terms = private_terms(private_experiment(tmp_path, dp=dp), 40, 40)
    assert terms.step.noise_multiplier == noise_for(3.0, 1e-5, 0.2, 20, (24.0,), 0.0)
    assert terms.epsilon(20) <= 3.0 < terms.epsilon(21)
    # A training that was begun keeps its noise, whatever the number of its steps is now.
    later = private_terms(private_experiment(tmp_path, dp=dp, total_images=800), 40, 40, noise_multiplier=1.5)
    assert (later.step.noise_multiplier, later.steps) == (1.5, 100)


def test_infinite_target_has_no_noise(tmp_path):
    terms = private_terms(private_experiment(tmp_path, dp={"noise_multiplier": None, "target_epsilon": "inf"}), 40, 40)
    assert terms.step.noise_multiplier == 0 and math.isinf(terms.epsilon(1)) and terms.affordable(1000) == 1000


def test_a_training_without_noise_is_not_called_private(tmp_path):
    terms = private_terms(private_experiment(tmp_path, dp={"noise_multiplier": None, "target_epsilon": "inf"}), 40, 40)
    words = terms.words_without_noise()
    assert words.startswith("NO GUARANTEE") and "differentially private" not in words and "infinite" in words


def test_budget_goes_as_far_as_epsilon_says(tmp_path):
    target = epsilon(Charges(0.2, 2.0, 7, (24.0,)), 1e-5)
    terms = private_terms(private_experiment(tmp_path, dp={"target_epsilon": target}), 40, 40)
    assert [terms.affordable(wanted) for wanted in (3, 7, 8, 60)] == [3, 7, 7, 7]
    assert private_terms(private_experiment(tmp_path, dp={"target_epsilon": target - 1e-6}), 40, 40).affordable(60) == 6


def test_guarantee_is_filed_and_read_again(tmp_path):
    filed = private_terms(private_experiment(tmp_path), 40, 40).guarantee(20)
    assert filed.epsilon == epsilon(Charges(0.2, 2.0, 20, (24.0,)), 1e-5) < filed.epsilon_rdp
    assert Guarantee.from_json(filed.as_json()) == filed
    assert any("40" in sentence for sentence in filed.declared_public)


def test_more_patients_in_a_step_than_there_are_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"at most the number of patients in the train fold, 7\. Received: 8"):
        private_terms(private_experiment(tmp_path), 7, 100)
    with pytest.raises(DataError, match="needs training images"):
        private_terms(private_experiment(tmp_path), 0, 0)


def test_mechanism_holds_what_is_charged_and_nothing_else(tmp_path):
    terms = private_terms(private_experiment(tmp_path), 40, 40)
    same = private_terms(private_experiment(tmp_path, total_images=320, dp={"chunk": 4}), 40, 90)
    assert terms.mechanism() == same.mechanism()
    for change in ({"noise_multiplier": 3.0}, {"clip": 2.0}, {"label_noise": 25.0}, {"delta": 1e-6}):
        other = private_terms(private_experiment(tmp_path, dp=change), 40, 40)
        assert other.mechanism() != terms.mechanism(), change
