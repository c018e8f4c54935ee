"""Networks of keras.applications: every one is known, gets the values it expects, and has its published file."""

import keras
import numpy as np
import pytest
from tiny_classifier import tiny_settings

from medgan_tf.classification import weights
from medgan_tf.classification.identity import title_of
from medgan_tf.classification.network import build_network, check_network
from medgan_tf.classification.networks import applications
from medgan_tf.errors import ConfigError, DataError

# Named in Keras's documentation, one of each family.
FAMILIES = {
    "densenet121": keras.applications.densenet,
    "resnet50": keras.applications.resnet,
    "resnet50v2": keras.applications.resnet_v2,
    "vgg16": keras.applications.vgg16,
    "xception": keras.applications.xception,
    "inceptionv3": keras.applications.inception_v3,
    "inceptionresnetv2": keras.applications.inception_resnet_v2,
    "mobilenet": keras.applications.mobilenet,
    "mobilenetv2": keras.applications.mobilenet_v2,
    "mobilenetv3small": keras.applications.mobilenet_v3,
    "nasnetmobile": keras.applications.nasnet,
    "efficientnetb0": keras.applications.efficientnet,
    "efficientnetv2b0": keras.applications.efficientnet_v2,
    "convnexttiny": keras.applications.convnext,
}


def test_names_are_those_of_keras():
    assert set(FAMILIES) < set(applications.application_names())
    assert "densenet" not in applications.application_names()
    assert applications.title_of_application("resnet50v2") == "ResNet50V2"
    with pytest.raises(ConfigError, match="no network 'resnet5' in keras.applications; known: convnextbase, "):
        applications.value_range("resnet5")


@pytest.mark.parametrize("name", FAMILIES)
def test_values_are_what_the_network_expects(name):
    grey = np.random.default_rng(1).integers(0, 256, (1, 2, 2, 1)).repeat(3, axis=3).astype(np.float64)
    mean, variance = applications.value_range(name)
    found = (grey / 255 - mean) / np.sqrt(variance)
    np.testing.assert_allclose(found, FAMILIES[name].preprocess_input(grey.copy()), atol=1e-4)


def test_densenet_gets_the_same_numbers_as_ever():
    mean, variance = applications.value_range("densenet121")
    np.testing.assert_array_equal(np.float32(mean), np.float32([0.485, 0.456, 0.406]))
    np.testing.assert_array_equal(np.float32(variance), np.float32([0.229**2, 0.224**2, 0.225**2]))


@pytest.mark.parametrize(("name", "side"), [("densenet121", 32), ("inceptionv3", 75), ("xception", 71)])
def test_smallest_image(name, side):
    assert applications.smallest_side(name) == side
    applications.check_side(name, side)
    with pytest.raises(ConfigError, match=f"must be at least {side} for {name}. Received: image_size={side - 1}"):
        check_network(tiny_settings(architecture=name, image_size=side - 1) if side > 32 else
                      tiny_settings().model_copy(update={"image_size": 31}))  # fmt: skip


def test_a_network_is_built_and_its_published_weights_are_known(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    settings = tiny_settings(architecture="mobilenet", weights="imagenet")
    assert title_of(settings) == "MobileNet"
    file = applications.published_weights("mobilenet")
    assert file.name == "mobilenet_1_0_224_tf_no_top.h5" and file.url.endswith(file.name)
    with pytest.raises(DataError) as caught:
        check_network(settings)
    assert file.name in str(caught.value) and "\n" not in str(caught.value)
    plain = settings.model_copy(update={"weights": "none"})
    network = build_network(3, 16, plain, seed=1)
    assert [tuple(one.shape) for one in network.outputs] == [(None, 1024), (None, 3)]
    # Keras is left as it was: it may fetch files again.
    assert keras.applications.MobileNet.__globals__["file_utils"].get_file is keras.utils.get_file
    own = tmp_path / "own.weights.h5"
    next(layer for layer in network.layers if isinstance(layer, keras.Model)).save_weights(own)
    loaded = build_network(3, 16, settings.model_copy(update={"weights": str(own)}), seed=2)
    for one, other in zip(loaded.get_weights()[:-2], network.get_weights()[:-2], strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_published_file_is_loaded_as_keras_loads_it(tmp_path, monkeypatch):
    """EfficientNet has a layer more with its published weights; a copy of that file counts as published too."""
    name = "efficientnetb0"
    built = []

    def build(include_top, weights, input_shape, pooling, name):
        built.append(weights)
        if weights == "imagenet":
            keras.applications.EfficientNetB0.__globals__["file_utils"].get_file(
                "f.h5", "https://x/f.h5", file_hash="0"
            )
        return keras.Sequential([keras.Input([32, 32, 3]), keras.layers.GlobalAveragePooling2D()], name=name)

    file = tmp_path / "copy.weights.h5"
    keras.Sequential([keras.Input([2]), keras.layers.Dense(1)]).save_weights(file)
    monkeypatch.setitem(applications._builders(), name, build)
    monkeypatch.setattr(applications, "check_side", lambda *_: None)
    applications.build_application(name, 32, file, published=True)
    applications.build_application(name, 32, None, published=False)
    assert built == ["imagenet", None]


def test_which_file_is_published(tmp_path):
    file = tmp_path / "a.h5"
    file.write_bytes(b"half a file")
    assert not weights.is_published(file, "densenet121")
