"""Training steps operation by operation: for a few steps that is much faster than tracing and optimising a graph."""

import tensorflow as tf

from medgan_tf.gans.gan import ConditionalGan


def take_steps(gan: ConditionalGan, batches: tf.data.Dataset, count: int) -> None:
    """Does on each replica what `fit` would do in `count` steps, without a graph. `batches` are global ones."""
    strategy = gan.distribute_strategy
    iterator = iter(strategy.experimental_distribute_dataset(batches))
    for _ in range(count):
        strategy.run(gan.train_step, [next(iterator)])
