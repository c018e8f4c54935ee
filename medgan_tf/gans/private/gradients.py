"""The sum of clipped gradients, one for each unit (Abadi et al. 2016, algorithm 1), in chunks of units."""

from collections.abc import Callable
from typing import NamedTuple

import keras
import tensorflow as tf

from medgan_tf.gans.private.convolutions import mappable_convolutions, without_loop_notes

UnitLoss = Callable[..., tuple[tf.Tensor, dict[str, tf.Tensor]]]
"""Function from the tensors of one unit to its loss, a scalar, and values to add up, scalars by name."""

MARGIN = 1e-5
"""The norm is computed in float32: the share by which gradients are clipped too much, so that none is above C."""
NORM_EPSILON = 1e-12


class ClippedSum(NamedTuple):
    """What was added up over units.

    Attributes:
        gradients: One for each trainable variable, also where no loss depends on it.
        values: Sums of the losses' values, by name.
    """

    gradients: list[tf.Tensor]
    values: dict[str, tf.Tensor]


def unit_gradients(
    network: keras.Model, loss: UnitLoss, rows: list[tf.Tensor]
) -> tuple[list[tf.Tensor], dict[str, tf.Tensor]]:
    """The gradient of each unit's loss.

    Args:
        network: The network whose trainable variables are differentiated.
        loss: Called with the tensors of one unit.
        rows: [M, ...] each, one row per unit.

    Returns:
        Gradients [M, *shape of the variable], zeros where the loss does not depend on a variable; and the loss's values
        by name, [M].
    """
    variables = [variable.value for variable in network.trainable_variables]

    def of_one(row):
        with mappable_convolutions():
            value, parts = loss(*row)
            # Not a tape's gradient, which knows no other way through a convolution.
            gradients = tf.gradients(value, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return [tf.convert_to_tensor(gradient) for gradient in gradients], parts

    # Without the fallback: an operation that TensorFlow cannot map is an error, not a hidden slowness.
    with without_loop_notes():
        return tf.vectorized_map(of_one, rows, fallback_to_while_loop=False)


def clipped(gradients: list[tf.Tensor], clip: float) -> tuple[list[tf.Tensor], tf.Tensor]:
    """Gradients that can be multiplied by their factor: then no unit's norm over all variables is above `clip`.

    Entries that are not finite become 0. Where the norm itself overflows, the factor is 0.

    Args:
        gradients: [M, ...] each.
        clip: Largest norm.

    Returns:
        The finite gradients and the factors, float32 [M].
    """
    finite = [tf.where(tf.math.is_finite(gradient), gradient, tf.zeros_like(gradient)) for gradient in gradients]
    squares = [tf.reduce_sum(tf.square(gradient), axis=list(range(1, gradient.shape.rank))) for gradient in finite]
    norms = tf.sqrt(tf.add_n(squares) + NORM_EPSILON)
    return finite, tf.minimum(1.0, clip * (1.0 - MARGIN) / norms)


def clipped_sum(
    network: keras.Model,
    loss: UnitLoss,
    rows_of: Callable[[tf.Tensor], list[tf.Tensor]],
    count: tf.Tensor | int,
    chunk: int,
    clip: float,
    names: tuple[str, ...] = (),
    first: tf.Tensor | int = 0,
    every: int = 1,
) -> ClippedSum:
    """The sum over units of their clipped gradients, `chunk` units at a time.

    There are as many rounds as the units need: none is left out. The last chunk is filled up, and its filling counts 0.

    Args:
        network: The network.
        loss: See `UnitLoss`.
        rows_of: From places int64 [chunk] among the units to their tensors [chunk, ...].
        count: Number of units, 0 or more.
        chunk: Units at a time.
        clip: Largest norm of one unit's gradient.
        names: Names of the loss's values.
        first, every: The chunks first, first + every, ... are added up: the share of one of `every` replicas.
    """
    count = tf.cast(count, tf.int64)

    def add_chunk(number, *before):
        places = number * chunk + tf.range(chunk, dtype=tf.int64)
        here = places < count
        gradients, values = unit_gradients(network, loss, rows_of(tf.where(here, places, tf.zeros_like(places))))
        finite, factors = clipped(gradients, clip)
        factors = tf.where(here, factors, tf.zeros_like(factors))
        added = [tf.tensordot(factors, gradient, 1) for gradient in finite]
        added += [tf.reduce_sum(tf.where(here, values[name], tf.zeros_like(values[name]))) for name in names]
        return [number + every, *(total + value for total, value in zip(before, added, strict=True))]

    start = [tf.zeros(variable.shape) for variable in network.trainable_variables] + [tf.zeros([])] * len(names)
    _, *sums = tf.while_loop(
        lambda number, *_: number * chunk < count,
        add_chunk,
        [tf.cast(first, tf.int64), *start],
        parallel_iterations=1,
    )
    used = len(start) - len(names)
    return ClippedSum(sums[:used], dict(zip(names, sums[used:], strict=True)))
