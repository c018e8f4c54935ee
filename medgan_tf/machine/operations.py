"""Floating-point operations of a TensorFlow function, counted from its graph."""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

_CONVOLUTIONS = ("Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter")


@dataclass(frozen=True)
class Convolution:
    """Shapes of one convolution, whichever of its three passes the graph computes.

    Attributes:
        images: [N, H, W, C] of the side with the higher resolution.
        kernel: [k, k, C, F].
        stride: 1 or 2.
        padding: SAME or VALID.
    """

    images: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: int
    padding: str

    @property
    def operations(self) -> int:
        """Multiplications and additions of one pass: 2 * N * out_H * out_W * k * k * C * F."""
        batch, height, width, _ = self.images
        return 2 * batch * -(-height // self.stride) * -(-width // self.stride) * int(np.prod(self.kernel))


def needed_operations(function: tf.types.experimental.ConcreteFunction) -> list[tf.Operation]:
    """The operations that the function's results and side effects depend on. The others are pruned when it runs."""
    graph = function.graph
    pending = [tensor.op for tensor in graph.outputs] + list(graph.control_outputs)
    seen: dict[str, tf.Operation] = {}
    while pending:
        operation = pending.pop()
        if operation.name not in seen:
            seen[operation.name] = operation
            pending += [tensor.op for tensor in operation.inputs] + list(operation.control_inputs)
    return list(seen.values())


def convolution_of(operation: tf.Operation) -> Convolution | None:
    """The convolution behind an operation, or None for any other. All shapes must be static."""
    if operation.type not in _CONVOLUTIONS:
        return None
    shapes = [tuple(tensor.shape.as_list()) for tensor in operation.inputs]
    out = tuple(operation.outputs[0].shape.as_list())
    if operation.type == "Conv2D":
        images, kernel = shapes[0], shapes[1]
    elif operation.type == "Conv2DBackpropInput":
        images, kernel = out, shapes[1]
    else:
        images, kernel = shapes[0], out
    return Convolution(images, kernel, operation.get_attr("strides")[1], operation.get_attr("padding").decode())


def count_operations(function: tf.types.experimental.ConcreteFunction) -> tuple[int, Convolution]:
    """Counts the multiplications and additions in convolutions and matrix products, per call.

    Element-wise operations are left out: they are below two percent of the networks here.

    Args:
        function: Traced with static shapes.

    Returns:
        The count, and the largest convolution.

    Raises:
        ValueError: The function has no convolution, or one whose shape is not static.
    """
    total, largest = 0, None
    for operation in needed_operations(function):
        convolution = convolution_of(operation)
        if convolution is not None:
            if None in convolution.images + convolution.kernel:
                raise ValueError(f"shapes must be static to be counted. Received: {operation.name} {convolution}")
            total += convolution.operations
            if largest is None or convolution.operations > largest.operations:
                largest = convolution
        elif operation.type == "MatMul":
            left, right = (tensor.shape.as_list() for tensor in operation.inputs)
            inner = left[0] if operation.get_attr("transpose_a") else left[1]
            total += 2 * int(np.prod(operation.outputs[0].shape.as_list())) * inner
        elif operation.type in ("BatchMatMulV2", "BatchMatMulV3"):
            left = operation.inputs[0].shape.as_list()
            inner = left[-2] if operation.get_attr("adj_x") else left[-1]
            total += 2 * int(np.prod(operation.outputs[0].shape.as_list())) * inner
    if largest is None:
        raise ValueError("the function has no convolution")
    return total, largest
