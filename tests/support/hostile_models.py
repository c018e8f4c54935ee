"""SavedModels that do more than compute, written by TensorFlow or changed by hand, for tests of the door."""

from collections.abc import Callable
from pathlib import Path

import tensorflow as tf
from tensorflow.core.framework import function_pb2
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

PIXELS = [None, 8, 8, 1]


class Model(tf.Module):
    """`features` of uint8 [N, 8, 8, 1]: the mean of each image times a weight, and whatever `extra` does with it.

    Args:
        extra: TensorFlow function of the means float32 [N].
    """

    def __init__(self, extra: Callable = lambda means: means, **options):
        super().__init__()
        self.gain = tf.Variable(2.0)
        self.extra = extra
        signature = [tf.TensorSpec(PIXELS, tf.uint8, name="images")]
        self.features = tf.function(self._features, input_signature=signature, autograph=False, **options)

    def _features(self, images):
        means = self.gain * tf.reduce_mean(tf.cast(images, tf.float32), axis=[1, 2, 3])
        return {"features": self.extra(means)[:, None]}


class CopyingResource(tf.saved_model.experimental.TrackableResource):
    """A resource whose initialiser copies a file."""

    def __init__(self, source: Path, target: Path):
        self.source, self.target = str(source), str(target)
        super().__init__()

    def _create_resource(self):
        return tf.raw_ops.VarHandleOp(dtype=tf.float32, shape=[], shared_name="planted")

    def _initialize(self):
        tf.io.write_file(self.target, tf.io.read_file(self.source))


def write_model(path: Path, model: tf.Module | None = None) -> Path:
    """Saves a model with the signature `features`."""
    model = model or Model()
    tf.saved_model.save(model, str(path), signatures={"features": model.features})
    return path


def change(path: Path, how: Callable[[meta_graph_pb2.MetaGraphDef], object]) -> Path:
    """Changes the model in a folder by hand."""
    file = path / "saved_model.pb"
    model = saved_model_pb2.SavedModel.FromString(file.read_bytes())
    how(model.meta_graphs[0])
    file.write_bytes(model.SerializeToString())
    return path


def function(meta: meta_graph_pb2.MetaGraphDef, part: str) -> function_pb2.FunctionDef:
    """The first function whose name holds `part`."""
    return next(one for one in meta.graph_def.library.function if part in one.signature.name)


def plant(nodes, operation: str, name: str = "planted", **texts: str):
    """Adds a node to a graph or a function."""
    node = nodes.add(name=name, op=operation)
    for key, text in texts.items():
        node.attr[key].s = text.encode()
    return node
