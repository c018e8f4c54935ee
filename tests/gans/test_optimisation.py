"""Gradients by hand: of a whole batch, of a batch cut into parts, of one of two losses."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from eager_steps import take_steps
from interrupted_run import killed_experiment
from shapes_dataset import small_experiment

from medgan_tf.data.records.pipeline import training_batches
from medgan_tf.gans.optimisation import either, gradients_of
from medgan_tf.gans.replicas import set_communication
from medgan_tf.training.loop import make_gan


class Two(keras.Model):
    """Two numbers, of which a loss uses the first."""

    def __init__(self):
        super().__init__()
        self.used = self.add_weight(shape=(), initializer="ones")
        self.unused = self.add_weight(shape=(), initializer="ones")


def loss_of(network, seen, factor=1.0):
    def loss(values):
        seen.append(values)
        result = factor * values * tf.convert_to_tensor(network.used)
        return result, {"double": 2 * result}

    return loss


def test_mean_of_the_parts_with_whole_groups():
    network, seen, rows = Two(), [], tf.range(8, dtype=tf.float32)
    whole = gradients_of(network, loss_of(network, seen), [rows], lambda _: 0.0)
    assert (float(whole.values[0]), whole.values[1]) == (3.5, None)
    np.testing.assert_array_equal(whole.loss, rows)
    parts = gradients_of(network, loss_of(network, seen), [rows], lambda _: 0.0, accumulation=2, group_size=2)
    # Groups of two are rows 0 and 4, 1 and 5, ...: the first part has 0, 1, 4, 5, the second one 2, 3, 6, 7.
    np.testing.assert_array_equal(seen[1], [0, 1, 4, 5])
    assert (float(parts.values[0]), parts.values[1]) == (3.5, None)
    np.testing.assert_array_equal(parts.loss, [1, 2, 5, 6])
    np.testing.assert_array_equal(parts.parts["double"], [2, 4, 10, 12])


def test_the_penalty_of_the_weights_counts_once():
    network = Two()
    loss = loss_of(network, [])
    for accumulation in (1, 2):
        found = gradients_of(
            network, loss, [tf.ones([4])], lambda two: 3.0 * tf.convert_to_tensor(two.used), accumulation
        )
        assert float(found.values[0]) == pytest.approx(1.0 + 3.0)


@pytest.mark.parametrize("graph", [False, True])
@pytest.mark.parametrize(("condition", "factor"), [(True, 1.0), (False, 5.0)])
def test_one_of_two_losses(graph, condition, factor):
    network, rows = Two(), tf.constant([1.0, 3.0])

    def found(condition):
        first, second = (
            lambda: gradients_of(network, loss_of(network, [], 1.0), [rows], lambda _: 0.0),
            lambda: gradients_of(network, loss_of(network, [], 5.0), [rows], lambda _: 0.0),
        )
        return either(condition, first, second)

    gradients = (tf.function(found, autograph=False) if graph else found)(tf.constant(condition))
    assert (float(gradients.values[0]), gradients.values[1]) == (2.0 * factor, None)
    np.testing.assert_allclose(gradients.parts["double"], [2.0 * factor, 6.0 * factor])


@pytest.mark.parametrize(("architecture", "graph"), [("cpd", True), ("progressive", False)])
def test_parts_equal_the_whole(architecture, graph, shapes, tmp_path):
    """Both have groups. In the graph without the gradient penalty, which doubles the time; step by step with it."""
    results = []
    for parts in (1, 2):
        experiment = killed_experiment(tmp_path, architecture)
        training = experiment.training.model_copy(update={"accumulation": parts})
        penalties = {"loss": "hinge", "gradient_penalty": 0.0} if graph else {}
        gan = experiment.gan.model_copy(update=penalties)
        experiment = experiment.model_copy(update={"training": training, "gan": gan})
        fold = shapes.read_fold("train")
        gan = make_gan(experiment, shapes, fold.labels, tf.distribute.get_strategy())
        batches = training_batches(fold.images, fold.labels, batch=8, seed=7, group=4)
        if parts == 1 or not graph:
            take_steps(gan, batches, 1)
        else:
            gan.fit(batches, epochs=1, steps_per_epoch=1, shuffle=False, verbose=0)
        arrays = [variable.numpy() for network in (gan.generator, gan.discriminator) for variable in network.variables]
        results.append((gan.take_metrics(1), arrays))
    (expected, weights), (actual, others) = results
    for name, value in expected.items():
        assert actual[name] == pytest.approx(value, rel=1e-4, abs=1e-5), name
    # Adam's first step is the rate times the gradient's sign, but for gradients that are nearly 0.
    different = sum(np.sum(np.abs(one - other) > 1e-4) for one, other in zip(weights, others, strict=True))
    assert different < 0.002 * sum(array.size for array in weights)


def sizes_of_sums(shapes, folder, strategy):
    """The numbers of values that one training step sends between two replicas, smallest first; and those of the GAN."""
    fold = shapes.read_fold("train")
    gan = make_gan(small_experiment(folder), shapes, fold.labels, strategy)
    batch = tf.zeros([8, 16, 16, 1]), tf.ones([8, 2])

    def step():
        return strategy.run(gan.train_step, (batch,))

    graph = tf.function(step, autograph=False).get_concrete_function().graph
    sums = [one for one in graph.get_operations() if one.type.startswith("Collective")]
    assert {one.type for one in sums} == {"CollectiveReduceV2"}
    networks = [sum(int(np.prod(one.shape)) for one in network.trainable_variables)
                for network in (gan.generator, gan.discriminator)]  # fmt: skip
    return sorted(one.inputs[0].shape.num_elements() for one in sums), [*networks, len(gan.metric_names) + 1]


def test_the_gradients_of_a_network_are_summed_once(shapes, tmp_path, two_replicas):
    """The optimizer does not do it again, and the logged norm is that of the same sums. The metrics are one more."""
    found, values = sizes_of_sums(shapes, tmp_path, two_replicas)
    # Each sum has an operation on each of the two devices.
    assert found == sorted(2 * values)


def test_packs_have_the_size_that_was_asked_for(shapes, tmp_path, two_replicas, monkeypatch):
    options = tf.distribute.experimental.CommunicationOptions(bytes_per_pack=4 * 500)
    monkeypatch.setattr(two_replicas, "communication_options", None, raising=False)
    set_communication(two_replicas, options)
    found, values = sizes_of_sums(shapes, tmp_path, two_replicas)
    assert sum(found) == 2 * sum(values)
    assert len(found) > 2 * len(values)
