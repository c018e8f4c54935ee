"""Gradients of convolutions with respect to their filters that can be computed for many units at a time.

TensorFlow maps this gradient over units one by one, in a loop, and notes so in its log. As one matrix product of image
patches and gradients it is mapped as a batch of products. The patches come from a convolution with a filter of ones and
zeros, which is a waste that a CPU does not notice in small layers: there the loop takes two or three times as long. The
results are equal but for rounding.
"""

import contextlib
import logging
import math
from collections.abc import Iterator

import tensorflow as tf

_CONV, _BACKWARD = "MappableConv2D", "MappableConv2DBackpropInput"
WORK = 2**22
"""Multiplications for the patches of one image up to which the product is used: about 0.1 ms of a CPU's core."""


@contextlib.contextmanager
def mappable_convolutions() -> Iterator[None]:
    """Within it `tf.gradients` uses `filter_gradient` for each convolution of the graph, also in second derivatives."""
    graph = tf.compat.v1.get_default_graph()
    with graph.gradient_override_map({"Conv2D": _CONV, "Conv2DBackpropInput": _BACKWARD}):
        yield


@contextlib.contextmanager
def without_loop_notes() -> Iterator[None]:
    """Keeps TensorFlow's notes about loops over units from the log."""

    def is_other(record: logging.LogRecord) -> bool:
        return "uses a while_loop" not in record.getMessage()

    log = logging.getLogger("tensorflow")
    log.addFilter(is_other)
    try:
        yield
    finally:
        log.removeFilter(is_other)


@tf.RegisterGradient(_CONV)
def _conv_gradient(operation: tf.Operation, gradient: tf.Tensor) -> list[tf.Tensor]:
    images, kernel = operation.inputs
    of_images = tf.raw_ops.Conv2DBackpropInput(
        input_sizes=tf.shape(images), filter=kernel, out_backprop=gradient, **_options(operation)
    )
    return [of_images, filter_gradient(images, kernel, gradient, **_options(operation))]


@tf.RegisterGradient(_BACKWARD)
def _backward_gradient(operation: tf.Operation, gradient: tf.Tensor) -> list[tf.Tensor | None]:
    _, kernel, of_output = operation.inputs
    of_backward = tf.raw_ops.Conv2D(input=gradient, filter=kernel, **_options(operation))
    return [None, filter_gradient(gradient, kernel, of_output, **_options(operation)), of_backward]


def _options(operation: tf.Operation) -> dict:
    names = ("strides", "padding", "data_format", "dilations", "explicit_paddings")
    options = {name: operation.get_attr(name) for name in names}
    return options | {name: options[name].decode() for name in ("padding", "data_format")}


def filter_gradient(
    images: tf.Tensor,
    kernel: tf.Tensor,
    gradient: tf.Tensor,
    strides,
    padding,
    data_format,
    dilations,
    explicit_paddings,
) -> tf.Tensor:
    """The gradient with respect to a convolution's filter.

    Args:
        images: What was convolved, [N, H, W, C].
        kernel: The filter, [h, w, C, F]; only its shape is used.
        gradient: Gradient with respect to the result, [N, H', W', F].
        strides, padding, data_format, dilations, explicit_paddings: As in `tf.raw_ops.Conv2D`.
    """
    options = {"strides": strides, "padding": padding, "data_format": data_format, "dilations": dilations}
    height, width, channels, filters = kernel.shape
    size = height * width * channels
    work = size**2 * math.prod(gradient.shape[1:3])
    if data_format == "NHWC" and images.shape[-1] == channels and work <= WORK:
        ones = tf.reshape(tf.eye(size, dtype=images.dtype), [height, width, channels, size])
        patches = tf.raw_ops.Conv2D(input=images, filter=ones, explicit_paddings=explicit_paddings, **options)
        rows = tf.reshape(gradient, [-1, filters])
        return tf.reshape(tf.matmul(tf.reshape(patches, [-1, size]), rows, transpose_a=True), kernel.shape)
    sizes = tf.shape(kernel)
    return tf.raw_ops.Conv2DBackpropFilter(
        input=images, filter_sizes=sizes, out_backprop=gradient, explicit_paddings=explicit_paddings, **options
    )
