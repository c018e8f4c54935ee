"""Equal bits: this CPU gives them, and a step that is drawn anew each time does not."""

import numpy as np
import tensorflow as tf

from medgan_tf.gans import replicas as numbers
from medgan_tf.machine.selfcheck import determinism, replicas
from medgan_tf.machine.selfcheck.cases import outcome_of
from medgan_tf.machine.selfcheck.fixed import fixed_gan


def test_this_cpu_gives_equal_bits_and_noise_does_not(monkeypatch):
    [case] = determinism.cases()
    assert case.demanded
    outcome = outcome_of(case)
    assert (outcome.state, outcome.text) == ("passed", "equal bits")
    assert outcome.values["moved"] > 40 and outcome.values["different"] == 0

    def with_noise(precision):
        gan = fixed_gan(precision)
        weight, step = gan.discriminator.trainable_variables[0].value, gan.train_step

        def train_step(batch):
            losses = step(batch)
            # Not drawn from the seed: another value in each call.
            weight.assign_add(tf.random.uniform(weight.shape) * 1e-5)
            return losses

        gan.train_step = train_step
        return gan

    monkeypatch.setattr(determinism, "fixed_gan", with_noise)
    # One step as it comes, without a graph: for the time.
    monkeypatch.setattr(determinism, "STEPS", 1)
    monkeypatch.setattr(tf, "function", lambda function, **options: function)
    found = outcome_of(case)
    assert found.state == "failed" and found.text.endswith("variables differ")


def test_the_difference_of_two_devices_by_hand():
    start = [[np.zeros(2, np.float32)], [np.zeros((1, 1), np.float32)]]
    one = [[np.array([0.5, -1.0], np.float32)], [np.full((1, 1), 4.0, np.float32)]]
    two = [[np.array([0.5, -0.75], np.float32)], [np.full((1, 1), 5.0, np.float32)]]
    # 0.25 of a movement of 1, 1 of a movement of 4: the same.
    assert replicas.difference(start, one, two) == 0.25
    assert replicas.difference(start, one, one) == 0.0
    assert replicas.difference(start, one, [[np.array([0.5, np.nan], np.float32)], two[1]]) == float("inf")


class EagerSteps:
    """In the place of `MultiStepFunction`: the same steps without a graph, for the time."""

    def __init__(self, gan, steps_per_call):
        self.gan = gan

    def run(self, iterator, count):
        for _ in range(count):
            self.gan.distribute_strategy.run(self.gan.train_step, [next(iterator)])


def test_two_parts_of_this_cpu_compute_what_one_does(two_replicas, monkeypatch):
    [case] = replicas.cases()
    assert case.demanded and case.name == "two parts of the CPU"
    monkeypatch.setattr(tf.distribute, "MirroredStrategy", lambda devices: two_replicas)
    monkeypatch.setattr(replicas, "MultiStepFunction", EagerSteps)
    monkeypatch.setattr(replicas, "STEPS", 1)
    outcome = outcome_of(case)
    assert outcome.state == "passed", outcome.text
    assert outcome.values["difference"] < replicas.TOLERANCE / 5

    # Both devices draw the noise of the first one.
    monkeypatch.setattr(numbers, "replica_number", lambda: 0)
    outcome = outcome_of(case)
    assert outcome.state == "failed", outcome.text
