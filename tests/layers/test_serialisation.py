"""Every public layer passes Keras's own checks, and comes back from a file with equal outputs."""

import importlib
import inspect
import pkgutil

import keras
import numpy as np
import pytest
from keras.src import testing

import medgan_tf.layers
from medgan_tf.gans.architectures.biggan.blocks import DownBlock, UpBlock
from medgan_tf.gans.architectures.cpd.generator import NormalizedFeatures
from medgan_tf.gans.architectures.cpd.networks import ResidualDown
from medgan_tf.layers.attention import SelfAttention
from medgan_tf.layers.batch_norm import BatchNorm, ConditionalBatchNorm
from medgan_tf.layers.conditional_norm import ConditionalPixelNorm
from medgan_tf.layers.equalized import (
    EqualizedConv2D,
    EqualizedDense,
    EqualizedDenseReshape,
    EqualizedFlattenDense,
    EqualizedLayer,
)
from medgan_tf.layers.minibatch_stddev import MinibatchStddev
from medgan_tf.layers.quick_batch_norm import QuickBatchNormalization
from medgan_tf.layers.quick_convolution import QuickConv2D
from medgan_tf.layers.resample import EqualizedDownConv2D, EqualizedUpConv2D
from medgan_tf.layers.spectral import SpectralConv2D, SpectralDense, SpectralLayer

FEATURES, VECTOR = (4, 6, 6, 8), (4, 5)
ONE_INPUT = [
    (EqualizedConv2D, {"filters": 3, "kernel_size": 3, "gain": 1.5, "use_bias": False}, FEATURES, (4, 6, 6, 3)),
    (EqualizedDense, {"units": 3, "gain": 1.5}, VECTOR, (4, 3)),
    (EqualizedFlattenDense, {"units": 3, "gain": 0.5}, FEATURES, (4, 3)),
    (EqualizedDenseReshape, {"filters": 3, "side": 4, "gain": 1.5}, VECTOR, (4, 4, 4, 3)),
    (EqualizedUpConv2D, {"filters": 3, "gain": 1.5, "fan_in_axis": "output"}, FEATURES, (4, 12, 12, 3)),
    (EqualizedDownConv2D, {"filters": 3, "kernel_size": 1, "gain": 1.5, "use_bias": False}, FEATURES, (4, 3, 3, 3)),
    (MinibatchStddev, {"group_size": 2}, FEATURES, (4, 6, 6, 9)),
    (SelfAttention, {}, FEATURES, FEATURES),
    (BatchNorm, {}, FEATURES, FEATURES),
    (SpectralDense, {"units": 3, "use_bias": False}, VECTOR, (4, 3)),
    (SpectralConv2D, {"filters": 3, "resample": "up"}, FEATURES, (4, 12, 12, 3)),
    (SpectralConv2D, {"filters": 3, "resample": "down", "use_bias": False}, FEATURES, (4, 3, 3, 3)),
    (ResidualDown, {"filters": 3}, FEATURES, (4, 3, 3, 3)),
    (QuickConv2D, {"filters": 3, "kernel_size": 1}, FEATURES, (4, 6, 6, 3)),
    (QuickBatchNormalization, {}, FEATURES, FEATURES),
    (DownBlock, {"filters": 3, "inner_filters": 2, "on_images": True}, FEATURES, (4, 3, 3, 3)),
]
TWO_INPUTS = [
    (ConditionalPixelNorm, {}, FEATURES, FEATURES),
    (ConditionalBatchNorm, {}, FEATURES, FEATURES),
    (UpBlock, {"filters": 3}, FEATURES, (4, 12, 12, 3)),
    (NormalizedFeatures, {"convolution": EqualizedUpConv2D(3, gain=1.5)}, FEATURES, (4, 12, 12, 3)),
]


def name_of(value):
    return value.__name__ if inspect.isclass(value) else ""


def values(shape):
    return np.random.default_rng(3).standard_normal(shape).astype(np.float32)


class Around(keras.Model):
    """A model of one layer that may have several inputs."""

    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        self.layer = layer

    def call(self, inputs):
        return self.layer(*inputs)


def test_every_public_layer_is_tested():
    public = set()
    for module in pkgutil.iter_modules(medgan_tf.layers.__path__):
        members = vars(importlib.import_module(f"medgan_tf.layers.{module.name}")).values()
        public |= {entry for entry in members if inspect.isclass(entry) and issubclass(entry, keras.layers.Layer)}
    assert public - {EqualizedLayer, SpectralLayer} <= {entry[0] for entry in ONE_INPUT + TWO_INPUTS}
    for layer in public - {EqualizedLayer, SpectralLayer}:
        assert keras.saving.get_registered_name(layer) == f"medgan_tf>{layer.__qualname__}"


@pytest.mark.parametrize(("layer", "options", "shape", "output"), ONE_INPUT, ids=name_of)
def test_keras_own_checks(layer, options, shape, output):
    testing.TestCase("run_layer_test").run_layer_test(
        layer,
        init_kwargs=options,
        input_shape=shape,
        expected_output_shape=output,
        run_training_check=False,
        # These have the type of their input, whatever the policy.
        run_mixed_precision_check=layer not in (MinibatchStddev, SelfAttention),
    )


@pytest.mark.parametrize(("layer", "options", "shape", "output"), ONE_INPUT + TWO_INPUTS, ids=name_of)
def test_equal_outputs_after_reading(layer, options, shape, output, tmp_path):
    entry = layer(**options)
    inputs = [values(shape)] + ([values(VECTOR)] if layer in {one[0] for one in TWO_INPUTS} else [])
    assert entry(*inputs).shape == output == entry.compute_output_shape(*(array.shape for array in inputs))
    for number, variable in enumerate(entry.variables):
        variable.assign(variable + 0.1 * np.random.default_rng(number).standard_normal(variable.shape))
    expected = entry(*inputs)
    config = keras.saving.serialize_keras_object(entry)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == entry.get_config()
    saved, loaded = Around(entry), Around(again)
    for model in (saved, loaded):
        model(inputs)
    saved.save_weights(tmp_path / "layer.weights.h5")
    loaded.load_weights(tmp_path / "layer.weights.h5")
    np.testing.assert_array_equal(again(*inputs), expected)
