"""The generator of BigGAN; see `networks` for its sources."""

import keras
import tensorflow as tf

from medgan_tf.gans.architectures.biggan.blocks import UpBlock, built
from medgan_tf.gans.channels import resolution_stages, stage_channels
from medgan_tf.layers.attention import SelfAttention
from medgan_tf.layers.batch_norm import BatchNorm
from medgan_tf.layers.resample import upsample_nearest
from medgan_tf.layers.spectral import SpectralConv2D, SpectralDense


def latent_parts(latent_size: int, parts: int) -> list[int]:
    """Lengths of the parts of z, as equal as they can be, longer ones first."""
    return [latent_size // parts + (number < latent_size % parts) for number in range(parts)]


@keras.saving.register_keras_serializable(package="medgan_tf")
class BigGenerator(keras.Model):
    """``[z [N, Z], labels [N, L]]`` to float32 images [N, R, R, 1], -1..1 (tanh).

    Args:
        resolution: R.
        label_count: L.
        latent_size: Z.
        base_channels: Width rule, see `stage_channels`.
        max_channels: Width rule, see `stage_channels`.
        dtype: Keras dtype policy of the convolutions; moments and images are float32.
    """

    def __init__(self, resolution, label_count, latent_size, base_channels, max_channels, dtype="float32", **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.resolution, self.label_count, self.latent_size = resolution, label_count, latent_size
        self.options = {"base_channels": base_channels, "max_channels": max_channels, "dtype": dtype}

        def width(r):
            return stage_channels(r - 1, base_channels, max_channels)

        self.first_width = width(2)
        stages = list(resolution_stages(resolution))
        # One for the first layer, one for every residual block.
        self.parts = latent_parts(latent_size, len(stages))
        first_dense = SpectralDense(16 * width(2), name="4x4_dense", dtype=dtype)
        self.first_dense = built(first_dense, (None, self.parts[0] + label_count))
        self.blocks, part = [], 1
        for r in stages:
            shape = (None, 2 ** (r - 1), 2 ** (r - 1), width(r - 1))
            if r == stages[-2]:
                conv = built(SpectralConv2D(width(r), 1, name=f"{2**r}x{2**r}_conv", dtype=dtype), shape)
                attention = SelfAttention(name=f"{2**r}x{2**r}_attention", dtype=dtype)
                self.blocks.append([conv, built(attention, (None, 2**r, 2**r, width(r)))])
            else:
                block = UpBlock(width(r), name=f"{2**r}x{2**r}", dtype=dtype)
                self.blocks.append([built(block, shape, (None, self.parts[part] + label_count))])
                part += 1
        last = (None, resolution, resolution, width(stages[-1]))
        self.last_norm = built(BatchNorm(name="last_norm", dtype=dtype), last)
        self.to_image = built(SpectralConv2D(1, 3, name="to_image", dtype=dtype), last)
        self.build([(None, latent_size), (None, label_count)])

    def build(self, input_shape):
        """Nothing: all layers are built; Keras keeps the shapes."""

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0], self.resolution, self.resolution, 1)

    def get_config(self) -> dict:
        sizes = {"resolution": self.resolution, "label_count": self.label_count, "latent_size": self.latent_size}
        return {**super().get_config(), **sizes, **self.options}

    def call(self, inputs, training=None):
        z, labels = (tf.cast(values, tf.float32) for values in inputs)
        conditions = [tf.concat([part, labels], axis=-1) for part in tf.split(z, self.parts, axis=-1)]
        features = tf.reshape(self.first_dense(conditions.pop(0)), [-1, 4, 4, self.first_width])
        for layers in self.blocks:
            if len(layers) == 1:
                features = layers[0](features, conditions.pop(0), training=training)
            else:
                conv, attention = layers
                features = attention(upsample_nearest(conv(features)))
        features = tf.nn.relu(self.last_norm(features, training=training))
        return tf.tanh(tf.cast(self.to_image(features), tf.float32))
