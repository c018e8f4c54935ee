"""What a SavedModel may not hold, each attack built here; and what ordinary exports hold, which must pass."""

import os
import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf
from hostile_models import CopyingResource, Model, change, function, plant, write_model
from tensorflow.core.framework import node_def_pb2

from medgan_tf.errors import DataError
from medgan_tf.saved_models.inspection import inspect_graph, inspect_saved_model
from medgan_tf.saved_models.loading import load_saved_model

IMAGES = np.arange(128, dtype=np.uint8).reshape(2, 8, 8, 1)


@pytest.fixture(scope="module")
def harmless(tmp_path_factory):
    """A model that passes; to be read, not changed."""
    return write_model(tmp_path_factory.mktemp("model") / "harmless")


@pytest.fixture
def model(harmless, tmp_path):
    """A copy of a model that passes."""
    return shutil.copytree(harmless, tmp_path / "model")


def refused(path, message):
    with pytest.raises(DataError, match=f"is refused: it holds .*{message}") as caught:
        load_saved_model(path)
    text = str(caught.value)
    assert "\n" not in text and "a SavedModel is a program" in text
    return text


def test_a_model_that_computes_is_loaded(harmless):
    found = load_saved_model(harmless).signatures["features"](images=tf.constant(IMAGES))["features"]
    np.testing.assert_allclose(found.numpy()[:, 0], 2 * IMAGES.mean(axis=(1, 2, 3)))


# --- what runs while a model is loaded --------------------------------------------------------------------------------


def test_a_resource_that_copies_a_file_is_refused_before_it_runs(tmp_path):
    secret, target = tmp_path / "pseudonym.key", tmp_path / "stolen"
    secret.write_text("secret")
    model = Model()
    model.table = CopyingResource(secret, target)
    write_model(tmp_path / "model", model)
    assert not target.exists()
    tf.saved_model.load(str(tmp_path / "model"))
    assert target.read_text() == "secret", "the attack itself does not work any more"
    target.unlink()
    text = refused(tmp_path / "model", "the operation 'WriteFile' in function '__inference__initializer_")
    assert "'ReadFile'" in text and "a resource (such as a table)" in text
    assert not target.exists()


def test_tables_are_refused(tmp_path):
    model = Model()
    entries = tf.lookup.KeyValueTensorInitializer([1], [2])
    model.table = tf.lookup.StaticHashTable(entries, default_value=0)
    refused(write_model(tmp_path / "model", model), "a resource .such as a table., whose initialiser would run")


def test_a_file_of_its_own_is_refused(tmp_path):
    (tmp_path / "words.txt").write_text("words")
    model = Model()
    model.words = tf.saved_model.Asset(str(tmp_path / "words.txt"))
    refused(write_model(tmp_path / "model", model), "a file of its own, 'words.txt'")


def test_a_card_whose_name_leaves_the_folder_is_refused(tmp_path):
    (tmp_path / "generator.json").write_text("{}")
    model = Model()
    model.card = tf.saved_model.Asset(str(tmp_path / "generator.json"))
    path = write_model(tmp_path / "model", model)
    inspect_saved_model(path)

    def leave(meta):
        meta.asset_file_def[0].filename = "../../generator.json"

    refused(change(path, leave), "a file of its own, '../../generator.json'")


@pytest.mark.parametrize("collection", ["saved_model_main_op", "legacy_init_op", "saved_model_train_op"])
def test_initialisers_of_the_graph_are_refused(model, collection):
    def initialise(meta):
        meta.collection_def[collection].node_list.value[:] = ["StatefulPartitionedCall"]

    named = "an initialiser with the operation" if collection == "saved_model_main_op" else "the collection"
    refused(change(model, initialise), named)


def test_an_initialising_signature_is_refused(model):
    def initialise(meta):
        next(iter(meta.signature_def["__saved_model_init_op"].outputs.values())).name = meta.saver_def.restore_op_name

    refused(change(model, initialise), "an initialiser with the operation 'StatefulPartitionedCall'")


def test_registered_classes_are_refused(model):
    def register(meta):
        meta.object_graph_def.nodes[1].registered_name = "tf.StaticHashTable"

    refused(change(model, register), "an object of the registered class 'tf.StaticHashTable'")


def test_a_variable_of_another_kind_is_refused(model):
    def resource(meta):
        one = next(one for one in meta.object_graph_def.nodes if one.WhichOneof("kind") == "variable")
        one.resource.device = ""

    refused(change(model, resource), "a resource")


