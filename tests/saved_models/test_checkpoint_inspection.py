"""Variables of others: values that are there, and nothing that restores itself."""

import pytest
import tensorflow as tf
from hostile_models import Model, write_model
from tensorflow.core.protobuf import trackable_object_graph_pb2

from medgan_tf.errors import DataError
from medgan_tf.saved_models.checkpoint_inspection import OBJECTS, Variables


@pytest.fixture
def folder(tmp_path):
    model = Model()
    model.large = tf.Variable(tf.ones([100, 100]))
    return write_model(tmp_path / "model", model) / "variables"


def written_again(folder, **changed):
    """The checkpoint with other tensors."""
    reader = tf.train.load_checkpoint(str(folder / "variables"))
    tensors = {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()} | changed
    for file in folder.iterdir():
        file.unlink()
    # The names have slashes, so they are no keywords.
    names = sorted(tensors)
    values = [tf.constant(tensors[name]) for name in names]
    tf.raw_ops.SaveV2(
        prefix=str(folder / "variables"), tensor_names=names, shape_and_slices=[""] * len(names), tensors=values
    )


def test_values_are_read(folder):
    variables = Variables(folder)
    assert variables.read("large/.ATTRIBUTES/VARIABLE_VALUE").sum() == 10_000
    assert variables.read("gain/.ATTRIBUTES/VARIABLE_VALUE") == 2.0
    assert variables.stored >= 40_004


def test_variables_larger_than_their_file_are_refused_unread(folder):
    (file,) = [path for path in folder.iterdir() if ".data-" in path.name]
    with open(file, "rb+") as stream:
        stream.truncate(8000)
    with pytest.raises(DataError, match="its variables would take 40,004 bytes, but its files have 8,000"):
        Variables(folder)


def test_variables_of_texts_are_refused(folder):
    written_again(folder, planted=["a", "b"])
    with pytest.raises(DataError, match="the variable 'planted' holds texts"):
        Variables(folder)


def test_registered_savers_are_refused(folder):
    reader = tf.train.load_checkpoint(str(folder / "variables"))
    objects = trackable_object_graph_pb2.TrackableObjectGraph.FromString(reader.get_tensor(OBJECTS))
    objects.nodes[1].registered_saver.name = "planted"
    written_again(folder, **{OBJECTS: objects.SerializeToString()})
    with pytest.raises(DataError, match="an object is restored by the registered function 'planted'"):
        Variables(folder)


def test_missing_variables(folder, tmp_path):
    with pytest.raises(DataError, match="no variables in .*: expected variables.index there"):
        Variables(tmp_path / "nothing")
    (folder / "variables.index").unlink()
    with pytest.raises(DataError, match="no variables in .*: expected variables.index there"):
        Variables(folder)
