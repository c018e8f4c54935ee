"""prog-GAN: progressive growing with an auxiliary classifier (Karras et al. 2018; DuMont Schütte et al. 2020, S.2.1).

Plain generator with pixel norm, plain discriminator with one score and one logit per label. Growth starts at 8x8; the
graph of a phase contains only the layers that the phase uses. Any power-of-two resolution from 16 to 512.

Trainable parameters at full width (z 512, 14 labels): 20,830,212 (G) and 20,729,871 (D) at 32x32; 23,043,206 and
22,943,631 at 128x128.

Where the paper is silent this follows measurements of the published code: gains (sqrt(2); sqrt(2) / 4 in the first
dense layer; 1 in layers that make images or scores) and images repeated to the full resolution, over which the gradient
penalty is taken, in every phase.
"""

import keras
import numpy as np
import tensorflow as tf

from medgan_tf.gans.architectures.progressive.generator import GAIN, ProgressiveGenerator, built
from medgan_tf.gans.channels import resolution_stages, stage_channels
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.gans.growth import Growth
from medgan_tf.gans.schedule import Phase
from medgan_tf.layers.activation import leaky_relu
from medgan_tf.layers.equalized import EqualizedConv2D, EqualizedDense, EqualizedFlattenDense
from medgan_tf.layers.minibatch_stddev import MinibatchStddev
from medgan_tf.layers.resample import EqualizedDownConv2D, downsample_average
from medgan_tf.registry import GANS


@keras.saving.register_keras_serializable(package="medgan_tf")
class ProgressiveDiscriminator(keras.Model):
    """``[images [N, R, R, 1] in -1..1, labels]`` to float32 logits [N] and label logits [N, L].

    Args:
        growth: State of growth, shared with the generator.
        label_count: L. The values of the labels are not used.
        base_channels: Width rule, see `stage_channels`.
        max_channels: Width rule, see `stage_channels`.
        mbstd_group_size: Examples per group of the minibatch standard deviation.
        dtype: Keras dtype policy of the convolutions; deviation and logits are float32.
    """

    def __init__(
        self, growth: Growth, label_count, base_channels, max_channels, mbstd_group_size=4, dtype="float32", **kwargs
    ):
        super().__init__(dtype="float32", **kwargs)
        self.growth = growth
        self.label_count = label_count
        self.options = {"base_channels": base_channels, "max_channels": max_channels, "dtype": dtype}

        def width(stage):
            return stage_channels(stage, base_channels, max_channels)

        def from_image(channels, level):
            layer = EqualizedConv2D(channels, 1, gain=GAIN, name=f"from_image_level{level}", dtype=dtype)
            side = growth.resolution >> level
            return built(layer, (None, side, side, 1))

        # Index = level of detail: 0 is the full resolution.
        self.from_images, self.conv_layers, self.down_layers = [], [], []
        for level, r in enumerate(list(resolution_stages(growth.resolution))[::-1]):
            side, high, low = 2**r, width(r - 1), width(r - 2)
            self.from_images.append(from_image(high, level))
            conv = EqualizedConv2D(high, 3, gain=GAIN, name=f"{side}x{side}_conv", dtype=dtype)
            self.conv_layers.append(built(conv, (None, side, side, high)))
            down = EqualizedDownConv2D(low, 3, gain=GAIN, name=f"{side}x{side}_down", dtype=dtype)
            self.down_layers.append(built(down, (None, side, side, high)))
        self.from_images.append(from_image(width(1), growth.last_level))
        minibatch_stddev = MinibatchStddev(mbstd_group_size, name="minibatch_stddev", dtype="float32")
        self.minibatch_stddev = built(minibatch_stddev, (None, 4, 4, width(1)))
        last_conv = EqualizedConv2D(width(1), 3, gain=GAIN, name="4x4_conv", dtype=dtype)
        self.last_conv = built(last_conv, (None, 4, 4, width(1) + 1))
        last_dense = EqualizedFlattenDense(width(0), gain=GAIN, name="4x4_dense", dtype=dtype)
        self.last_dense = built(last_dense, (None, 4, 4, width(1)))
        output = EqualizedDense(1 + label_count, gain=1.0, name="output", dtype="float32")
        self.output_dense = built(output, (None, width(0)))
        self.build([(None, growth.resolution, growth.resolution, 1), (None, label_count)])

    def build(self, input_shape):
        """Nothing: all layers are built; Keras keeps the shapes."""

    def compute_output_shape(self, input_shape):
        batch = input_shape[0][0]
        return (batch,), (batch, self.label_count)

    def get_config(self) -> dict:
        growth = keras.saving.serialize_keras_object(self.growth)
        sizes = {"label_count": self.label_count, "mbstd_group_size": self.minibatch_stddev.group_size}
        return {**super().get_config(), "growth": growth, **sizes, **self.options}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A network with a state of growth of its own."""
        return cls(**{**config, "growth": keras.saving.deserialize_keras_object(config["growth"])})

    def _activate(self, features):
        return leaky_relu(features)

    def call(self, inputs, training=None):
        images, _ = inputs
        growth = self.growth
        images = growth.to_current(images)
        features = self._activate(self.from_images[growth.level](images))
        for level in range(growth.level, growth.last_level):
            features = self._activate(self.conv_layers[level](features))
            features = self._activate(self.down_layers[level](features))
            if growth.fading and level == growth.level:
                lower = self._activate(self.from_images[level + 1](downsample_average(images)))
                features = growth.blend(lower, features)
        features = self._activate(self.last_conv(self.minibatch_stddev(features)))
        outputs = self.output_dense(self._activate(self.last_dense(features)))
        return outputs[:, 0], outputs[:, 1:]

    def published_layers(self) -> dict[str, keras.layers.Layer]:
        """Our layers under the published code's names."""
        named = {f"D/FromRGB_lod{level}": layer for level, layer in enumerate(self.from_images)}
        blocks = zip(self.conv_layers, self.down_layers, strict=True)
        for r, (conv, down) in zip(list(resolution_stages(self.growth.resolution))[::-1], blocks, strict=True):
            named |= {f"D/{2**r}x{2**r}/Conv0": conv, f"D/{2**r}x{2**r}/Conv1_down": down}
        last = {"D/4x4/Conv": self.last_conv, "D/4x4/Dense0": self.last_dense, "D/4x4/Dense1": self.output_dense}
        return named | last


