"""DenseNet-121 with a sigmoid for each label (paper S.4).

G. Huang et al., Densely Connected Convolutional Networks, CVPR 2017. The images go in as they are stored, so that
training, the SavedModel and everything that is measured with it see the same pixels.
"""

import contextlib
import random
from collections.abc import Iterator

import keras

from medgan_tf.classification.weights import load_backbone, weights_file
from medgan_tf.config.schema import ClassifierConfig

# Of ImageNet, for values in 0..1: what the published weights expect.
_MEAN, _VARIANCE = [0.485, 0.456, 0.406], [0.229**2, 0.224**2, 0.225**2]


def build_network(label_count: int, resolution: int, config: ClassifierConfig, seed: int) -> keras.Model:
    """The classifier, ready to be compiled; with 7 labels 7,044,679 parameters.

    Args:
        label_count: L.
        resolution: R, side of the stored images, pixels.
        config: Starting weights, input size and precision.
        seed: Seed of the weights that are drawn: the head, and without starting weights the whole network.

    Returns:
        Keras model, uint8 [N, R, R, 1], 0..255 -> (features float32 [N, 1024], probabilities float32 [N, L]).

    Raises:
        ConfigError, DataError: See `weights.weights_file`.
    """
    file = weights_file(config)
    size = config.image_size
    with dtype_policy(config.precision), initializers_drawn_from(seed):
        images = keras.Input([resolution, resolution, 1], dtype="uint8", name="images")
        x = keras.layers.Rescaling(1 / 255, dtype="float32", name="unit_range")(images)
        if size != resolution:
            x = keras.layers.Resizing(size, size, antialias=size < resolution, dtype="float32", name="resized")(x)
        x = keras.layers.Concatenate(dtype="float32", name="three_channels")([x, x, x])
        x = keras.layers.Normalization(mean=_MEAN, variance=_VARIANCE, dtype="float32", name="imagenet_range")(x)
        backbone = build_backbone(size)
        load_backbone(backbone, file)
        for layer in backbone.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.momentum = config.batch_norm_momentum
        features = keras.layers.Activation("linear", dtype="float32", name="features")(backbone(x))
        head = keras.layers.Dense(label_count, activation="sigmoid", dtype="float32", name="probabilities")
        return keras.Model(images, [features, head(features)], name="classifier")


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
