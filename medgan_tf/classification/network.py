"""The classifier: a backbone with a sigmoid for each label. The paper's is DenseNet-121 (S.4).

G. Huang et al., Densely Connected Convolutional Networks, CVPR 2017. The images go in as they are stored, so that
training, the SavedModel and everything that is measured with it see the same pixels.
"""

import contextlib
import random
from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np

from medgan_tf.classification.networks.applications import build_application, check_side, value_range
from medgan_tf.classification.networks.backbones import check_range, own_value_range, read_backbone
from medgan_tf.classification.networks.quick import make_quick
from medgan_tf.classification.settings import DENSENET
from medgan_tf.classification.weights import is_published, load_backbone, weights_file
from medgan_tf.config.schema import ClassifierConfig

_MOST_DRAWS = 5_000
"""Initializers of a network for which seeds are looked up."""


@dataclass(frozen=True)
class _Backbone:
    """A backbone and what it expects: side and channels, and mean and variance of grey values in 0..1."""

    layer: keras.layers.Layer
    side: int
    channels: int
    values: tuple[list[float], list[float]]
    pooled: bool = True


def build_network(label_count: int, resolution: int, config: ClassifierConfig, seed: int) -> keras.Model:
    """The classifier, ready to be compiled; DenseNet-121 with 7 labels has 7,044,679 parameters.

    Args:
        label_count: L.
        resolution: R, side of the stored images, pixels.
        config: Architecture, starting weights, input size and precision.
        seed: Seed of the weights that are drawn: the head, and without starting weights the whole network.

    Returns:
        Keras model, uint8 [N, R, R, 1], 0..255 -> (features float32 [N, C], probabilities float32 [N, L]); C = 1,024
        for DenseNet-121.

    Raises:
        ConfigError, DataError: See `weights.weights_file`, `applications` and `backbones`.
    """
    with dtype_policy(config.precision), initializers_drawn_from(seed):
        images = keras.Input([resolution, resolution, 1], dtype="uint8", name="images")
        x = keras.layers.Rescaling(1 / 255, dtype="float32", name="unit_range")(images)
        backbone = _backbone(config)
        size, (mean, variance) = backbone.side, backbone.values
        if size != resolution:
            x = keras.layers.Resizing(size, size, antialias=size < resolution, dtype="float32", name="resized")(x)
        if backbone.channels == 3:
            x = keras.layers.Concatenate(dtype="float32", name="three_channels")([x, x, x])
        mean, variance = mean[: backbone.channels], variance[: backbone.channels]
        x = keras.layers.Normalization(mean=mean, variance=variance, dtype="float32", name="imagenet_range")(x)
        found = backbone.layer(x)
        if not backbone.pooled:
            found = keras.layers.GlobalAveragePooling2D(dtype="float32", name="pooled")(found)
        features = keras.layers.Activation("linear", dtype="float32", name="features")(found)
        head = keras.layers.Dense(label_count, activation="sigmoid", dtype="float32", name="probabilities")
        return keras.Model(images, [features, head(features)], name="classifier")


def _backbone(config: ClassifierConfig) -> _Backbone:
    if config.has_own_backbone:
        own = read_backbone(config)
        check_range(config, own)
        found = _Backbone(own.layer, own.side or config.image_size, own.channels, own_value_range(config), own.pooled)
    else:
        file = weights_file(config)
        size, values = config.image_size, value_range(config.architecture)
        if config.architecture == DENSENET:
            network = build_backbone(size)
            load_backbone(network, file)
        else:
            published = file is not None and is_published(file, config.architecture)
            network = build_application(config.architecture, size, file, published)
        found = _Backbone(network, size, 3, values)
    for layer in layers_of(found.layer):
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = config.batch_norm_momentum
        make_quick(layer)
    return found


def layers_of(layer: keras.layers.Layer) -> Iterator[keras.layers.Layer]:
    """A layer, and at any depth those of which it is made."""
    yield layer
    for inner in getattr(layer, "layers", ()):
        yield from layers_of(inner)


def redrawn_weights(network: keras.Model, built_with: int, seed: int) -> list[np.ndarray] | None:
    """The weights that the same network would have if it were built without starting weights from another seed.

    Building DenseNet-121 takes three seconds, drawing its weights a twentieth of that. Keras's initializers keep the
    seeds that they drew; they are looked up among those that `built_with` gives.

    Args:
        network: From `build_network`, without starting weights.
        built_with: The seed that it was built with.
        seed: The seed of the weights.

    Returns:
        Arrays in the order of `get_weights`; None where a weight has no initializer that is known.
    """
    seeds = dict(zip(_drawn_seeds(built_with), _drawn_seeds(seed), strict=True))
    drawn = {}
    for layer in layers_of(network):
        for variable in () if getattr(layer, "layers", ()) else layer.variables:
            initializer = getattr(layer, f"{variable.name}_initializer", None)
            known = seeds.get(getattr(initializer, "seed", None), None)
            if known is not None:
                initializer = type(initializer).from_config(initializer.get_config() | {"seed": known})
            elif type(initializer) not in (keras.initializers.Zeros, keras.initializers.Ones):
                return None
            drawn[id(variable)] = np.asarray(initializer(variable.shape, variable.dtype))
    return [drawn[id(variable)] for variable in network.weights] if len(drawn) >= len(network.weights) else None


def _drawn_seeds(seed: int) -> list[int]:
    """The seeds that Keras draws one after the other within `initializers_drawn_from(seed)`."""
    generator = random.Random(seed)
    return [generator.randint(1, 10**9) for _ in range(_MOST_DRAWS)]


def check_network(config: ClassifierConfig) -> None:
    """Raises what `build_network` would raise about the setting, without building a network of Keras.

    Raises:
        ConfigError, DataError: See `build_network`.
    """
    if config.has_own_backbone:
        check_range(config, read_backbone(config))
        return
    check_side(config.architecture, config.image_size)
    weights_file(config)


def build_backbone(size: int) -> keras.Model:
    """DenseNet-121 without top: [N, size, size, 3] to pooled features [N, 1024], randomly initialised."""
    return keras.applications.DenseNet121(
        include_top=False, weights=None, input_shape=(size, size, 3), pooling="avg", name="densenet121"
    )


@contextlib.contextmanager
def initializers_drawn_from(seed: int) -> Iterator[None]:
    """Layers made within start from the weights that `keras.utils.set_random_seed(seed)` would give them.

    Keras draws each initializer's own seed from Python's generator and nothing else. `set_random_seed` would seed
    TensorFlow too, which then forgets the optimised graph of every function of the process: with DenseNet-121, some 15
    seconds before the next step.
    """
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)


@contextlib.contextmanager
def dtype_policy(name: str) -> Iterator[None]:
    """Keras's dtype policy for the layers made within, `float32` or `mixed_bfloat16`."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