@GANS.register("progressive")
@keras.saving.register_keras_serializable(package="medgan_tf")
class ProgressiveGan(ConditionalGan):
    """Wasserstein loss with gradient penalty and drift, auxiliary classifier, progressive growing.

    Attributes:
        growth: State of growth of all three networks; full resolution until training or `level_of_detail` sets it.
    """

    auxiliary = True

    def make_shared_state(self) -> None:
        self.growth = Growth(self.resolution)

    def make_generator(self, name: str) -> keras.Model:
        sizes = (self.label_count, self.config.latent_size, self.config.base_channels, self.config.max_channels)
        return ProgressiveGenerator(self.growth, *sizes, dtype=self.precision, name=name)

    def make_discriminator(self, name: str) -> keras.Model:
        sizes = (self.label_count, self.config.base_channels, self.config.max_channels, self.config.mbstd_group_size)
        return ProgressiveDiscriminator(self.growth, *sizes, dtype=self.precision, name=name)

    @property
    def level_of_detail(self) -> float:
        """log2(full / current resolution) of generator and discriminator; 0 is the full resolution."""
        return self.growth.level_of_detail()

    @level_of_detail.setter
    def level_of_detail(self, value: float) -> None:
        self.growth.set_level_of_detail(value)

    def enter_phase(self, phase: Phase, begins: bool) -> None:
        super().enter_phase(phase, begins)
        self.growth.enter_phase(phase)
        self.growth.fade_in(tf.convert_to_tensor(self.images_seen), phase)

    def phase_values(self) -> dict[str, float]:
        return {"resolution": self.phase.resolution, "fade": float(self.growth.fade.numpy())}

    @property
    def structure(self) -> tuple:
        return self.growth.structure

    def take_structure(self, other: ConditionalGan) -> None:
        self.level_of_detail = other.level_of_detail

    def begin_step(self) -> None:
        self.growth.fade_in(self.images_seen, self.phase)

    def prepare_images(self, images: tf.Tensor) -> tf.Tensor:
        return self.growth.real_images(images)

    def save_own_variables(self, store) -> None:
        super().save_own_variables(store)
        level, fading = self.growth.structure
        store["growth"] = np.array([level, int(fading)])
        store["fade"] = self.growth.fade.numpy()

    def load_own_variables(self, store) -> None:
        super().load_own_variables(store)
        level, fading = np.asarray(store["growth"]).tolist()
        self.growth.set_structure(level, bool(fading))
        self.growth.fade.assign(np.float32(store["fade"]))