def test_a_saver_of_ones_own_is_refused(model):
    def saver(meta):
        one = next(one for one in meta.object_graph_def.nodes if one.WhichOneof("kind") == "variable")
        one.saveable_objects["x"].save_function = one.saveable_objects["x"].restore_function = 1

    refused(change(model, saver), "an object that is restored by a function of its own")


def test_an_optimizer_is_refused(model):
    def optimizer(meta):
        meta.object_graph_def.nodes[0].user_object.identifier = "optimizer"

    refused(change(model, optimizer), "an object of the kind 'optimizer'")


# --- operations -------------------------------------------------------------------------------------------------------


def written(means):
    raw = tf.raw_ops
    writer = raw.SummaryWriter(shared_name="planted", container="")
    logs = {"logdir": "stolen", "max_queue": 1, "flush_millis": 1, "filename_suffix": ".txt"}
    with tf.control_dependencies([raw.CreateSummaryFileWriter(writer=writer, **logs)]):
        written = raw.WriteSummary(
            writer=writer, step=tf.constant(1, tf.int64), tensor=means, tag="x", summary_metadata=""
        )
    with tf.control_dependencies([written]):
        return tf.identity(means)


def lines(means):
    data = tf.data.TextLineDataset("/etc/hostname")
    return means + tf.cast(data.reduce(tf.constant(0, tf.int64), lambda count, _: count + 1), tf.float32)


def python(means):
    return tf.ensure_shape(tf.py_function(lambda x: x, [means], tf.float32), [None])


def printed(means):
    with tf.control_dependencies([tf.print(means, output_stream="file://stolen.txt")]):
        return tf.identity(means)


def size_of_a_file():
    return tf.cast(tf.size(tf.io.read_file("x")), tf.float32)


def in_a_branch(means):
    return tf.cond(
        tf.size(means) > 100, lambda: means * tf.cast(tf.size(tf.io.read_file("x")), tf.float32), lambda: means
    )


def in_a_loop(means):
    return tf.while_loop(lambda x: tf.size(tf.io.matching_files("*")) > 100, lambda x: [x + 1], [means])[0]


def in_a_nested_function(means):
    inner = tf.function(lambda x: x * size_of_a_file(), autograph=False)
    outer = tf.function(lambda x: inner(x) + 1, autograph=False)
    return outer(means)


