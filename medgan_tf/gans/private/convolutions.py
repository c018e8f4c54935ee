"""Gradients of convolutions with respect to their filters that can be computed for many units at a time.

TensorFlow maps a convolution's own gradient over units one by one, in a loop of small operations. As one matrix product
of image patches and gradients it is mapped as a batch of products. The numbers are equal but for rounding.
"""

import contextlib
from collections.abc import Iterator

import tensorflow as tf

_CONV, _BACKWARD = "MappableConv2D", "MappableConv2DBackpropInput"


@contextlib.contextmanager
def mappable_convolutions() -> Iterator[None]:
    """Within it `tf.gradients` goes through all convolutions of the graph, also a second time, by matrix products."""
    graph = tf.compat.v1.get_default_graph()
    with graph.gradient_override_map({"Conv2D": _CONV, "Conv2DBackpropInput": _BACKWARD}):
        yield


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
    plain = data_format == "NHWC" and padding in ("SAME", "VALID") and all(step == 1 for step in dilations)
    if not plain or images.shape[-1] != channels:
        return tf.raw_ops.Conv2DBackpropFilter(
            input=images,
            filter_sizes=tf.shape(kernel),
            out_backprop=gradient,
            explicit_paddings=explicit_paddings,
            **options,
        )
    patches = _patches(images, (height, width), strides[1:3], gradient.shape[1:3], padding)
    rows = tf.reshape(gradient, [-1, filters])
    found = tf.matmul(tf.reshape(patches, [-1, height * width * channels]), rows, transpose_a=True)
    return tf.reshape(found, kernel.shape)


def _patches(images: tf.Tensor, window, strides, result, padding: str) -> tf.Tensor:
    """The values under the window at each place of the result, [N, H', W', h * w * C], row by row of the window."""
    spans = [(count - 1) * stride + 1 for count, stride in zip(result, strides, strict=True)]
    if padding == "SAME":
        sizes = zip(spans, window, images.shape[1:3], strict=True)
        missing = [max(span + side - 1 - size, 0) for span, side, size in sizes]
        images = tf.pad(images, [[0, 0], *([total // 2, total - total // 2] for total in missing), [0, 0]])
    parts = [
        images[:, row : row + spans[0] : strides[0], column : column + spans[1] : strides[1]]
        for row in range(window[0])
        for column in range(window[1])
    ]
    return parts[0] if len(parts) == 1 else tf.concat(parts, axis=-1)
