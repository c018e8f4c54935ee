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

from medgan_tf.config.schema import GanConfig
from medgan_tf.errors import ConfigError
from medgan_tf.gans import draws
from medgan_tf.gans.base import ConditionalGan
from medgan_tf.gans.channels import resolution_stages, stage_channels
from medgan_tf.gans.paper_settings import PaperSettings
from medgan_tf.layers.attention import SPLIT, SelfAttention
from medgan_tf.layers.batch_norm import BatchNorm, ConditionalBatchNorm, batch_norms
from medgan_tf.layers.resample import downsample_average, upsample_nearest
from medgan_tf.layers.spectral import SpectralConv2D, SpectralDense, SpectralLayer, orthogonality, spectral_layers
from medgan_tf.registry import GANS

STANDING_BATCHES, STANDING_BATCH = 16, 64
# Power iterations of a new network, and of the averaged generator from the generator's singular vectors on.
START_ITERATIONS, AVERAGE_ITERATIONS = 3, 10


def latent_parts(latent_size: int, parts: int) -> list[int]:
    """Lengths of the parts of z, as equal as they can be, longer ones first."""
    return [latent_size // parts + (number < latent_size % parts) for number in range(parts)]


def _built(layer: keras.layers.Layer, *shapes: tuple) -> keras.layers.Layer:
    layer.build(*shapes)
    return layer


class UpBlock(keras.layers.Layer):
    """Residual block of the generator: ([N, H, W, C], condition [N, K]) to [N, 2H, 2W, filters].

    Conditional norm, ReLU, nearest upsampling and 3x3 convolution, conditional norm, ReLU, 3x3 convolution; beside it
    a 1x1 convolution and the same upsampling.
    """

    def __init__(self, filters: int, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.filters = filters

    def build(self, features_shape, condition_shape):
        batch, height, width, channels = features_shape
        policy, inner = self.dtype_policy, (batch, 2 * height, 2 * width, self.filters)
        self.norm_in = _built(ConditionalBatchNorm(name="norm_in", dtype=policy), features_shape, condition_shape)
        self.conv_up = _built(SpectralConv2D(self.filters, 3, "up", name="conv_up", dtype=policy), features_shape)
        self.norm_out = _built(ConditionalBatchNorm(name="norm_out", dtype=policy), inner, condition_shape)
        self.conv = _built(SpectralConv2D(self.filters, 3, name="conv", dtype=policy), inner)
        self.skip = _built(SpectralConv2D(self.filters, 1, name="skip", dtype=policy), features_shape)

    def call(self, features, condition, training=None):
        # A 1x1 convolution commutes with repeating pixels, and is a quarter of the work before it.
        skipped = upsample_nearest(self.skip(features))
        features = self.conv_up(tf.nn.relu(self.norm_in(features, condition, training=training)))
        features = self.conv(tf.nn.relu(self.norm_out(features, condition, training=training)))
        return features + skipped


class DownBlock(keras.layers.Layer):
    """Residual block of the discriminator: [N, H, W, C] to [N, H / 2, W / 2, filters].

    ReLU (not on images), 3x3 convolution, ReLU, 3x3 convolution, average pooling; beside it average pooling and a 1x1
    convolution.

    Args:
        filters: Output channels.
        inner_filters: Channels between the convolutions.
        on_images: Whether the input is images.
    """

    def __init__(self, filters: int, inner_filters: int, on_images: bool = False, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.filters = filters
        self.inner_filters = inner_filters
        self.on_images = on_images

    def build(self, features_shape):
        batch, height, width, channels = features_shape
        policy = self.dtype_policy
        self.conv = _built(SpectralConv2D(self.inner_filters, 3, name="conv", dtype=policy), features_shape)
        inner = (batch, height, width, self.inner_filters)
        self.conv_down = _built(SpectralConv2D(self.filters, 3, "down", name="conv_down", dtype=policy), inner)
        self.skip = _built(SpectralConv2D(self.filters, 1, name="skip", dtype=policy), features_shape)

    def call(self, features):
        skipped = self.skip(downsample_average(features))
        hidden = self.conv(features if self.on_images else tf.nn.relu(features))
        return self.conv_down(tf.nn.relu(hidden)) + skipped


class BigGenerator(keras.Model):
    """``[z [N, Z], labels [N, L]]`` to float32 images [N, R, R, 1], -1..1 (tanh).

    Args:
        resolution: R.
        label_count: L.
        latent_size: Z.
        width: Channels at a resolution 2**r.
        dtype: Keras dtype policy of the convolutions; moments and images are float32.
    """

    def __init__(self, resolution: int, label_count: int, latent_size: int, width, dtype="float32", **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.latent_size, self.label_count, self.side_width = latent_size, label_count, width(2)
        stages = list(resolution_stages(resolution))
        # One for the first layer, one for every residual block.
        self.parts = latent_parts(latent_size, len(stages))
        seed = SpectralDense(16 * width(2), name="4x4_dense", dtype=dtype)
        self.seed = _built(seed, (None, self.parts[0] + label_count))
        self.blocks, part = [], 1
        for r in stages:
            shape = (None, 2 ** (r - 1), 2 ** (r - 1), width(r - 1))
            if r == stages[-2]:
                conv = _built(SpectralConv2D(width(r), 1, name=f"{2**r}x{2**r}_conv", dtype=dtype), shape)
                attention = SelfAttention(name=f"{2**r}x{2**r}_attention", dtype=dtype)
                self.blocks.append([conv, _built(attention, (None, 2**r, 2**r, width(r)))])
            else:
                block = UpBlock(width(r), name=f"{2**r}x{2**r}", dtype=dtype)
                self.blocks.append([_built(block, shape, (None, self.parts[part] + label_count))])
                part += 1
        last = (None, resolution, resolution, width(stages[-1]))
        self.last_norm = _built(BatchNorm(name="last_norm", dtype=dtype), last)
        self.to_image = _built(SpectralConv2D(1, 3, name="to_image", dtype=dtype), last)
        self.built = True

    def call(self, inputs, training=None):
        z, labels = (tf.cast(values, tf.float32) for values in inputs)
        conditions = [tf.concat([part, labels], axis=-1) for part in tf.split(z, self.parts, axis=-1)]
        features = tf.reshape(self.seed(conditions.pop(0)), [-1, 4, 4, self.side_width])
        for layers in self.blocks:
            if len(layers) == 1:
                features = layers[0](features, conditions.pop(0), training=training)
            else:
                conv, attention = layers
                features = attention(upsample_nearest(conv(features)))
        features = tf.nn.relu(self.last_norm(features, training=training))
        return tf.tanh(tf.cast(self.to_image(features), tf.float32))


class BigDiscriminator(keras.Model):
    """``[images [N, R, R, 1] in -1..1, labels [N, L]]`` to float32 logits [N].

    Logit = a dense layer of the pooled features plus their inner product with the embedded labels (projection, Miyato
    and Koyama 2018).

    Args:
        resolution: R.
        label_count: L.
        width: Channels at a resolution 2**r.
        dtype: Keras dtype policy of the convolutions; pooled features and logits are float32.
    """

    def __init__(self, resolution: int, label_count: int, width, dtype="float32", **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.resolution, self.label_count = resolution, label_count
        stages = list(resolution_stages(resolution))
        self.blocks, channels = [], 1
        for r in stages[::-1]:
            shape, filters, name = (None, 2**r, 2**r, channels), width(r - 1), f"{2**r}x{2**r}"
            if r == stages[-2]:
                attention = _built(SelfAttention(name=f"{name}_attention", dtype=dtype), shape)
                self.blocks.append([attention, _built(SpectralConv2D(filters, 1, name=name, dtype=dtype), shape)])
            else:
                block = DownBlock(filters, width(r), on_images=r == stages[-1], name=name, dtype=dtype)
                self.blocks.append([_built(block, shape)])
            channels = filters
        self.output_dense = _built(SpectralDense(1, name="output", dtype="float32"), (None, channels))
        embedding = SpectralDense(channels, use_bias=False, name="label_embedding", dtype="float32")
        self.embedding = _built(embedding, (None, label_count))
        self.built = True

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
class BigGan(ConditionalGan):
    """Hinge loss, Wasserstein loss for the generator, two discriminator steps per generator step.

    The averaged generator has spectral norms and batch moments of its own: before it is used, `refresh_average` makes
    them from its weights, the moments over 1,024 of its images ("standing statistics", Brock et al. 2019).
    """

    optional_settings = frozenset({"orthogonal_weight"})

    @classmethod
    def paper_settings(cls, resolution: int) -> PaperSettings:
        return PaperSettings(
            base_channels=16 * resolution,
            latent_size=120,
            max_channels=256,
            loss="hinge",
            gradient_penalty=0.0,
            drift=0.0,
            n_critic=2,
            orthogonal_weight=1e-4,
            generator_learning_rate=0.01,
            discriminator_learning_rate=0.04,
        )

    @classmethod
    def check_settings(cls, config: GanConfig, resolution: int) -> None:
        super().check_settings(config, resolution)
        _check_widths(config, resolution)

    def make_shared_state(self) -> None:
        self._standing = None

    def _width(self, r: int) -> int:
        return stage_channels(r - 1, self.config.base_channels, self.config.max_channels)

    def make_generator(self, name: str) -> keras.Model:
        sizes = (self.resolution, self.label_count, self.config.latent_size)
        return _converged(BigGenerator(*sizes, self._width, dtype=self.precision, name=name))

    def make_discriminator(self, name: str) -> keras.Model:
        network = BigDiscriminator(self.resolution, self.label_count, self._width, dtype=self.precision, name=name)
        return _converged(network)

    def prepare_network(self, network: keras.Model) -> None:
        for layer in spectral_layers(network):
            layer.iterate()

    def weight_penalty(self, network: keras.Model) -> tf.Tensor | float:
        if not self.config.orthogonal_weight:
            return 0.0
        return self.config.orthogonal_weight * orthogonality(spectral_layers(network))

    def refresh_average(self) -> None:
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
        labels = self._labels_like_training(draws.draw_seed(self.draw_seed, "standing labels", number), shape)
        self.ema_generator([z, labels], training=True)


def _converge(layer: SpectralLayer, iterations: int) -> None:
    for _ in range(iterations):
        layer.iterate()


def _converged(network: keras.Model) -> keras.Model:
    """The network after a few power iterations, so that the first step is already normalised."""
    for layer in spectral_layers(network):
        _converge(layer, START_ITERATIONS)
    return network


def _check_widths(config: GanConfig, resolution: int) -> None:
    """Raises `ConfigError` where the attention layer cannot split its channels, or z its parts."""
    stages = list(resolution_stages(resolution))
    channels = stage_channels(stages[-2] - 1, config.base_channels, config.max_channels)
    if channels % SPLIT:
        side = 2 ** stages[-2]
        raise ConfigError(
            f"gan.max_channels and gan.base_channels give {channels} channels at {side}x{side}, where attention needs "
            f"a multiple of {SPLIT}"
        )
    if config.latent_size < len(stages):
        raise ConfigError(
            f"gan.latent_size must be at least {len(stages)}, one number for each of the parts into which "
            f"{resolution}x{resolution} pixels cut it. Received: latent_size={config.latent_size}"
        )
