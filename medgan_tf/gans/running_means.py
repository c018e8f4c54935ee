"""Means of the values that a training step computes, kept on the device until a tick ends."""

import math

import tensorflow as tf

from medgan_tf.gans import replicas
from medgan_tf.gans.penalties import PENALTIES

DUE = "due"


class RunningMeans:
    """Sums over training steps and replicas.

    Args:
        names: Names of the values that are averaged.
    """

    def __init__(self, names: tuple[str, ...]):
        self.names = names
        self.sums = tf.Variable(
            tf.zeros(len(names) + 1), trainable=False, aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA
        )

    def add(self, steps: list[dict[str, tf.Tensor]]) -> dict[str, tf.Tensor]:
        """Adds one training step, within a replica.

        Args:
            steps: For each of its optimisation steps the computed tensors, of any shape, by name. Discriminator steps
                also have `due`: 1 if they contained the gradient penalties, else 0.

        Returns:
            Means of this replica by name, over the steps that have it.
        """
        means = {name: self._mean(name, steps) for name in (*self.names, DUE)}
        stacked = tf.stack(list(means.values())) / replicas.replica_count()
        self.sums.assign_add(replicas.sum_over_replicas(stacked))
        return means

    @staticmethod
    def _mean(name: str, steps: list[dict[str, tf.Tensor]]) -> tf.Tensor:
        found = [tf.reduce_mean(step[name]) for step in steps if name in step]
        return tf.add_n(found) / len(found)

    def take(self, steps: int) -> dict[str, float]:
        """Means since the last call, over `steps` training steps. Afterwards the sums are 0 again.

        Gradient penalties are means over the discriminator steps that contained them, NaN if none did.
        """
        *sums, due = (self.sums.numpy() / steps).tolist()
        self.sums.assign(tf.zeros(len(self.names) + 1))
        values = dict(zip(self.names, sums, strict=True))
        for name in PENALTIES.keys() & values.keys():
            values[name] = values[name] / due if due else math.nan
        return values