ATTACKS = {
    "summary": (written, "CreateSummaryFileWriter' in .*the operation 'WriteSummary"),
    "TextLineDataset": (lines, "TextLineDataset"),
    "PyFunc": (python, "EagerPyFunc"),
    "PrintV2": (printed, "PrintV2"),
    "branch": (in_a_branch, "ReadFile"),
    "loop": (in_a_loop, "MatchingFiles"),
    "nested": (in_a_nested_function, "ReadFile"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_operations_that_do_more_than_compute_are_refused(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    extra, operation = ATTACKS[name]
    refused(write_model(tmp_path / "model", Model(extra)), f"the operation '{operation}'")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_an_operation_in_the_gradient_alone_is_refused(tmp_path):
    @tf.custom_gradient
    def planted(x):
        return tf.identity(x), lambda dy: dy * size_of_a_file()

    model = Model(planted)
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=True)
    tf.saved_model.save(model, str(tmp_path / "model"), signatures={"features": model.features}, options=options)
    refused(tmp_path / "model", "the operation 'ReadFile' in function ")


@pytest.mark.parametrize("place", ["main", "_features_", "traced_save", "traced_restore"])
def test_an_unknown_operation_is_refused_by_name(model, place):
    def add(meta):
        nodes = meta.graph_def.node if place == "main" else function(meta, place).node_def
        plant(nodes, "FetchFromHospital")

    where = "the main graph" if place == "main" else f"function '__inference_.*{place}"
    refused(change(model, add), f"the operation 'FetchFromHospital' in {where}")


@pytest.mark.parametrize("operation", ["SaveV2", "RestoreV2", "MergeV2Checkpoints", "VarHandleOp", "XlaCallModule"])
def test_operations_in_the_wrong_place_are_refused(model, operation):
    refused(
        change(model, lambda meta: plant(function(meta, "_features_").node_def, operation)),
        f"the operation '{operation}' in function '__inference_",
    )


def test_a_name_with_control_characters_stays_in_one_line(model):
    change(model, lambda meta: plant(meta.graph_def.node, "Bad\n\x1b[31m" + "x" * 500))
    text = refused(model, r"the operation 'Bad\\n\\x1b\[31mxxx")
    assert len(text) < 600


# --- ways around the list ---------------------------------------------------------------------------------------------


def call(meta, name):
    node = plant(function(meta, "_features_").node_def, "StatefulPartitionedCall")
    node.attr["f"].func.name = name


def test_the_saver_may_not_be_called(model):
    """It writes a file at any place that it is told."""
    change(model, lambda meta: call(meta, function(meta, "traced_save").signature.name))
    refused(model, "a call of '__inference__traced_save_.*', the function that saves or restores, in function")


def test_the_saver_may_not_be_called_as_an_operation(model):
    change(
        model, lambda meta: plant(function(meta, "_features_").node_def, function(meta, "traced_save").signature.name)
    )
    refused(model, "a call of '__inference__traced_save_.*', the function that saves or restores")


def test_a_signature_may_not_be_declared_the_saver(model):
    def declare(meta):
        meta.graph_def.library.function.remove(function(meta, "traced_save"))
        plant(function(meta, "_features_").node_def, "SaveV2")
        node = plant(meta.graph_def.node, "StatefulPartitionedCall", "saver")
        node.attr["f"].func.name = function(meta, "_features_").signature.name
        meta.saver_def.save_tensor_name = "saver:0"

    # Which of the two functions of that name comes first differs.
    text = refused(
        change(model, declare),
        "a call of '__inference_.*', the function that saves or restores, in (the main|function)",
    )
    assert "'SaveV2' in function '__inference_signature" not in text


def test_a_file_name_for_the_saver_must_be_asked_for(model):
    def fix(meta):
        name = meta.saver_def.filename_tensor_name.split(":")[0]
        node = next(node for node in meta.graph_def.node if node.name == name)
        node.op = "Identity"

    refused(change(model, fix), "a function that saves whose input comes from the operation 'Identity'")


def test_a_function_that_is_not_in_the_file_is_refused(model):
    change(model, lambda meta: call(meta, "__inference_of_another_model_7"))
    refused(model, "a call of '__inference_of_another_model_7', a function that is not in the file")


def test_functions_that_call_themselves_are_refused(model):
    change(model, lambda meta: call(meta, function(meta, "_features_").signature.name))
    refused(model, "functions that call themselves or are nested too deeply")


@pytest.mark.parametrize(
    "device", ["/job:worker/task:1", "/job:localhost/replica:0/task:3/device:CPU:0", "/device:TPU:0"]
)
def test_other_machines_are_refused(model, device):
    def move(meta):
        function(meta, "_features_").node_def[0].device = device

    refused(change(model, move), f"the device '{device}' in function")


def test_a_session_configuration_that_names_machines_is_refused(model):
    from tensorflow.core.protobuf import config_pb2

    def configure(meta):
        configuration = config_pb2.ConfigProto()
        configuration.cluster_def.job.add(name="worker").tasks[0] = "localhost:1"
        call(meta, function(meta, "_features_").signature.name)
        function(meta, "_features_").node_def[-1].attr["config_proto"].s = configuration.SerializeToString()

    refused(change(model, configure), "the session configuration 'cluster_def'")


def test_attributes_of_the_runtime_are_refused(model):
    change(model, lambda meta: plant(meta.graph_def.node, "NoOp", _scoped_allocator="1"))
    refused(model, "the attribute '_scoped_allocator' in the main graph")


def test_functions_that_the_optimiser_may_swap_are_refused(model):
    def swap(meta):
        function(meta, "traced_save").attr["api_implements"].s = b"x"

    refused(change(model, swap), "the attribute 'api_implements' of function '__inference__traced_save")


def test_a_gradient_for_an_operation_of_tensorflow_is_refused(model):
    def replace(meta):
        name = function(meta, "_features_").signature.name
        meta.graph_def.library.registered_gradients.add(gradient_func=name, registered_op_type="Conv2D")

    refused(change(model, replace), "a gradient for the operation 'Conv2D'")


# --- bombs and other forms --------------------------------------------------------------------------------------------


def test_a_constant_that_unpacks_is_refused(model):
    def grow(meta):
        node = plant(meta.graph_def.node, "Const")
        node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(1.0, shape=[2**17, 2**14]))

    refused(change(model, grow), "a constant of 8,589,934,592 bytes in the main graph")


def test_a_constant_that_is_a_handle_is_refused(model):
    def forge(meta):
        plant(meta.graph_def.node, "Const").attr["value"].tensor.dtype = tf.resource.as_datatype_enum

    refused(change(model, forge), "a constant that is a handle")


def test_a_variable_larger_than_its_file_is_refused(model):
    def grow(meta):
        one = next(one for one in meta.object_graph_def.nodes if one.WhichOneof("kind") == "variable")
        one.variable.shape.dim.add(size=2**40)

    refused(change(model, grow), "a variable 'Variable' that is larger than the files of the variables")


def test_other_forms_are_refused(model, tmp_path):
    (model / "saved_model.pbtxt").write_text("x")
    with pytest.raises(DataError, match="saved_model.pbtxt is refused: only the form saved_model.pb is read"):
        load_saved_model(model)
    with pytest.raises(DataError, match="no SavedModel in .*: expected saved_model.pb there"):
        load_saved_model(tmp_path / "nothing")


def test_a_model_of_tensorflow_1_is_refused(model):
    change(model, lambda meta: meta.ClearField("object_graph_def"))
    with pytest.raises(DataError, match="expected one model as tf.saved_model.save of TensorFlow 2 writes it"):
        load_saved_model(model)


def test_a_file_that_is_no_graph_is_refused_before_it_is_read(model):
    with open(model / "saved_model.pb", "wb") as file:
        file.truncate(2**30)
    with pytest.raises(DataError, match="is larger than 256 MB, so it is not a graph"):
        load_saved_model(model)


def test_too_many_operations_are_refused(model):
    def grow(meta):
        for _ in range(20):
            meta.graph_def.node.extend([node_def_pb2.NodeDef(op="NoOp")] * 30_000)

    refused(change(model, grow), r"600,\d+ operations .at most 500,000.")


def test_a_pipe_among_the_variables_does_not_hang(model):
    os.mkfifo(model / "variables" / "more")
    with pytest.raises(DataError, match="more is refused: expected a file, not a folder, pipe, device or broken link"):
        load_saved_model(model)


def test_a_damaged_model_is_one_line(model):
    content = (model / "saved_model.pb").read_bytes()
    (model / "saved_model.pb").write_bytes(content[:1000])
    with pytest.raises(DataError, match="saved_model.pb is damaged: not a SavedModel"):
        load_saved_model(model)
    (model / "saved_model.pb").write_bytes(content)
    index = model / "variables" / "variables.index"
    index.write_bytes(index.read_bytes()[:-20])
    with pytest.raises(DataError, match="variables is damaged: .*; copy or export it again"):
        load_saved_model(model)


# --- what must pass ---------------------------------------------------------------------------------------------------


def test_compiled_pieces_pass(tmp_path):
    path = write_model(tmp_path / "model", Model(jit_compile=True))
    meta = inspect_saved_model(path).meta
    assert any("_XlaMustCompile" in one.attr for one in meta.graph_def.library.function)
    found = load_saved_model(path).signatures["features"](images=tf.constant(IMAGES))["features"]
    np.testing.assert_allclose(found.numpy()[:, 0], 2 * IMAGES.mean(axis=(1, 2, 3)))


def test_the_operations_of_densenet_121_pass(tmp_path):
    network = keras.applications.DenseNet121(weights=None, include_top=False, input_shape=(32, 32, 3))
    images = tf.TensorSpec([None, 32, 32, 3])
    traced = tf.function(lambda x: network(x, training=False), autograph=False).get_concrete_function(images)
    graph = traced.graph.as_graph_def()
    assert len(graph.node) > 1000
    inspect_graph(tmp_path, graph)
    graph.node.add(name="planted", op="WriteFile")
    with pytest.raises(DataError, match="the operation 'WriteFile' in the main graph"):
        inspect_graph(tmp_path, graph)


@pytest.mark.parametrize("how", ["export", "save"])
def test_keras_exports_pass(tmp_path, how):
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input([40, 40, 3]),
            layers.Conv2D(4, 3, activation="relu"), layers.SeparableConv2D(4, 3, strides=2),
            layers.BatchNormalization(), layers.LayerNormalization(), layers.GroupNormalization(2),
            layers.Activation("gelu"), layers.MaxPooling2D(), layers.UpSampling2D(interpolation="bilinear"),
            layers.Dropout(0.5), layers.Resizing(8, 8), layers.Reshape([64, 4]),
            layers.LSTM(4), layers.Dense(3, activation="softmax"),
        ]
    )  # fmt: skip
    images = np.random.default_rng(0).random((2, 40, 40, 3), np.float32)
    if how == "export":
        model.export(str(tmp_path / "model"), verbose=False)
    else:
        tf.saved_model.save(model, str(tmp_path / "model"))
    loaded = load_saved_model(tmp_path / "model")
    found = next(iter(loaded.signatures["serving_default"](tf.constant(images)).values()))
    np.testing.assert_allclose(found.numpy(), model(images, training=False).numpy(), rtol=1e-4, atol=1e-6)
