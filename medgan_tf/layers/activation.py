"""Leaky ReLU, differentiated from its result."""

import tensorflow as tf

from medgan_tf.layers.pieces import in_training_step, piece

LEAK = 0.2


def leaky_relu(features: tf.Tensor) -> tf.Tensor:
    """``max(x, 0.2 x)`` of any float tensor; within a training step it is differentiated from its result.

    Elsewhere it is TensorFlow's own operation, so that an exported network holds no gradient function.
    """
    return _from_result(features) if in_training_step() else tf.nn.leaky_relu(features, LEAK)


@tf.custom_gradient
def _from_result(features: tf.Tensor) -> tf.Tensor:
    """Leaky ReLU.

    The result has the sign of its argument, so the gradient needs the result alone. Then only the activation reads the
    convolution's own result, and oneDNN computes convolution, bias and activation in one pass.
    """
    activated = tf.nn.leaky_relu(features, LEAK)
    return activated, lambda gradient: leaky_slope(activated, gradient)


@tf.custom_gradient
def leaky_slope(activated: tf.Tensor, gradient: tf.Tensor) -> tf.Tensor:
    """The gradient with respect to leaky ReLU's argument: ``gradient`` where its result is positive, else a fifth.

    Its derivative with respect to the result is None, not a tensor of zeros: the slope is constant nearly everywhere.
    """
    return _slope(activated, gradient), lambda second: (None, leaky_slope(activated, second))


@piece
def _slope(activated: tf.Tensor, gradient: tf.Tensor) -> tf.Tensor:
    return tf.raw_ops.LeakyReluGrad(gradients=gradient, features=activated, alpha=LEAK)
