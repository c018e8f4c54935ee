"""A small conditional DCGAN whose discriminator suits private training; not in the paper.

After Radford et al. 2016: 4x4 convolutions of stride 2, widths that double with each halving of the resolution. The
score is the label-weighted output of Miyato and Koyama 2018. Any power-of-two resolution from 16 to 512.

Private training adds the same noise to every parameter of the discriminator, and bounds the gradient of each example
alone. So the discriminator is small (14,015 parameters at 32x32 with six labels), and nothing in it mixes examples: it
has neither batch normalisation nor a minibatch deviation. The generator is not noised. It has `GENERATOR_WIDTH` times
as many channels, and normalises each pixel alone. The noise in the discriminator's kernels asks the generator for
patterns of single pixels; the last step of the generator, a fixed smoothing, has none of the finest ones.
"""

import keras
import tensorflow as tf

from medgan_tf.gans.architectures.dcgan.generator import KERNEL, DcganGenerator
from medgan_tf.gans.channels import resolution_stages, stage_channels
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.layers.activation import leaky_relu
from medgan_tf.registry import GANS


@keras.saving.register_keras_serializable(package="medgan_tf")
class DcganDiscriminator(keras.Model):
    """``[images [N, R, R, 1] in -1..1, labels [N, L]]`` to float32 logits [N].

    The logit is ``sum over l of y_l (w_l . h + b_l)``, where h are the features at 4x4 pixels: one output for each
    label, and one more, with y = 1, for an image that has no label. An output for all images beside them would leave
    the labels little to say.

    Args:
        resolution: R, a power of two.
        label_count: L.
        base_channels: Width rule, see `stage_channels`.
        max_channels: Width rule, see `stage_channels`.
        dtype: Keras dtype policy of the convolutions; scores are float32.
    """

    def __init__(self, resolution, label_count, base_channels, max_channels, dtype="float32", **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.resolution, self.label_count = resolution, label_count
        self.options = {"base_channels": base_channels, "max_channels": max_channels, "dtype": dtype}
        self.down_layers, channels = [], 1
        for r in reversed(resolution_stages(resolution)):
            side, filters = 2**r, stage_channels(r - 2, base_channels, max_channels)
            down = keras.layers.Conv2D(
                filters, KERNEL, strides=2, padding="same", name=f"{side}x{side}_down", dtype=dtype
            )
            down.build((None, side, side, channels))
            self.down_layers.append(down)
            channels = filters
        self.output_dense = keras.layers.Dense(1 + label_count, name="output", dtype="float32")
        self.output_dense.build((None, 16 * channels))
        self.build([(None, resolution, resolution, 1), (None, label_count)])

    def build(self, input_shape):
        """Nothing: all layers are built; Keras keeps the shapes."""

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0],)

    def get_config(self) -> dict:
        sizes = {"resolution": self.resolution, "label_count": self.label_count}
        return {**super().get_config(), **sizes, **self.options}

    def call(self, inputs, training=None):
        features, labels = inputs
        for down in self.down_layers:
            features = leaky_relu(down(features))
        flat = tf.reshape(tf.cast(features, tf.float32), [-1, self.output_dense.kernel.shape[0]])
        outputs = self.output_dense(flat)
        labels = tf.cast(labels, tf.float32)
        without = tf.nn.relu(1.0 - tf.reduce_sum(labels, axis=-1, keepdims=True))
        return tf.reduce_sum(outputs * tf.concat([without, labels], axis=-1), axis=-1)


@GANS.register("dcgan")
@keras.saving.register_keras_serializable(package="medgan_tf")
class DcganGan(ConditionalGan):
    """Small conditional DCGAN with the non-saturating loss and no penalty."""

    def make_generator(self, name: str) -> keras.Model:
        return DcganGenerator(
            self.resolution,
            self.label_count,
            self.config.latent_size,
            self.config.base_channels,
            self.config.max_channels,
            dtype=self.precision,
            name=name,
        )

    def make_discriminator(self, name: str) -> keras.Model:
        return DcganDiscriminator(
            self.resolution,
            self.label_count,
            self.config.base_channels,
            self.config.max_channels,
            dtype=self.precision,
            name=name,
        )
