"""BigGAN as the paper tried and discarded it (Brock et al. 2019; Zhang et al. 2019; DuMont Schütte et al. 2020, S.2.3).

Residual generator with conditional batch normalisation on a part of z and the labels, residual projection
discriminator, self-attention in place of the block at the second highest resolution of each, spectral normalisation
and orthogonal regularisation of all weights. Any power-of-two resolution from 16 to 512.

Where the paper is silent: the parts of z are as equal as they can be; a block is norm, ReLU, convolution, as in Brock
et al.; around the attention layer a 1x1 convolution and the resampling replace what the block did; the widths double
from 32 at the full resolution down to `max_channels`, so at 32x32 each block halves them exactly.
"""

import keras
import tensorflow as tf

from medgan_tf.gans import draws
from medgan_tf.gans.architectures.biggan.blocks import DownBlock, built
from medgan_tf.gans.architectures.biggan.generator import BigGenerator
from medgan_tf.gans.channels import resolution_stages, stage_channels
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.layers.attention import SelfAttention
from medgan_tf.layers.batch_norm import batch_norms
from medgan_tf.layers.resample import downsample_average
from medgan_tf.layers.spectral import SpectralConv2D, SpectralDense, SpectralLayer, orthogonality, spectral_layers
from medgan_tf.registry import GANS

STANDING_BATCHES, STANDING_BATCH = 16, 64
# Power iterations of a new network, and of the averaged generator from the generator's singular vectors on.
START_ITERATIONS, AVERAGE_ITERATIONS = 3, 10


@keras.saving.register_keras_serializable(package="medgan_tf")
class BigDiscriminator(keras.Model):
    """``[images [N, R, R, 1] in -1..1, labels [N, L]]`` to float32 logits [N].

    Logit = a dense layer of the pooled features plus their inner product with the embedded labels (projection, Miyato
    and Koyama 2018).

    Args:
        resolution: R.
        label_count: L.
        base_channels: Width rule, see `stage_channels`.
        max_channels: Width rule, see `stage_channels`.
        dtype: Keras dtype policy of the convolutions; pooled features and logits are float32.
    """

    def __init__(self, resolution, label_count, base_channels, max_channels, dtype="float32", **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.resolution, self.label_count = resolution, label_count
        self.options = {"base_channels": base_channels, "max_channels": max_channels, "dtype": dtype}

        def width(r):
            return stage_channels(r - 1, base_channels, max_channels)

        stages = list(resolution_stages(resolution))
        self.blocks, channels = [], 1
        for r in stages[::-1]:
            shape, filters, name = (None, 2**r, 2**r, channels), width(r - 1), f"{2**r}x{2**r}"
            if r == stages[-2]:
                attention = built(SelfAttention(name=f"{name}_attention", dtype=dtype), shape)
                self.blocks.append([attention, built(SpectralConv2D(filters, 1, name=name, dtype=dtype), shape)])
            else:
                block = DownBlock(filters, width(r), on_images=r == stages[-1], name=name, dtype=dtype)
                self.blocks.append([built(block, shape)])
            channels = filters
        self.output_dense = built(SpectralDense(1, name="output", dtype="float32"), (None, channels))
        embedding = SpectralDense(channels, use_bias=False, name="label_embedding", dtype="float32")
        self.embedding = built(embedding, (None, label_count))
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
        for layers in self.blocks:
            if len(layers) == 1:
                features = layers[0](features)
            else:
                attention, conv = layers
                features = conv(downsample_average(attention(features)))
        pooled = tf.reduce_sum(tf.cast(tf.nn.relu(features), tf.float32), axis=[1, 2])
        projection = tf.reduce_sum(pooled * self.embedding(tf.cast(labels, tf.float32)), axis=-1)
        return self.output_dense(pooled)[:, 0] + projection


@GANS.register("biggan")
@keras.saving.register_keras_serializable(package="medgan_tf")
class BigGan(ConditionalGan):
    """Hinge loss, Wasserstein loss for the generator, two discriminator steps per generator step.

    The averaged generator has spectral norms and batch moments of its own: before it is used, `refresh_average` makes
    them from its weights, the moments over 1,024 of its images ("standing statistics", Brock et al. 2019).
    """

    def make_shared_state(self) -> None:
        self._standing = None

    def make_generator(self, name: str) -> keras.Model:
        config, sizes = self.config, (self.resolution, self.label_count, self.config.latent_size)
        network = BigGenerator(*sizes, config.base_channels, config.max_channels, dtype=self.precision, name=name)
        return _converged(network)

    def make_discriminator(self, name: str) -> keras.Model:
        config, sizes = self.config, (self.resolution, self.label_count)
        network = BigDiscriminator(*sizes, config.base_channels, config.max_channels, dtype=self.precision, name=name)
        return _converged(network)

    def prepare_network(self, network: keras.Model) -> None:
        for layer in spectral_layers(network):
            layer.iterate()

    def weight_penalty(self, network: keras.Model) -> tf.Tensor | float:
        if not self.config.orthogonal_weight:
            return 0.0
        return self.config.orthogonal_weight * orthogonality(spectral_layers(network))

    def refresh_average(self) -> None:
        if self.label_table is None:
            raise ValueError("standing statistics need the labels of the training images: gan.compile(labels=...)")
        if self._standing is None:
            self._standing = tf.function(self._standing_batch, autograph=False)
        layers = zip(spectral_layers(self.ema_generator), spectral_layers(self.generator), strict=True)
        for layer, near in layers:
            layer.singular_vector.assign(near.singular_vector)
            _converge(layer, AVERAGE_ITERATIONS)
        for number in range(STANDING_BATCHES):
            for norm in batch_norms(self.ema_generator):
                # The mean of all batches so far.
                norm.moving_share.assign(1.0 / (number + 1))
            self._standing(tf.constant(number))

    def _standing_batch(self, number: tf.Tensor) -> None:
        shape = [STANDING_BATCH, self.config.latent_size]
        z = draws.normal(draws.draw_seed(self.draw_seed, "standing latents", number), shape)
        labels = self.label_table.draw(draws.draw_seed(self.draw_seed, "standing labels", number), shape)
        self.ema_generator([z, labels], training=True)


def _converge(layer: SpectralLayer, iterations: int) -> None:
    for _ in range(iterations):
        layer.iterate()


def _converged(network: keras.Model) -> keras.Model:
    """The network after a few power iterations, so that the first step is already normalised."""
    for layer in spectral_layers(network):
        _converge(layer, START_ITERATIONS)
    return network
