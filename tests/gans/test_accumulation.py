"""A batch cut into parts gives the gradients of the whole."""

import numpy as np
import pytest
import tensorflow as tf
from interrupted_run import killed_experiment

from medgan_tf.data.records.pipeline import training_batches
from medgan_tf.gans.accumulation import accumulated
from medgan_tf.training.loop import make_gan


def test_mean_of_the_parts_with_whole_groups():
    seen = []

    def compute(values):
        seen.append(values)
        return [tf.reduce_mean(values), None], values, {"double": 2 * values}

    rows = tf.range(8, dtype=tf.float32)
    gradients, loss, parts = accumulated(compute, [rows], parts=2, group=2)
    # Groups of two are rows 0 and 4, 1 and 5, ...: the first part has 0, 1, 4, 5, the second one 2, 3, 6, 7.
    np.testing.assert_array_equal(seen[0], [0, 1, 4, 5])
    assert (float(gradients[0]), gradients[1]) == (3.5, None)
    np.testing.assert_array_equal(loss, [1, 2, 5, 6])
    np.testing.assert_array_equal(parts["double"], [2, 4, 10, 12])
    assert accumulated(compute, [rows], parts=1, group=2)[1] is rows


@pytest.mark.parametrize("architecture", ["cpd", "progressive"])
def test_parts_equal_the_whole(architecture, shapes, tmp_path):
    results = []
    for parts in (1, 2):
        experiment = killed_experiment(tmp_path, architecture)
        training = experiment.training.model_copy(update={"accumulation": parts})
        experiment = experiment.model_copy(update={"training": training})
        fold = shapes.read_fold("train")
        gan = make_gan(experiment, shapes, fold.labels, tf.distribute.get_strategy())
        batches = training_batches(fold.images, fold.labels, batch=8, seed=7, group=4)
        gan.fit(batches, epochs=1, steps_per_epoch=1, shuffle=False, verbose=0)
        arrays = [variable.numpy() for network in (gan.generator, gan.discriminator) for variable in network.variables]
        results.append((gan.take_metrics(1), arrays))
    (expected, weights), (actual, others) = results
    for name, value in expected.items():
        assert actual[name] == pytest.approx(value, rel=1e-4, abs=1e-5), name
    # Adam's first step is the rate times the gradient's sign, but for gradients that are nearly 0.
    different = sum(np.sum(np.abs(one - other) > 1e-4) for one, other in zip(weights, others, strict=True))
    assert different < 0.002 * sum(array.size for array in weights)
