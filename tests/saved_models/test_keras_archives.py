""".keras archives: which names are refused before Keras looks them up."""

import json
import os
import zipfile

import keras
import numpy as np
import pytest
from tiny_models import IMAGES

from medgan_tf.errors import DataError
from medgan_tf.gans import build_gan, load_gan
from medgan_tf.saved_models.keras_archives import load_keras_archive

PIXELS = IMAGES.astype(np.float32)


@pytest.fixture
def plain(tmp_path):
    """An ordinary compiled model with a model inside."""
    layers = keras.layers
    inner = keras.Sequential([keras.Input([None, None, 1]), layers.Conv2D(3, 3, activation="relu")], name="inner")
    inputs = keras.Input([32, 32, 1])
    x = layers.Dropout(0.5)(layers.BatchNormalization()(inner(inputs)))
    outputs = layers.Dense(2, kernel_regularizer="l2")(layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, outputs)
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    model.compile(keras.optimizers.Adam(rate), loss=keras.losses.binary_crossentropy, metrics=["mae"])
    model.optimizer.build(model.trainable_variables)
    model.save(tmp_path / "plain.keras")
    return model, tmp_path / "plain.keras"


def changed(path, how, name="config.json"):
    """The archive with another file in it."""
    with zipfile.ZipFile(path) as archive:
        files = {entry: archive.read(entry) for entry in archive.namelist()}
    files[name] = how(files.get(name, b""))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in files.items():
            archive.writestr(entry, content)
    return path


def with_layer(path, **values):
    """The archive whose last layer is another object."""

    def replace(content):
        config = json.loads(content)
        config["config"]["layers"][-1] = {**config["config"]["layers"][-1], **values}
        return json.dumps(config).encode()

    return changed(path, replace)


def refused(path, message):
    with pytest.raises(DataError, match=f"{path.name} is refused: it holds .*{message}") as caught:
        load_keras_archive(path)
    assert "\n" not in str(caught.value)


def test_an_ordinary_model_comes_back(plain):
    model, path = plain
    np.testing.assert_array_equal(load_keras_archive(path)(PIXELS).numpy(), model(PIXELS).numpy())


def test_lambda_is_refused(tmp_path):
    marker = str(tmp_path / "ran")
    model = keras.Sequential([keras.Input([4]), keras.layers.Lambda(lambda x: [os.makedirs(marker), x][1])])
    os.rmdir(marker)
    model.save(tmp_path / "model.keras")
    refused(tmp_path / "model.keras", "the class 'keras.layers.Lambda'")
    assert not os.path.exists(marker)


def test_registered_objects_are_refused(tmp_path):
    @keras.saving.register_keras_serializable(package="planted")
    class Planted(keras.layers.Layer):
        def call(self, inputs):
            return inputs

    keras.Sequential([keras.Input([4]), Planted()]).save(tmp_path / "model.keras")
    refused(tmp_path / "model.keras", "the registered object 'planted>Planted'")


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("keras.layers", "TFSMLayer"), ("keras.layers", "StringLookup"), ("keras.layers", "TorchModuleWrapper"),
        ("os", "system"), ("builtins", "exec"), ("keras.utils", "get_file"), ("keras.models", "load_model"),
        ("keras.initializers", "get"), ("subprocess", "Popen"), (None, "Dense"),
    ],
)  # fmt: skip
def test_classes_that_are_no_layers_are_refused(plain, module, name):
    refused(with_layer(plain[1], module=module, class_name=name), f"the class '{module}.{name}'")


def test_functions_of_others_are_refused(plain):
    planted = {"kernel_initializer": {"module": "os", "class_name": "function", "config": "system"}}
    refused(with_layer(plain[1], config=planted), "the class 'os.function'")
    planted = {"kernel_initializer": {"module": "builtins", "class_name": "function", "config": "system"}}
    refused(with_layer(plain[1], config=planted), "the function 'system'")
    planted = {"x": [{"class_name": "__lambda__", "config": {"value": "4wEAAAA"}}]}
    refused(with_layer(plain[1], config=planted), "the class 'None.__lambda__'")


def test_a_built_in_layer_under_a_registered_name_is_refused(plain):
    refused(with_layer(plain[1], registered_name="planted>Dense"), "the registered object 'planted>Dense'")


def test_other_files_and_bombs_are_refused(plain):
    path = plain[1]
    original = path.read_bytes()
    refused(changed(path, lambda _: b"x", "assets/../../planted"), "the file 'assets/../../planted'")
    path.write_bytes(original)
    bomb = changed(path, lambda _: bytes(2**25), "metadata.json")
    refused(bomb, "'metadata.json', which unpacks to 33,554,432 bytes")
    path.write_bytes(original)
    with pytest.raises(DataError, match="is damaged: its config.json cannot be read"):
        load_keras_archive(changed(path, lambda _: b"[" * 100_000))
    path.write_bytes(original[:2000])
    with pytest.raises(DataError, match="is no .keras archive"):
        load_keras_archive(path)


def test_wrong_arguments_are_one_line(plain):
    with pytest.raises(DataError, match="plain.keras cannot be loaded: ") as caught:
        load_keras_archive(with_layer(plain[1], config={"units": "many"}))
    assert "\n" not in str(caught.value)


def test_a_gan_may_name_its_own_class_only(tmp_path):
    gan = build_gan("cpd", resolution=16, label_count=2, max_channels=4, latent_size=4)
    gan.save(tmp_path / "gan.keras")
    again = load_gan(tmp_path / "gan.keras")
    for one, other in zip(gan.variables, again.variables, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())

    def plant(content):
        config = json.loads(content)
        config["compile_config"] = {"labels": {"class_name": "Lambda", "module": "keras.layers", "config": {}}}
        return json.dumps(config).encode()

    with pytest.raises(DataError, match="the class 'keras.layers.Lambda'"):
        load_gan(changed(tmp_path / "gan.keras", plant))
