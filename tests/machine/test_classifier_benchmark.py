"""The benchmark of the classifier's training against its own definitions."""

import time

import pytest
import tensorflow as tf
from tiny_classifier import tiny_backbone

from medgan_tf.classification import network
from medgan_tf.classification.trainer import ClassifierTrainer
from medgan_tf.machine import classifier_benchmark
from medgan_tf.machine.classifier_benchmark import classifier_here


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    monkeypatch.setattr(network, "build_backbone", tiny_backbone)


def test_rates_and_memory_of_a_tiny_network():
    speed = classifier_here(resolution=32, batch=4, precision="float32", steps=3)
    assert (speed.resolution, speed.batch, speed.precision, speed.epochs) == (32, 4, "float32", 6)
    assert speed.training_fraction == pytest.approx(speed.training_rate / speed.bare_rate)
    assert 0 < speed.epoch_rate < speed.training_rate
    assert 0.2 < speed.memory_first_gib
    assert speed.memory_last_gib < speed.memory_first_gib + 0.2


def test_optimising_graphs_again_after_a_training_is_no_part_of_the_bare_rate(monkeypatch):
    forgotten = []
    build, train = classifier_benchmark._bare_model, classifier_benchmark._train

    def forgetful(config):
        model = build(config)
        step = model.train_on_batch

        def train_on_batch(*batch):
            if forgotten:
                forgotten.clear()
                time.sleep(2)
            return step(*batch)

        model.train_on_batch = train_on_batch
        return model

    def forgetting(*arguments):
        forgotten.append(True)
        return train(*arguments)

    monkeypatch.setattr(classifier_benchmark, "_bare_model", forgetful)
    monkeypatch.setattr(classifier_benchmark, "_train", forgetting)
    steps, batch = 3, 4
    assert classifier_here(32, batch, "float32", steps).bare_rate > 2 * steps * batch / 2


def test_a_slow_training_shows(monkeypatch):
    build = ClassifierTrainer.__init__

    def slow(self, *arguments):
        build(self, *arguments)
        step = self.model.train_step

        def waiting(data):
            tf.numpy_function(lambda: time.sleep(0.2), [], [])
            return step(data)

        self.model.train_step = waiting

    monkeypatch.setattr(ClassifierTrainer, "__init__", slow)
    speed = classifier_here(resolution=32, batch=4, precision="float32", steps=3)
    assert speed.training_rate < 4 / 0.2
    assert speed.training_fraction < 0.5
