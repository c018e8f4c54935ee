"""A generator as two files: equal images bit for bit, and files that somebody changed."""

import hashlib
import json

import numpy as np
import pytest
from small_settings import SMALL

from medgan_tf.errors import DataError
from medgan_tf.files.safetensors import parse_safetensors, safetensors_bytes
from medgan_tf.gans import build_gan
from medgan_tf.gans.exported.weights import (
    ARCHITECTURE,
    WEIGHTS,
    has_stored_generator,
    named_variables,
    read_stored_generator,
    write_stored_generator,
)


@pytest.fixture(scope="module")
def network():
    return build_gan("cpd", resolution=16, label_count=2, **SMALL["cpd"]).ema_generator


@pytest.fixture
def folder(network, tmp_path):
    assert write_stored_generator(network, tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", SMALL)
def test_it_comes_back_bit_for_bit(name, tmp_path):
    gan = build_gan(name, resolution=16, label_count=2, **SMALL[name])
    if name == "progressive":
        gan.level_of_detail = 0.25
    network = gan.ema_generator
    random = np.random.default_rng(1)
    for variable in network.variables:
        variable.assign(variable + 0.05 * random.standard_normal(variable.shape))
    assert write_stored_generator(network, tmp_path) and has_stored_generator(tmp_path)
    again = read_stored_generator(tmp_path).network()
    assert list(named_variables(again)) == list(named_variables(network))
    for one, two in zip(network.variables, again.variables, strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_network_of_another_package_is_left_out(network, tmp_path):
    class Other(type(network)):
        pass

    assert not write_stored_generator(Other(16, 2, 4, 64, 4), tmp_path)
    assert not any(tmp_path.iterdir()) and not has_stored_generator(tmp_path)


def test_the_hash_is_of_what_decides_the_images(folder, network):
    before = read_stored_generator(folder).sha256(["Square", "Disc"])
    assert before == read_stored_generator(folder).sha256(["Square", "Disc"])
    assert before != read_stored_generator(folder).sha256(["Disc", "Square"])
    change(folder, {"software": "medgan-tf 9"})
    # The same arrays in another order of values.
    arrays, _ = parse_safetensors((folder / WEIGHTS).read_bytes())
    replace_weights(folder, safetensors_bytes(arrays, {"other": "note"}))
    assert before == read_stored_generator(folder).sha256(["Square", "Disc"])
    arrays = {name: array.copy() for name, array in arrays.items()}
    arrays["4x4_dense/norm/gamma/bias"][0] = np.nextafter(arrays["4x4_dense/norm/gamma/bias"][0], np.float32(9))
    replace_weights(folder, safetensors_bytes(arrays))
    assert before != read_stored_generator(folder).sha256(["Square", "Disc"])


def change(folder, changes):
    path = folder / ARCHITECTURE
    values = json.loads(path.read_text())
    path.write_text(json.dumps({**values, **changes}))


def replace_weights(folder, content):
    """Other weights, of which the description knows."""
    (folder / WEIGHTS).write_bytes(content)
    about = {"file": WEIGHTS, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    change(folder, {"weights": about})


def refused(folder, reason):
    with pytest.raises(DataError, match=reason) as caught:
        read_stored_generator(folder).network()
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 900


def test_other_weights_than_described_are_refused(folder):
    content = bytearray((folder / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (folder / WEIGHTS).write_bytes(content)
    refused(folder, "describes another file of weights")
    (folder / WEIGHTS).unlink()
    assert not has_stored_generator(folder)
    refused(folder, "cannot be read")


def test_a_path_in_the_description_is_refused(folder):
    values = json.loads((folder / ARCHITECTURE).read_text())["weights"]
    change(folder, {"weights": {**values, "file": "../weights.safetensors"}})
    refused(folder, "describes another file of weights")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"format_version": 2}, "expected format_version 1"),
        ({"format_version": {}}, "expected format_version 1"),
        ({"run": "import os"}, "and the keys architecture, format_version"),
        ({"architecture": "stylegan"}, "unknown architecture"),
        ({"options": [[[[]]]]}, "expected the options"),
        ({"weights": None}, "describes another file"),
    ],
)
def test_a_changed_description_is_refused(folder, changes, reason):
    change(folder, changes)
    refused(folder, reason)


def test_a_bomb_of_brackets_and_a_huge_description_are_refused(folder):
    (folder / ARCHITECTURE).write_text('{"options":' + "[" * 5000 + "]" * 5000 + "}")
    refused(folder, "levels of brackets")
    (folder / ARCHITECTURE).write_text(" " * 2**17)
    refused(folder, "is larger than")


def test_a_small_file_cannot_ask_for_a_large_network(folder):
    """Within the limit of sizes, but a thousand times what the file holds: nothing is built."""
    values = json.loads((folder / ARCHITECTURE).read_text())["options"]
    change(folder, {"options": {**values, "max_channels": 256, "base_channels": 2**14}})
    refused(folder, r"a network of up to [\d,]+ weights, and has [\d,]+;")


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda arrays: arrays.pop("4x4_to_image/bias"), "are not those of the network: '4x4_to_image/bias'"),
        (lambda arrays: arrays.update(more=np.zeros(1, np.float32)), "are not those of the network: 'more'"),
        (
            lambda arrays: arrays.update({"4x4_to_image/bias": np.zeros(2, np.float32)}),
            r"is float32 \[2\]; the network",
        ),
        (lambda arrays: arrays.update({"4x4_to_image/bias": np.zeros(1)}), r"is float64 \[1\]; the network"),
    ],
)
def test_weights_of_another_network_are_refused(folder, edit, reason):
    arrays, _ = parse_safetensors((folder / WEIGHTS).read_bytes())
    edit(arrays)
    replace_weights(folder, safetensors_bytes(arrays))
    refused(folder, reason)
