"""Layers with equalised learning rate (Karras et al. 2018, section 4.1; paper S.2.1).

Weights are drawn from N(0, 1) and multiplied at run time by ``gain / sqrt(fan_in)``, so that Adam's step has the same
relative size in every layer. Biases start at 0 and are not scaled.
"""

import math

import keras
import tensorflow as tf


class EqualizedLayer(keras.layers.Layer):
    """Base of the layers with a run-time scaled kernel.

    Variables are float32; the product with the scale is cast to the layer's compute type, so a `mixed_bfloat16` policy
    multiplies in bfloat16 but never rounds the stored weights.

    Args:
        gain: Numerator of the run-time scale.
        use_bias: Whether a bias is added.
    """

    def __init__(self, gain: float, use_bias: bool = True, **kwargs):
        # Explicit casts below, and no autocast of the variables: Keras's own would round the weights before they are
        # scaled.
        super().__init__(autocast=False, **kwargs)
        self.gain = gain
        self.use_bias = use_bias

    def add_kernel(self, shape: tuple[int, ...], fan_in: int) -> None:
        """Creates the kernel, drawn from N(0, 1), and remembers its scale."""
        self.kernel = self.add_weight(
            name="kernel", shape=shape, initializer=keras.initializers.RandomNormal(0.0, 1.0), autocast=False
        )
        self.scale = self.gain / math.sqrt(fan_in)

    def add_bias(self, size: int) -> None:
        """Creates the bias, if there is one."""
        self.bias = (
            self.add_weight(name="bias", shape=(size,), initializer="zeros", autocast=False) if self.use_bias else None
        )

    def scaled_kernel(self, factor: float = 1.0) -> tf.Tensor:
        """The kernel as it is used, times a factor, in the compute type."""
        return tf.cast(tf.convert_to_tensor(self.kernel) * (self.scale * factor), self.compute_dtype)

    def with_bias(self, features: tf.Tensor, factor: float = 1.0) -> tf.Tensor:
        """Adds the bias, times a factor, over the last axis."""
        if self.bias is None:
            return features
        bias = tf.convert_to_tensor(self.bias)
        return tf.nn.bias_add(features, tf.cast(bias if factor == 1.0 else bias * factor, features.dtype))

    def get_config(self) -> dict:
        return {**super().get_config(), "gain": self.gain, "use_bias": self.use_bias}


@keras.saving.register_keras_serializable(package="medgan_tf")
class EqualizedConv2D(EqualizedLayer):
    """3x3 (or any odd) convolution, stride 1, zero padding: [N, H, W, C] to [N, H, W, filters].

    Args:
        filters: Output channels.
        kernel_size: Side of the kernel.
        gain: Numerator of the scale gain / sqrt(kernel_size^2 * C).
        use_bias: Whether a bias is added.
    """

    def __init__(self, filters: int, kernel_size: int, gain: float, use_bias: bool = True, **kwargs):
        super().__init__(gain, use_bias, **kwargs)
        self.filters = filters
        self.kernel_size = kernel_size

    def build(self, input_shape):
        channels = input_shape[-1]
        size = self.kernel_size
        self.add_kernel((size, size, channels, self.filters), fan_in=size * size * channels)
        self.add_bias(self.filters)

    def call(self, features):
        features = tf.cast(features, self.compute_dtype)
        return self.with_bias(tf.nn.conv2d(features, self.scaled_kernel(), strides=1, padding="SAME"))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.filters)

    def get_config(self) -> dict:
        return {**super().get_config(), "filters": self.filters, "kernel_size": self.kernel_size}


@keras.saving.register_keras_serializable(package="medgan_tf")
class EqualizedDense(EqualizedLayer):
    """Dense layer: [N, C] to [N, units].

    Args:
        units: Output size.
        gain: Numerator of the scale gain / sqrt(C).
        use_bias: Whether a bias is added.
    """

    def __init__(self, units: int, gain: float, use_bias: bool = True, **kwargs):
        super().__init__(gain, use_bias, **kwargs)
        self.units = units

    def build(self, input_shape):
        self.add_kernel((input_shape[-1], self.units), fan_in=input_shape[-1])
        self.add_bias(self.units)

    def call(self, features):
        return self.with_bias(tf.matmul(tf.cast(features, self.compute_dtype), self.scaled_kernel()))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict:
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="medgan_tf")
class EqualizedFlattenDense(EqualizedDense):
    """Dense layer on flattened image features: [N, H, W, C] to [N, units]."""

    def build(self, input_shape):
        _, height, width, channels = input_shape
        super().build((None, height * width * channels))

    def call(self, features):
        return super().call(tf.reshape(features, [-1, self.kernel.shape[0]]))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.units)


@keras.saving.register_keras_serializable(package="medgan_tf")
class EqualizedDenseReshape(EqualizedLayer):
    """Dense layer from a vector to the first image features: [N, C] to [N, side, side, filters], one bias per channel.

    Args:
        filters: Output channels.
        side: Side of the output, pixels.
        gain: Numerator of the scale gain / sqrt(C).
    """

    def __init__(self, filters: int, side: int, gain: float, **kwargs):
        super().__init__(gain, True, **kwargs)
        self.filters = filters
        self.side = side

    def build(self, input_shape):
        self.add_kernel((input_shape[-1], self.side * self.side * self.filters), fan_in=input_shape[-1])
        self.add_bias(self.filters)

    def call(self, features):
        flat = tf.matmul(tf.cast(features, self.compute_dtype), self.scaled_kernel())
        return self.with_bias(tf.reshape(flat, [-1, self.side, self.side, self.filters]))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.side, self.side, self.filters)

    def get_config(self) -> dict:
        config = {**super().get_config(), "filters": self.filters, "side": self.side}
        del config["use_bias"]
        return config
