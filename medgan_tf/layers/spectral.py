"""Spectral normalisation (Miyato et al. 2018; paper S.2.3): kernels divided by their largest singular value.

``sigma`` is estimated by power iteration on a stored vector ``u`` and is part of the graph, so that its gradient takes
part in training. The stored kernel itself is never rewritten, and ``u`` moves only when `iterate` is called: once per
training step by the GAN, so that every pass of a step, and every replica, sees the same kernel.
"""

from collections.abc import Iterable

import keras
import tensorflow as tf

from medgan_tf.layers.resample import spread_kernel

EPSILON = 1e-12


class SpectralLayer(keras.layers.Layer):
    """Base of the layers with a spectrally normalised kernel [..., out].

    The kernel is seen as a matrix of shape [everything else, out]. Variables and sigma are float32; the normalised
    kernel is cast to the layer's compute type.

    Args:
        use_bias: Whether a bias is added.
    """

    def __init__(self, use_bias: bool = True, **kwargs):
        # Explicit casts below, and no autocast of the variables: Keras's own would round the weights before they are
        # normalised.
        super().__init__(autocast=False, **kwargs)
        self.use_bias = use_bias

    def add_kernel(self, shape: tuple[int, ...]) -> None:
        """Creates the kernel, orthogonal at first, its singular vector and the bias."""
        self.kernel = self.add_weight(
            name="kernel", shape=shape, initializer=keras.initializers.Orthogonal(), autocast=False
        )
        self.singular_vector = self.add_weight(
            name="singular_vector",
            shape=(shape[-1],),
            initializer=keras.initializers.RandomNormal(0.0, 1.0),
            trainable=False,
            aggregation="only_first_replica",
            autocast=False,
        )
        self.bias = (
            self.add_weight(name="bias", shape=(shape[-1],), initializer="zeros", autocast=False)
            if self.use_bias
            else None
        )

    def matrix(self) -> tf.Tensor:
        """The kernel as a matrix, float32 [M, out]."""
        return tf.reshape(tf.convert_to_tensor(self.kernel), [-1, self.kernel.shape[-1]])

    def iterate(self) -> None:
        """One power iteration: ``u <- W^T W u`` at unit length."""
        matrix = tf.stop_gradient(self.matrix())
        left = tf.linalg.matvec(matrix, tf.convert_to_tensor(self.singular_vector))
        right = tf.linalg.matvec(matrix, _unit(left), transpose_a=True)
        self.singular_vector.assign(_unit(right))

    def sigma(self) -> tf.Tensor:
        """Estimate of the largest singular value, from below: ``|W u|`` with u held fixed.

        Its gradient is ``v u^T`` with ``v = W u / |W u|``, that of the singular value once u has converged.
        """
        vector = tf.stop_gradient(_unit(tf.convert_to_tensor(self.singular_vector)))
        return tf.norm(tf.linalg.matvec(self.matrix(), vector)) + EPSILON

    def normalised_kernel(self) -> tf.Tensor:
        """``W / sigma``, float32, with the kernel's shape."""
        return tf.convert_to_tensor(self.kernel) / self.sigma()

    def with_bias(self, features: tf.Tensor) -> tf.Tensor:
        """Adds the bias over the last axis."""
        if self.bias is None:
            return features
        return tf.nn.bias_add(features, tf.cast(tf.convert_to_tensor(self.bias), features.dtype))

    def get_config(self) -> dict:
        return {**super().get_config(), "use_bias": self.use_bias}


@keras.saving.register_keras_serializable(package="medgan_tf")
class SpectralDense(SpectralLayer):
    """Dense layer: [N, C] to [N, units].

    Args:
        units: Output size.
        use_bias: Whether a bias is added.
    """

    def __init__(self, units: int, use_bias: bool = True, **kwargs):
        super().__init__(use_bias, **kwargs)
        self.units = units

    def build(self, input_shape):
        self.add_kernel((input_shape[-1], self.units))

    def call(self, features):
        kernel = tf.cast(self.normalised_kernel(), self.compute_dtype)
        return self.with_bias(tf.matmul(tf.cast(features, self.compute_dtype), kernel))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.units)

    def get_config(self) -> dict:
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="medgan_tf")
class SpectralConv2D(SpectralLayer):
    """Convolution with zero padding, alone or fused with a change of resolution: [N, H, W, C] to [N, H', W', filters].

    Args:
        filters: Output channels.
        kernel_size: 1 or 3.
        resample: None; `up`, nearest upsampling by 2 before a 3x3 convolution; `down`, 2x2 averages after one. Both are
            one strided convolution with a 4x4 kernel, see `resample`.
        use_bias: Whether a bias is added.
    """

    def __init__(self, filters: int, kernel_size: int = 3, resample: str | None = None, use_bias=True, **kwargs):
        super().__init__(use_bias, **kwargs)
        if resample not in (None, "up", "down") or (resample and kernel_size != 3):
            raise ValueError(
                "resample must be None, 'up' or 'down', the latter two with a 3x3 kernel. "
                f"Received: resample={resample!r}, kernel_size={kernel_size}"
            )
        self.filters = filters
        self.kernel_size = kernel_size
        self.resample = resample

    def build(self, input_shape):
        self.add_kernel((self.kernel_size, self.kernel_size, input_shape[-1], self.filters))

    def call(self, features):
        features = tf.cast(features, self.compute_dtype)
        kernel = self.normalised_kernel()
        if self.resample == "up":
            _, height, width, _ = features.shape
            shape = [tf.shape(features)[0], 2 * height, 2 * width, self.filters]
            # A transposed convolution turns its kernel round.
            turned = tf.transpose(tf.reverse(spread_kernel(kernel), [0, 1]), [0, 1, 3, 2])
            turned = tf.cast(turned, self.compute_dtype)
            return self.with_bias(tf.nn.conv2d_transpose(features, turned, shape, strides=2, padding="SAME"))
        if self.resample == "down":
            kernel = spread_kernel(kernel * 0.25)
        strides = 2 if self.resample else 1
        kernel = tf.cast(kernel, self.compute_dtype)
        return self.with_bias(tf.nn.conv2d(features, kernel, strides=strides, padding="SAME"))

    def compute_output_shape(self, input_shape):
        batch, height, width, _ = input_shape
        if self.resample == "up":
            height, width = 2 * height, 2 * width
        elif self.resample == "down":
            height, width = height // 2, width // 2
        return (batch, height, width, self.filters)

    def get_config(self) -> dict:
        own = {"filters": self.filters, "kernel_size": self.kernel_size, "resample": self.resample}
        return {**super().get_config(), **own}


def spectral_layers(network: keras.Model) -> list[SpectralLayer]:
    """All spectrally normalised layers of a network, however deep."""
    return [layer for layer in network._flatten_layers(include_self=False) if isinstance(layer, SpectralLayer)]


def orthogonality(layers: Iterable[SpectralLayer]) -> tf.Tensor:
    """Orthogonal regularisation (Brock et al. 2019, equation 3): ``sum |W^T W * (1 - I)|_F^2`` over the kernels.

    Returns:
        float32 scalar, 0 where all columns of each kernel are orthogonal, whatever their length.
    """
    total = tf.constant(0.0)
    for layer in layers:
        gram = tf.matmul(layer.matrix(), layer.matrix(), transpose_a=True)
        total += tf.reduce_sum(tf.square(gram)) - tf.reduce_sum(tf.square(tf.linalg.diag_part(gram)))
    return total


def _unit(vector: tf.Tensor) -> tf.Tensor:
    return vector / (tf.norm(vector) + EPSILON)
