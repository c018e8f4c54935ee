"""Gradients of one network, and the optimizer step that uses them, the same on one and on several replicas."""

from collections.abc import Callable

import keras
import tensorflow as tf

from medgan_tf.gans import replicas

Found = tuple[list[tf.Tensor | None], tf.Tensor, dict[str, tf.Tensor]]


def gradients_of(
    network: keras.Model,
    loss_and_parts: Callable[[], tuple[tf.Tensor, dict[str, tf.Tensor]]],
    weight_penalty: Callable[[keras.Model], tf.Tensor | float],
) -> Found:
    """Gradients of the mean loss, this replica's share of them.

    Args:
        network: Whose trainable variables move.
        loss_and_parts: Computes the loss of each example [N], and what it is made of.
        weight_penalty: A scalar of the network's weights, added once to the whole.

    Returns:
        One gradient per trainable variable, None where a variable is not used; loss [N]; parts.
    """
    variables = [variable.value for variable in network.trainable_variables]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(variables)
        loss, parts = loss_and_parts()
        # Every replica adds its share, so that the gradients of all of them add up to the whole.
        total = replicas.batch_mean(loss) + weight_penalty(network) / replicas.replica_count()
    return tape.gradient(total, variables), loss, parts


def either(condition: tf.Tensor, compute: Callable[[bool], Found]) -> Found:
    """``compute(True)`` where the condition holds, else ``compute(False)``; only one of them runs.

    Args:
        condition: bool scalar.
        compute: As `gradients_of`. Gradients that are None must be so in both cases.
    """
    used: list[bool] = []

    def branch(value: bool):
        gradients, loss, parts = compute(value)
        used[:] = [gradient is not None for gradient in gradients]
        return [gradient for gradient in gradients if gradient is not None], loss, parts

    found, loss, parts = tf.cond(condition, lambda: branch(True), lambda: branch(False))
    remaining = iter(found)
    return [next(remaining) if is_used else None for is_used in used], loss, parts


def apply_gradients(gradients: list[tf.Tensor | None], network: keras.Model, optimizer) -> tf.Tensor:
    """One optimizer step with the gradients that are there. Returns the norm of the whole batch's gradient."""
    pairs = zip(gradients, network.trainable_variables, strict=True)
    used = [(gradient, variable) for gradient, variable in pairs if gradient is not None]
    # The norm needs the sum over replicas; Keras sums what it is given once more.
    count = replicas.replica_count()
    summed = [value / count for value in replicas.sum_over_replicas([gradient for gradient, _ in used])]
    optimizer.apply_gradients(list(zip(summed, [variable for _, variable in used], strict=True)))
    return tf.linalg.global_norm(summed) * count
