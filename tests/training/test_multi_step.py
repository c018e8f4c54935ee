"""Calls of a few steps do exactly the steps of an epoch, and the same ones whatever the length of a call."""

import pytest
import tensorflow as tf

from medgan_tf.training.multi_step import MultiStepFunction


class Counting:
    """In place of a GAN: counts its steps, and adds up the batches it gets."""

    def __init__(self):
        self.distribute_strategy, self.jit_compile = tf.distribute.get_strategy(), False
        self.train_function, self.steps_per_execution, self.private = None, 1, None
        self.images_seen = tf.Variable(0, dtype=tf.int64)
        self.sum = tf.Variable(0.0)

    def train_step(self, batch):
        self.images_seen.assign_add(1)
        self.sum.assign_add(batch)
        return {"loss_d": tf.reshape(batch, [1]), "loss_g": tf.reshape(-batch, [1]), "other": batch}


def batches():
    return iter(tf.data.Dataset.range(1, 1000).map(lambda number: tf.cast(number, tf.float32)))


@pytest.mark.parametrize(("per_call", "counts"), [(3, [3, 6, 7, 10, 13, 14]), (7, [7, 14]), (10, [7, 14])])
def test_an_epoch_ends_with_the_rest_of_a_call(per_call, counts):
    gan, iterator, seen = Counting(), batches(), []
    function = MultiStepFunction(gan, per_call)
    function.prepare(7)
    assert (gan.train_function, gan.steps_per_execution) == (function, per_call)
    for _ in counts:
        losses = function(iterator)
        seen.append(int(gan.images_seen.numpy()))
    assert seen == counts
    # The losses are those of the last step; the batches came in order, each once.
    assert (losses["loss_d"].numpy().tolist(), losses["loss_g"].numpy().tolist()) == ([14.0], [-14.0])
    assert gan.sum.numpy() == 14 * 15 / 2


def test_run_does_exactly_the_steps_asked_for():
    gan, iterator = Counting(), batches()
    function = MultiStepFunction(gan, 4)
    for count, total in ((1, 1), (9, 10), (4, 14)):
        function.run(iterator, count)
        assert int(gan.images_seen.numpy()) == total


def test_the_graph_is_made_again_only_after_the_gan_forgot_it():
    gan, iterator = Counting(), batches()
    function = MultiStepFunction(gan, 2)
    function.run(iterator, 2)
    made = function._function
    function.run(iterator, 5)
    assert function._function is made
    # As `enter_phase` does.
    gan.train_function = None
    function.run(iterator, 1)
    assert function._function is not made and gan.train_function is function


def test_a_shared_gan_gets_the_counts_of_who_prepares_last():
    gan, iterator = Counting(), batches()
    first, second = MultiStepFunction(gan, 2), MultiStepFunction(gan, 3)
    first.prepare(2)
    second.run(iterator, 3)
    assert gan.train_function is second and int(gan.images_seen.numpy()) == 3
