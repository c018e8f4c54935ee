"""Files of weights: numbers within the file, and no more than fit into it."""

import os

import h5py
import keras
import numpy as np
import pytest

from medgan_tf.classification.weights import load_backbone
from medgan_tf.errors import DataError
from medgan_tf.features.extractor import ExtractorRequest
from medgan_tf.features.load import load_extractor
from medgan_tf.saved_models.weights_files import check_weights_file


@pytest.fixture
def file(tmp_path):
    """A file of weights that passes."""
    with h5py.File(tmp_path / "weights.h5", "w") as stream:
        stream["layer/vars/0"] = np.ones([10, 10], np.float32)
    check_weights_file(tmp_path / "weights.h5")
    return tmp_path / "weights.h5"


def refused(path, message):
    with pytest.raises(DataError, match=f"{path.name} is refused: it holds .*{message}"):
        check_weights_file(path)


def test_what_keras_writes_passes(tmp_path):
    model = keras.Sequential([keras.Input([4]), keras.layers.Dense(3), keras.layers.BatchNormalization()])
    for name in ("own.weights.h5", "whole.keras", "legacy.h5"):
        model.save_weights(tmp_path / name) if "weights" in name else model.save(tmp_path / name)
        check_weights_file(tmp_path / name)


def test_links_to_other_files_are_refused(file):
    with h5py.File(file, "a") as stream:
        stream["layer/vars/1"] = h5py.ExternalLink("/etc/hostname", "/x")
        stream["layer/vars/2"] = h5py.SoftLink("/layer/vars/0")
    refused(file, "the link '1'; the link '2'")


def test_values_in_another_file_are_refused(file, tmp_path):
    (tmp_path / "secret").write_bytes(bytes(range(40)))
    with h5py.File(file, "a") as stream:
        stream.create_dataset("stolen", (10,), "f4", external=[(str(tmp_path / "secret"), 0, 40)])
    refused(file, "the array 'stolen', whose values are in another file")


def test_virtual_arrays_are_refused(file):
    layout = h5py.VirtualLayout(shape=(10,), dtype="f4")
    layout[:] = h5py.VirtualSource("/etc/hostname", "x", shape=(10,))
    with h5py.File(file, "a") as stream:
        stream.create_virtual_dataset("stolen", layout)
    refused(file, "the array 'stolen', whose values are in another file")


def test_arrays_that_take_no_room_are_refused_unread(file):
    with h5py.File(file, "a") as stream:
        stream.create_dataset("bomb", (2**20, 2**14), "f4", chunks=(1024, 1024))
    assert file.stat().st_size < 100_000
    refused(file, "arrays of 68,719,477,136 bytes in a file of ")


def test_a_group_that_holds_itself_does_not_hang(file):
    with h5py.File(file, "a") as stream:
        stream["layer/again"] = stream["layer"]
    check_weights_file(file)


def test_other_files(tmp_path):
    os.mkfifo(tmp_path / "pipe.h5")
    with pytest.raises(DataError, match="pipe.h5 is refused: expected a file, not a folder, pipe"):
        check_weights_file(tmp_path / "pipe.h5")
    (tmp_path / "weights.json").write_text('{"weight_map": {"x": ["../../secret"]}}')
    with pytest.raises(DataError, match="expected a file of weights that ends in .h5, .hdf5 or .keras"):
        check_weights_file(tmp_path / "weights.json")


def test_the_places_that_take_weights_check_them(file):
    with h5py.File(file, "a") as stream:
        stream["stolen"] = h5py.ExternalLink("/etc/hostname", "/x")
    with pytest.raises(DataError, match="is refused: it holds the link 'stolen'"):
        load_extractor("inception", ExtractorRequest(weights=str(file)))
    with pytest.raises(DataError, match="is refused: it holds the link 'stolen'"):
        load_backbone(keras.Sequential([keras.Input([4]), keras.layers.Dense(1)]), file)
