"""Gradients of one network, and the optimizer step that uses them, the same on one and on several replicas."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import keras
import tensorflow as tf

from medgan_tf.config.schema import TrainingConfig
from medgan_tf.gans import draws, replicas
from medgan_tf.layers.fused_adam import FusedAdam

Loss = Callable[..., tuple[tf.Tensor, dict[str, tf.Tensor]]]
"""Function from tensors with one row per example to the loss of each example [N] and its parts by name."""


class SummedAdam(FusedAdam):
    """Adam for gradients that are summed over replicas already, as `apply_gradients` hands them over.

    Keras's own class sums what it is given: the whole network would travel twice.
    """

    def _all_reduce_sum_gradients(self, grads_and_vars):
        return grads_and_vars


class Gradients(NamedTuple):
    """Everything that one step of a network needs.

    Attributes:
        values: One for each trainable variable; None where a variable is not used.
        loss: Loss of each example, [N].
        parts: Parts of the loss, by name.
    """

    values: list[tf.Tensor | None]
    loss: tf.Tensor
    parts: dict[str, tf.Tensor]


def make_adam(network: keras.Model, training: TrainingConfig, learning_rate: float) -> keras.optimizers.Optimizer:
    """The optimizer of one network, with its slots: one first built inside a replica cannot create them there."""
    optimizer = SummedAdam(learning_rate, beta_1=training.beta_1, beta_2=training.beta_2, epsilon=training.epsilon)
    optimizer.build(network.trainable_variables)
    return optimizer


def gradients_of(
    network: keras.Model,
    loss: Loss,
    inputs: Sequence[tf.Tensor],
    weight_penalty: Callable[[keras.Model], tf.Tensor | float],
    accumulation: int = 1,
    group_size: int = 1,
) -> Gradients:
    """Gradients of the mean loss, this replica's share of them.

    Args:
        network: The network whose trainable variables move.
        loss: Called with `inputs`.
        inputs: [N, ...] each, one row per example.
        weight_penalty: A scalar of the network's weights, added once to the whole.
        accumulation: Parts into which the rows are cut, one after the other, for a batch that does not fit into memory
            at once. N is a multiple of ``accumulation * group_size``.
        group_size: Rows per group of the minibatch standard deviation; the parts keep groups whole.

    Returns:
        The gradients. With accumulation, loss and parts are averaged over the parts, [N / accumulation]: their means
        are those of the whole batch.
    """
    if accumulation > 1:
        return _accumulated(network, loss, inputs, weight_penalty, accumulation, group_size)
    variables = [variable.value for variable in network.trainable_variables]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(variables)
        example_loss, parts = loss(*inputs)
        # Every replica adds its share, so that the gradients of all of them add up to the whole.
        total = replicas.batch_mean(example_loss) + weight_penalty(network) / replicas.replica_count()
    return Gradients(tape.gradient(total, variables), example_loss, parts)


def _accumulated(network, loss, inputs, weight_penalty, accumulation, group_size) -> Gradients:
    def gradients_of_part(number) -> Gradients:
        rows = [draws.replica_rows(values, number, accumulation, group_size) for values in inputs]
        return gradients_of(network, loss, rows, weight_penalty)

    # The first part shows what there is to add up.
    first = gradients_of_part(0)
    sums, rebuild = _flat(first)

    def add_part(number, *before):
        new, _ = _flat(gradients_of_part(number))
        return [number + 1, *(total + value for total, value in zip(before, new, strict=True))]

    _, *sums = tf.while_loop(
        lambda number, *_: number < accumulation, add_part, [tf.constant(1), *sums], parallel_iterations=1
    )
    return rebuild([total / accumulation for total in sums])


def either(condition: tf.Tensor, first: Callable[[], Gradients], second: Callable[[], Gradients]) -> Gradients:
    """``first()`` where the condition holds, else ``second()``; only one of them runs.

    Args:
        condition: bool scalar.
        first, second: Functions that return `Gradients`, with None at the same places and the same names of parts.
    """
    rebuilds = []

    def flat_branch(compute: Callable[[], Gradients]) -> list[tf.Tensor]:
        values, rebuild = _flat(compute())
        rebuilds.append(rebuild)
        return values

    return_values = tf.cond(condition, lambda: flat_branch(first), lambda: flat_branch(second))
    return rebuilds[-1](return_values)


def _flat(gradients: Gradients) -> tuple[list[tf.Tensor], Callable[[list[tf.Tensor]], Gradients]]:
    """All tensors in one list, without gradients that are None, and the way back."""
    used, names = [value is not None for value in gradients.values], sorted(gradients.parts)
    tensors = [value for value in gradients.values if value is not None]
    tensors += [gradients.loss, *(gradients.parts[name] for name in names)]

    def rebuild(values: list[tf.Tensor]) -> Gradients:
        remaining = iter(values)
        found = [next(remaining) if is_used else None for is_used in used]
        return Gradients(found, next(remaining), dict(zip(names, remaining, strict=True)))

    return tensors, rebuild


def apply_gradients(gradients: list[tf.Tensor | None], network: keras.Model, optimizer) -> tf.Tensor:
    """Sums the gradients that are not None over replicas, and does one optimizer step with them.

    Args:
        gradients: This replica's share, one for each trainable variable of the network.
        network: The network.
        optimizer: Its optimizer, mostly of `make_adam`. Any other one of Keras sums once more, and gets shares.

    Returns:
        The norm of the whole batch's gradient, a scalar.
    """
    pairs = zip(gradients, network.trainable_variables, strict=True)
    used = [(gradient, variable) for gradient, variable in pairs if gradient is not None]
    summed = replicas.sum_over_replicas([gradient for gradient, _ in used])
    count = 1 if isinstance(optimizer, SummedAdam) else replicas.replica_count()
    given = [value / count for value in summed] if count > 1 else summed
    optimizer.apply_gradients(list(zip(given, [variable for _, variable in used], strict=True)))
    return tf.linalg.global_norm(summed)
