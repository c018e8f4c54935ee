"""Gradients of a batch that does not fit into a device's memory at once."""

from collections.abc import Callable, Sequence

import tensorflow as tf

from medgan_tf.gans import draws
from medgan_tf.gans.optimisation import Found


def accumulated(compute: Callable[..., Found], inputs: Sequence[tf.Tensor], parts: int, group: int) -> Found:
    """What `compute` finds on the inputs, one part of their rows after the other.

    Args:
        compute: As `optimisation.gradients_of`, of tensors with one row per example.
        inputs: [N, ...] each; N is a multiple of ``parts * group``.
        parts: How many; the parts keep the groups of the minibatch standard deviation whole.
        group: Rows per group.

    Returns:
        The gradients of the whole batch. The loss and what it is made of are averaged over the parts, [N / parts]:
        their means are those of the whole batch.
    """
    if parts == 1:
        return compute(*inputs)

    def compute_part(number) -> Found:
        return compute(*(draws.replica_rows(values, number, parts, group) for values in inputs))

    # The first part tells what there is to add up.
    gradients, loss, values = compute_part(0)
    used = [gradient is not None for gradient in gradients]
    names = sorted(values)
    start = [gradient for gradient in gradients if gradient is not None] + [loss, *(values[name] for name in names)]

    def add_part(number, *sums):
        found, loss, values = compute_part(number)
        new = [gradient for gradient in found if gradient is not None] + [loss, *(values[name] for name in names)]
        return [number + 1, *(before + after for before, after in zip(sums, new, strict=True))]

    _, *sums = tf.while_loop(
        lambda number, *_: number < parts, add_part, [tf.constant(1), *start], parallel_iterations=1
    )
    means = iter([total / parts for total in sums])
    gradients = [next(means) if is_used else None for is_used in used]
    loss = next(means)
    return gradients, loss, dict(zip(names, means, strict=True))
