"""Sums and means over the replicas of a `tf.distribute` strategy. Called within a replica, or outside any strategy."""

import tensorflow as tf

_COMMUNICATION = "communication_options"
Options = tf.distribute.experimental.CommunicationOptions


def replica_count() -> int:
    """Replicas that train together."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def global_batch(batch: tf.Tensor | int) -> tf.Tensor:
    """Examples over all replicas, int64, from those of this one."""
    return tf.cast(batch, tf.int64) * replica_count()


def batch_mean(values: tf.Tensor) -> tf.Tensor:
    """This replica's share of the mean of [N] values over the global batch: gradients are summed over replicas."""
    return tf.reduce_sum(values) / tf.cast(global_batch(tf.shape(values)[0]), tf.float32)


def set_communication(strategy: tf.distribute.Strategy, options: Options) -> None:
    """Sets how the replicas of a strategy communicate from now on.

    TensorFlow takes the size of a pack from each call, not from the options that the strategy was made with.
    """
    setattr(strategy, _COMMUNICATION, options)


def sum_over_replicas(values):
    """The sum over replicas of a tensor or a list of tensors."""
    if replica_count() == 1:
        return values
    options = getattr(tf.distribute.get_strategy(), _COMMUNICATION, None)
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, values, options=options)


def replica_number() -> tf.Tensor | int:
    """The number of this replica, from 0."""
    return tf.distribute.get_replica_context().replica_id_in_sync_group
